"""Writes docs/conformance.md: which test holds which published rule.

A test names its rules with `@pytest.mark.requirement("cds-hooks_2.0@54")`; its sentence is its
docstring. `make docs` writes the page, and test_documents.py fails while the page is out of date.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from tests.architecture.sources import ROOT, python_files

PAGE = ROOT / "docs" / "conformance.md"

HEAD = """\
# Conformance

Which test holds which published rule. Written by `make docs` from the tests; do not edit.
A rule is named `specification@number`. A rule that is not listed is not tested.

| rule | what is held | test |
|---|---|---|
"""


class Held(Struct, frozen=True, order=True):
    """One rule held by one test."""

    #: The rule's specification and its number, so that rules sort by number.
    specification: str
    number: tuple[int, ...]
    rule: str
    #: Path from the root and name of the test: `tests/contract/test_discovery.py::test_...`.
    test: str
    #: The test's sentence.
    sentence: str


def held_rules() -> tuple[Held, ...]:
    """All rules that tests name, in order of specification and number."""
    return tuple(sorted(found for file in python_files("tests") for found in _rules_of(file)))


def _rules_of(file: Path) -> Iterator[Held]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        sentence = ast.get_docstring(node) or node.name.removeprefix("test_").replace("_", " ")
        for decorator in node.decorator_list:
            if ast.unparse(decorator).startswith("pytest.mark.requirement("):
                assert isinstance(decorator, ast.Call)
                for rule in decorator.args:
                    yield Held(
                        specification=(name := ast.literal_eval(rule)).partition("@")[0],
                        number=tuple(int(n) for n in re.findall(r"\d+", name.partition("@")[2])),
                        rule=name,
                        test=f"{file.relative_to(ROOT)}::{node.name}",
                        sentence=sentence.partition("\n")[0],
                    )


def page() -> str:
    """The page as it should be, ending with a newline."""
    rows = (f"| {held.rule} | {held.sentence} | `{held.test}` |\n" for held in held_rules())
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
