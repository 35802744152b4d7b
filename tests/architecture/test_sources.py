"""How source files are shaped: short, named for what they hold, introduced to their reader."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT, python_files

#: Lines a file may have without giving a reason.
LONGEST = 250

#: Words that say where code was dropped instead of what it is.
EMPTY_NAMES = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}

FILES = tuple(python_files(*PACKAGES))
NAMES = tuple(str(file.relative_to(ROOT)) for file in FILES)


def first_paragraph(file: Path) -> str:
    """The first paragraph of a module's docstring; empty without one."""
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n\n")[0]


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_file_is_short_or_says_why_it_is_long(file: Path) -> None:
    """Past 250 lines the first paragraph says `One file because ...`."""
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST or re.search(r"\bOne file because\b", first_paragraph(file)), (
        f"{lines} lines: split it, or say in its first paragraph `One file because ...`"
    )


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_file_is_named_for_what_it_holds(file: Path) -> None:
    """No module or package is called utils, helpers, manager, common or misc."""
    words = {
        word for part in file.relative_to(ROOT).with_suffix("").parts for word in part.split("_")
    }
    assert not words & EMPTY_NAMES


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_file_opens_with_what_it_is_for(file: Path) -> None:
    """A reader learns from the first sentence of a module why it exists."""
    assert first_paragraph(file)
