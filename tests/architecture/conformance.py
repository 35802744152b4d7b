"""Writes docs/conformance.md: published rule → tests that hold it → result of their last run.

The same goes into the package as data, for the page of the workbench that shows it.

A test names its rules with `@pytest.mark.requirement("cds-hooks_2.0@54")`; its sentence is its
docstring. Rules are numbered as in ONC's Inferno CRD test kit; `adapter/cds_client/rules.csv` says
what each asks, in our words, and why one is not tested. What has no number there is in
`cds_hooks_beyond.csv`, with its tests. `make docs` runs these tests and writes the page;
test_documents.py fails while the page is out of date, test_conformance.py while a rule is held by
nothing.
"""

from __future__ import annotations

import ast
import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from adapter.cds_client.rules import Rule, rules
from adapter.workbench.operations import published_rules
from tests.architecture.sources import ROOT, python_files

PAGE = ROOT / "docs" / "conformance.md"
DATA = ROOT / "adapter" / "workbench" / "operations" / published_rules.FILE
_FOLDER = Path(__file__).parent

HEAD = """\
# Conformance

Which test holds which published rule, and what came of its last run. Written by `make docs`; do
not edit.

Rules are named `specification@number`, as in
[Inferno's CRD test kit](https://github.com/inferno-framework/davinci-crd-test-kit). What they ask
is said in our words. *binds*: whose duty it is; a client's duty is listed where a test says what
this service does with a client that keeps it, or does not.
"""

NOT_RUN = "not run"


class Beyond(Struct, frozen=True, kw_only=True):
    """Something asked of a service that has no number."""

    source: str
    asks: str
    #: Names of the functions that hold it.
    names: tuple[str, ...]

    @property
    def tests(self) -> tuple[str, ...]:
        """Those functions with their paths; one that is not there is left out."""
        return tuple(one for one in sentences() if one.partition("::")[2] in self.names)


class Held(Struct, frozen=True, order=True):
    """One rule held by one test."""

    #: The rule's specification and its number, so that rules sort by number.
    specification: str
    number: int
    rule: str
    #: Path from the root and name of the test: `tests/contract/test_discovery.py::test_...`.
    test: str


@cache
def beyond() -> tuple[Beyond, ...]:
    """What is asked of a service beside the numbered rules."""
    return tuple(
        Beyond(source=row["source"], asks=row["asks"], names=tuple(row["tests"].split()))
        for row in _rows("cds_hooks_beyond.csv")
    )


@cache
def sentences() -> Mapping[str, str]:
    """Every test function there is, by its path and name, with its sentence."""
    return {test: sentence for test, sentence, _ in _functions()}


def held_rules() -> tuple[Held, ...]:
    """All rules that tests name, in order of specification and number."""
    return tuple(
        sorted(
            Held(rule.partition("@")[0], int(rule.partition("@")[2]), rule, test)
            for test, _, named in _functions()
            for rule in named
        )
    )


@cache
def _functions() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple(found for file in python_files("tests") for found in _functions_of(file))


