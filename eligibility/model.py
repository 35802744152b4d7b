"""Policies as data: what a policy file says once it is read (the loader writes, evaluation reads).

One `Policy` renders one text on one Population of Focus and age group; its numbers are dated
`Parameter`s with the document and section each comes from, and where a text leaves room an
`Interpretation` says what was chosen (`eligibility.provenance`, whose records are names of this
module too). Everything is frozen; lists are tuples, in file order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from msgspec import Struct

from eligibility.logic import Outcome
from eligibility.provenance import Document, Interpretation, Parameter, Ref, Source, Value

__all__ = [
    "EXCLUSION_KINDS",
    "OVERLAYS",
    "POPULATIONS",
    "AgeRange",
    "DiscretionaryReview",
    "Document",
    "Exclusion",
    "ExclusionKind",
    "Exclusions",
    "Group",
    "InForce",
    "Interpretation",
    "Leaf",
    "Node",
    "NotEvaluated",
    "Parameter",
    "PhaseIn",
    "PlanInfo",
    "Policy",
    "Ref",
    "Source",
    "Test",
    "Value",
    "walk",
]

#: The nine Populations of Focus in the state's numbering, by id.
POPULATIONS: Mapping[str, int] = {
    "homelessness": 1,
    "avoidable-utilization": 2,
    "smi-sud": 3,
    "incarceration": 4,
    "ltc-at-risk": 5,
    "nf-transition": 6,
    "ccs": 7,
    "child-welfare": 8,
    "birth-equity": 9,
}

#: Groups that qualify only through a Population of Focus, and so are no population of their own.
OVERLAYS: tuple[str, ...] = ("idd",)

ExclusionKind = Literal["excluded", "either-or", "wrap"]
EXCLUSION_KINDS: tuple[ExclusionKind, ...] = ("excluded", "either-or", "wrap")


class Test(Struct, frozen=True, kw_only=True):
    """How a criterion is decided from facts: one of the kinds of `eligibility.load.kinds`."""

    #: Keeps pytest from collecting the class where a test module imports it.
    __test__ = False

    kind: str
    #: By option name; an absent option is absent. Lists are tuples, switches are True.
    options: Mapping[str, bool | str | tuple[str, ...] | Ref]


class PhaseIn(Struct, frozen=True, kw_only=True):
    """Until `last`, the policy is live in some counties only."""

    last: date
    counties: tuple[str, ...]
    #: What is answered for a member of another county: NOT_MET or UNKNOWN.
    elsewhere: Outcome
    source: Source


class InForce(Struct, frozen=True, kw_only=True):
    """The days a text is in force, both ends included."""

    first: date
    #: None: open, in force until superseded.
    last: date | None
    source: Source
    phase_in: tuple[PhaseIn, ...] = ()
    interpretations: tuple[str, ...] = ()

    def covers(self, day: date) -> bool:
        """Whether the text is in force on `day`, in at least some counties."""
        return self.first <= day and (self.last is None or day <= self.last)


class Leaf(Struct, frozen=True, kw_only=True):
    """One criterion, decided by one test."""

    #: Unique in its file, hyphenated.
    id: str
    #: The criterion in our words, one sentence.
    rule: str
    source: Source
    test: Test
    #: Ids of interpretations of the same file.
    interpretations: tuple[str, ...] = ()
    #: Narrower than the policy's days; outside it the criterion is not met for that reason.
    in_force: InForce | None = None


class Group(Struct, frozen=True, kw_only=True):
    """Criteria joined by `all` (and), `any` (or) or `not` (exactly one child)."""

    operator: Literal["all", "any", "not"]
    children: tuple[Node, ...]
    #: None where the source text has no sentence for the group as a whole.
    id: str | None = None
    rule: str | None = None
    source: Source | None = None
    interpretations: tuple[str, ...] = ()


Node = Leaf | Group


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in file order."""
    yield node
    if isinstance(node, Group):
        for child in node.children:
            yield from walk(child)


class AgeRange(Struct, frozen=True, kw_only=True):
    """Completed years on `as_of`: at least `at_least` and under `under`, either may be absent."""

    at_least: int | None = None
    under: int | None = None
    source: Source
    interpretations: tuple[str, ...] = ()


class Policy(Struct, frozen=True, kw_only=True):
    """One text on one Population of Focus (or overlay) and age group, in one period."""

    #: `<plan>/<population>/<variant>`; two texts in different periods share it.
    id: str
    plan: str
    population: str
    variant: str
    title: str
    #: The version of the document, e.g. `2024-11-13`.
    version: str
    source: Source
    provisional: bool = False
    #: Why, in one sentence; None unless provisional.
    provisional_because: str | None = None
    in_force: InForce
    #: None: no age is asked.
    age: AgeRange | None = None
    #: "Possible" asks evidence on every item, each by any of its criterion ids.
    indicators: tuple[tuple[str, ...], ...] = ()
    criteria: Node
    parameters: dict[str, Parameter] = {}
    interpretations: dict[str, Interpretation] = {}
    #: Path below the policies folder, e.g. `partnership/avoidable-utilization-adult.yaml`.
    file: str


class Exclusion(Struct, frozen=True, kw_only=True):
    """A programme or a condition that keeps a member out of ECM, or must be chosen against it."""

    id: str
    title: str
    #: An `ExclusionKind`, or the parameter that gives one on the policy date.
    kind: Ref | str
    #: None: as long as the file is.
    in_force: InForce | None = None
    #: What to do instead, or what to choose between.
    alternative: str | None = None
    criteria: Node
    interpretations: tuple[str, ...] = ()


class NotEvaluated(Struct, frozen=True, kw_only=True):
    """A rule of the text that no input decides, e.g. the outcome of outreach."""

    id: str
    rule: str
    source: Source
    because: str


class Exclusions(Struct, frozen=True, kw_only=True):
    """Who may not receive ECM under one plan's text."""

    plan: str
    version: str
    source: Source
    provisional: bool = False
    provisional_because: str | None = None
    in_force: InForce
    entries: tuple[Exclusion, ...]
    not_evaluated: tuple[NotEvaluated, ...] = ()
    parameters: dict[str, Parameter] = {}
    interpretations: dict[str, Interpretation] = {}
    file: str


class DiscretionaryReview(Struct, frozen=True, kw_only=True):
    """The plan may offer ECM case by case to members who meet no Population of Focus."""

    #: None: any population.
    populations: tuple[str, ...] | None
    rule: str
    source: Source
    in_force: InForce | None = None


class PlanInfo(Struct, frozen=True, kw_only=True):
    """What holds for a plan as a whole."""

    id: str
    title: str
    #: None: the plan offers none.
    discretionary_review: DiscretionaryReview | None = None
    #: Overlay ids, e.g. `idd`.
    overlays: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    interpretations: dict[str, Interpretation] = {}
    file: str
