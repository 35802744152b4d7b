"""The answer: a determination and the trace it is rendered from.

Cards, reports and referrals are rendered from these records; nothing is computed twice. A trace
node points at the policy's own criterion (`eligibility.model`), so that rule, document and section
come along.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Literal

from msgspec import Struct

from eligibility.facts import Issue
from eligibility.logic import UNKNOWN, Outcome
from eligibility.model import Exclusion, Group, Leaf, Policy
from eligibility.provenance import Source, Value

Status = Literal[
    "not-a-member",
    "eligible",
    "excluded",
    "choice",
    "possible",
    "undetermined",
    "not-eligible",
]

#: What kind of information would decide an open criterion.
MissingKind = Literal[
    "attestation", "avoidability", "encounters", "programme", "data", "population", "policy"
]


class Evidence(Struct, frozen=True, gc=False):
    """A resource that speaks for or against a criterion."""

    #: `Encounter/e1`.
    reference: str
    #: The (first) day it speaks of; None where it states none.
    on: date | None = None


class Missing(Struct, frozen=True, gc=False):
    """One thing that is not known and would help to decide."""

    kind: MissingKind
    #: An attestation or programme code (`complex-need`, `hospice`), or for `data` what is lacking
    #: (`birth-date`, `county`, `race`, `condition`), or for `population` its id.
    code: str
    #: The encounter it is asked of, for `avoidability`.
    reference: str | None = None
    on: date | None = None


class Window(Struct, frozen=True, gc=False):
    """The closed range of days that was looked at."""

    first: date
    last: date


class Count(Struct, frozen=True, gc=False):
    """How many there are, as exactly as is known."""

    low: int
    #: None: open, because the source does not cover the window.
    high: int | None
    at_least: int


class Finding(Struct, frozen=True, kw_only=True, gc=False):
    """What one test found in the facts."""

    outcome: Outcome
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[Missing, ...] = ()
    flags: tuple[str, ...] = ()
    window: Window | None = None
    count: Count | None = None
    #: The outcomes by the other readings of the window (fixed days, half-open), if any differs.
    alternatives: tuple[Outcome, ...] = ()
    #: There is evidence for it, enough to show the population as possible.
    indicated: bool = False
    #: There is at least something: one visit that could count, too little to show the population.
    hinted: bool = False
    #: Why, in words, where the outcome does not say it.
    reason: str | None = None
    #: Of the visits among the evidence those that perhaps do not count, by their own record.
    undecided: tuple[str, ...] = ()


class TraceNode(Struct, frozen=True, gc=False):
    """One criterion of the policy with what was found, and below it the criteria it is made of."""

    criterion: Leaf | Group
    outcome: Outcome
    #: None for groups.
    finding: Finding | None = None
    children: tuple[TraceNode, ...] = ()
    #: The parameter values in force: name, unit, value.
    parameters: tuple[tuple[str, str, Value], ...] = ()

    def open_questions(self) -> Iterator[Missing]:
        """What would decide it: the open questions on every path that can still matter."""
        if self.outcome is not UNKNOWN:
            return
        if self.finding is not None:
            yield from self.finding.missing
        for child in self.children:
            yield from child.open_questions()

    def named(self, ids: Collection[str]) -> Iterator[TraceNode]:
        """The criteria of these ids, wherever they stand."""
        if self.criterion.id in ids:
            yield self
        else:
            for child in self.children:
                yield from child.named(ids)


class VariantResult(Struct, frozen=True, kw_only=True, gc=False):
    """One policy file's answer."""

    policy: Policy
    outcome: Outcome
    #: Why the variant does not apply (age, dates, county); None when its criteria were weighed.
    reason: str | None = None
    trace: TraceNode | None = None
    flags: tuple[str, ...] = ()
    #: What is not known of the member's age or county, and would decide whether it applies.
    gates: tuple[Missing, ...] = ()
    #: Unknown, with evidence on every indicator (input contract, section 5, "Indicators").
    possible: bool = False
    #: Some indicator has evidence, if only one visit that could count.
    indicated: bool = False

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What would decide it; empty unless it is unknown."""
        if self.outcome is not UNKNOWN or self.trace is None:
            return ()
        return tuple(dict.fromkeys((*self.gates, *self.trace.open_questions())))


class PopulationResult(Struct, frozen=True, kw_only=True, gc=False):
    """One Population of Focus: the best of its variants."""

    id: str
    number: int
    outcome: Outcome
    variants: tuple[VariantResult, ...]

    @property
    def possible(self) -> bool:
        """Unknown, and a variant has evidence on every indicator."""
        return self.outcome is UNKNOWN and any(one.possible for one in self.variants)


class ExclusionResult(Struct, frozen=True, kw_only=True, gc=False):
    """One programme or circumstance that excludes, competes or wraps around."""

    exclusion: Exclusion
    kind: Literal["excluded", "either-or", "wrap"]
    outcome: Outcome
    reason: str | None = None
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[Missing, ...] = ()
    flags: tuple[str, ...] = ()
    trace: TraceNode | None = None


class MembershipResult(Struct, frozen=True, kw_only=True, gc=False):
    """Whether the member is the plan's on the day."""

    outcome: Outcome
    evidence: tuple[Evidence, ...] = ()
    reason: str


class Narrower(Struct, frozen=True, gc=False):
    """A population for which the state's answer is better than the plan's."""

    population: str
    plan: Outcome
    state: Outcome


class DiscretionaryReview(Struct, frozen=True, gc=False):
    """The plan's own offer to look at a member who meets no population."""

    rule: str
    source: Source


class Determination(Struct, frozen=True, kw_only=True, gc=False):
    """Everything that is said of one member, one plan and one day."""

    member: str
    plan: str
    as_of: date
    #: The day whose policy versions were used, where it is not `as_of`.
    policy_date: date | None
    status: Status
    membership: MembershipResult
    #: The plan's own text, nine entries in canonical order.
    populations: tuple[PopulationResult, ...]
    #: The state's answers, in the same order; the same objects where plan is the state.
    state: tuple[PopulationResult, ...]
    overlays: tuple[PopulationResult, ...]
    exclusions: tuple[ExclusionResult, ...]
    #: None: not offered or not called for.
    discretionary_review: DiscretionaryReview | None
    narrower: tuple[Narrower, ...]
    issues: tuple[Issue, ...]
