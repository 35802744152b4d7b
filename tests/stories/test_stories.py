"""From the chart to the card, one file each step (see README.md in this folder)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapter.samples import sample
from tests.stories.steps import AS_OF, steps, stories

STORIES = stories()


@pytest.mark.parametrize("story", STORIES, ids=[one.name for one in STORIES])
def test_each_step_of_the_story_is_as_written(story: Path):
    """Facts, determination and card; `python -m tests.stories.steps` writes them again."""
    for name, text in steps(story):
        assert text == (story / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("story", STORIES, ids=[one.name for one in STORIES])
def test_a_story_is_the_sample_of_its_name(story: Path):
    """What `ecm samples NAME --as-of` prints is where the story starts."""
    written = json.loads((story / "1-bundle.json").read_text(encoding="utf-8"))
    assert written == sample(story.name, AS_OF).bundle
