"""The shipped examples, to break one rule of each."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import profiles

FOLDER = Path(profiles.__file__).parent / "definitions" / "examples"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def example(name: str) -> dict[str, Any]:
    """A shipped example, to change at will."""
    resource: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_bytes())
    return resource


def changed(resource: dict[str, Any], **elements: Any) -> dict[str, Any]:
    """A copy with top-level elements replaced; None takes one away."""
    whole = {**copy.deepcopy(resource), **elements}
    return {name: value for name, value in whole.items() if value is not None}


def without(resource: dict[str, Any], *path: str | int) -> dict[str, Any]:
    """A copy without one element, named by the way to it."""
    whole = copy.deepcopy(resource)
    place: Any = whole
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return whole
