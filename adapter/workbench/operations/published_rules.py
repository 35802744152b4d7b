"""Which published rules the tests of this release hold, as it was when the release was made.

`conformance.json` is written by `make docs` from what docs/conformance.md is written from; a test
fails while it is out of date. What the rules ask stands in `adapter.cds_client.rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from adapter.cds_client.rules import HOOKS, LIBRARY, Rule, rules

#: The file, beside this module.
FILE = "conformance.json"

SECTIONS: Mapping[str, str] = {HOOKS: "CDS Hooks 2.0", LIBRARY: "The library of hooks"}


class Test(Struct, frozen=True, kw_only=True):
    """A test, and what came of its last run."""

    #: Keeps pytest from collecting the class where a test module imports it.
    __test__ = False

    #: `test_discovery_is_open`.
    name: str
    #: What it holds, in a sentence.
    says: str
    #: passed, failed, skipped, not run.
    result: str


class Beyond(Struct, frozen=True, kw_only=True):
    """Something asked of a service that has no number."""

    source: str
    asks: str
    #: Paths of tests.
    tests: tuple[str, ...]


class Conformance(Struct, frozen=True, kw_only=True):
    """What tests hold."""

    #: Path of the test (`tests/contract/test_discovery.py::test_…`) → the test.
    tests: dict[str, Test]
    #: Id of the rule → paths of tests.
    rules: dict[str, tuple[str, ...]]
    beyond: tuple[Beyond, ...]


class Held(Struct, frozen=True, kw_only=True):
    """A rule, or something that has no number, and the tests that hold it."""

    id: str
    level: str
    binds: str
    asks: str
    tests: tuple[Test, ...]
    #: Why no test holds it; empty: one does.
    not_tested: str = ""

    @property
    def result(self) -> str:
        """Of all its tests: what is worst comes through."""
        found = {one.result for one in self.tests}
        return next((one for one in ("failed", "not run", "skipped") if one in found), "passed")


class Section(Struct, frozen=True, kw_only=True):
    """The rules of one specification."""

    title: str
    held: tuple[Held, ...]


@cache
def conformance() -> Conformance:
    """What is in the file."""
    content = (files("adapter.workbench.operations") / FILE).read_bytes()
    return msgspec.json.decode(content, type=Conformance)


def sections() -> tuple[Section, ...]:
    """The numbered rules by specification, what has no number, and what is not tested."""
    found = conformance()
    parts = [
        Section(
            title=title,
            held=tuple(
                _held(one, found)
                for one in rules().values()
                if one.id.startswith(f"{specification}@") and one.id in found.rules
            ),
        )
        for specification, title in SECTIONS.items()
    ]
    beyond = tuple(
        Held(
            id=one.source,
            level="",
            binds="service",
            asks=one.asks,
            tests=tuple(found.tests[test] for test in one.tests),
        )
        for one in found.beyond
    )
    not_tested = tuple(
        _held(one, found)
        for one in rules().values()
        if one.not_tested and one.id not in found.rules
    )
    return (
        *parts,
        Section(title="Beside the numbered rules", held=beyond),
        Section(title="Not tested, and why", held=not_tested),
    )


def _held(rule: Rule, found: Conformance) -> Held:
    tests = found.rules.get(rule.id, ())
    return Held(
        id=rule.id,
        level=rule.level,
        binds=rule.binds,
        asks=rule.asks,
        tests=tuple(found.tests[test] for test in tests),
        not_tested="" if tests else rule.not_tested,
    )