def _functions_of(file: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        sentence = ast.get_docstring(node) or node.name.removeprefix("test_").replace("_", " ")
        named = [
            ast.literal_eval(rule)
            for decorator in node.decorator_list
            if isinstance(decorator, ast.Call)
            and ast.unparse(decorator.func) == "pytest.mark.requirement"
            for rule in decorator.args
        ]
        path = f"{file.relative_to(ROOT)}::{node.name}"
        yield path, sentence.partition("\n")[0], tuple(named)


def tests_of_the_page() -> list[str]:
    """Every test that the page names."""
    return sorted({held.test for held in held_rules()} | {t for one in beyond() for t in one.tests})


def page(results: Mapping[str, str] | None = None) -> str:
    """The page as it should be, ending with a newline.

    Args:
        results: result by test; None: those that are on the page now.
    """
    results = recorded() if results is None else results
    by_rule: dict[str, list[str]] = {}
    for held in held_rules():
        by_rule.setdefault(held.rule, []).append(held.test)
    parts = [HEAD]
    for specification, title in published_rules.SECTIONS.items():
        mine = [one for one in rules().values() if one.id.startswith(f"{specification}@")]
        lines = _rule_lines((one for one in mine if one.id in by_rule), by_rule, results)
        parts.append(f"\n## {title}\n\n| rule | level | binds | asks | held by | last run |\n")
        parts.append("|---|---|---|---|---|---|\n" + "".join(lines))
    parts.append("\n## Beside the numbered rules\n\n| source | asks | held by | last run |\n")
    parts.append("|---|---|---|---|\n" + "".join(_beyond_lines(results)))
    parts.append("\n## Not tested, and why\n\n| rule | level | asks | why |\n|---|---|---|---|\n")
    parts += [
        f"| {one.id} | {one.level} | {one.asks} | {one.not_tested} |\n"
        for one in rules().values()
        if one.not_tested and one.id not in by_rule
    ]
    parts.append("\n## The tests\n\n| test | what it holds | last run |\n|---|---|---|\n")
    for test in tests_of_the_page():
        result = results.get(test, NOT_RUN)
        parts.append(f"| `{test}` | {_cell(sentences().get(test, ''))} | {result} |\n")
    return "".join(parts)


def data(results: Mapping[str, str] | None = None) -> bytes:
    """What the package holds of it, as JSON; `results` as of the page."""
    results = recorded() if results is None else results
    by_rule: dict[str, tuple[str, ...]] = {}
    for held in held_rules():
        by_rule[held.rule] = (*by_rule.get(held.rule, ()), held.test)
    found = published_rules.Conformance(
        tests={
            test: published_rules.Test(
                name=test.partition("::")[2],
                says=sentences().get(test, ""),
                result=results.get(test, NOT_RUN),
            )
            for test in tests_of_the_page()
        },
        rules=by_rule,
        beyond=tuple(
            published_rules.Beyond(source=one.source, asks=one.asks, tests=one.tests)
            for one in beyond()
        ),
    )
    return msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"


def _rule_lines(
    shown: Iterable[Rule], by_rule: Mapping[str, list[str]], results: Mapping[str, str]
) -> Iterator[str]:
    for one in shown:
        tests = by_rule[one.id]
        yield f"| {one.id} | {one.level} | {one.binds} | {one.asks} | {_cells(tests, results)}"


def _beyond_lines(results: Mapping[str, str]) -> Iterator[str]:
    for one in beyond():
        yield f"| {one.source} | {one.asks} | {_cells(one.tests, results)}"


def _cells(tests: Iterable[str], results: Mapping[str, str]) -> str:
    names = "<br>".join(f"`{test.partition('::')[2]}`" for test in tests)
    found = {results.get(test, NOT_RUN) for test in tests}
    return f"{names} | {', '.join(sorted(found))} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def recorded() -> dict[str, str]:
    """The results on the page as it is."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    rows = re.findall(r"^\| `(tests/\S+)` \| .* \| ([a-z ]+) \|$", text, re.MULTILINE)
    return {str(test): str(result) for test, result in rows}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="|")


class _Results:
    """Listens to pytest: a test has passed if every case of it has that could run here."""

    #: The last of these that one of its cases ended with is a test's result.
    RANK = ("skipped", "passed", "failed")

    def __init__(self) -> None:
        self.by_test: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how one phase of one case ended."""
        if report.when == "call" or report.outcome != "passed":
            test = report.nodeid.partition("[")[0]
            before = self.by_test.get(test, "skipped")
            self.by_test[test] = max(before, report.outcome, key=self.RANK.index)


def main() -> int:
    """Run the tests of the page and write it; pytest's exit code."""
    results = _Results()
    code = pytest.main(["-q", "--no-header", *tests_of_the_page()], plugins=[results])
    PAGE.write_text(page(results.by_test), encoding="utf-8")
    DATA.write_bytes(data(results.by_test))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
