"""Which visits were counted, for what and in which window: read off the trace.

The evaluation says where the fullest window of a criterion lies and which visits are in it
(`eligibility.criteria.utilization`); here it is only put into words. Nothing is counted again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from eligibility.determination import Determination, Finding, TraceNode, Window
from eligibility.logic import Outcome
from eligibility.model import Leaf, Ref
from eligibility.visits import Event
from eligibility.wording import POPULATION_TITLES

#: How a visit stands to the criteria that count visits.
Standing = Literal["counts", "perhaps", "not", "later"]

#: Populations of which the windows are shown even where no visit lies in them.
_ALWAYS = "avoidable-utilization"
_MOST = 5
_KINDS = {
    "emergency": "emergency visits",
    "hospital": "hospital stays",
    "snf": "nursing facility stays",
}


class Count(Struct, frozen=True, kw_only=True):
    """One criterion's count."""

    #: `avoidable emergency visits`.
    title: str
    kinds: tuple[str, ...]
    window: Window
    months: int
    #: Visits that count for certain, and those that perhaps do.
    certain: int
    perhaps: int
    at_least: int
    outcome: Outcome
    #: References of the visits in the window, and those of them that perhaps do not count.
    inside: frozenset[str]
    undecided: frozenset[str]
    #: Titles of the populations that ask for it.
    asked_by: tuple[str, ...]

    @property
    def words(self) -> str:
        """`Avoidable emergency visits: 3 in 6 months, 2 more perhaps; 5 needed`."""
        title = self.title[0].upper() + self.title[1:]
        more = "more " if self.certain else ""
        perhaps = f", {self.perhaps} {more}perhaps" if self.perhaps else ""
        found = f"{self.certain} in {self.months} months{perhaps}"
        return f"{title}: {found}; {self.at_least} needed"


def counts(determination: Determination) -> tuple[Count, ...]:
    """What the plan's texts counted in visits; where there are none, what they would count."""
    found: dict[tuple[str, Window, int], Count] = {}
    for result in determination.populations:
        for variant in result.variants:
            if variant.trace is None:
                continue
            for node, finding in _visits(variant.trace):
                if finding.evidence or result.id == _ALWAYS:
                    one = _count(node, finding, POPULATION_TITLES[result.id])
                    key = (one.title, one.window, one.at_least)
                    known = found.setdefault(key, one)
                    if known is not one and one.asked_by[0] not in known.asked_by:
                        both = (*known.asked_by, *one.asked_by)
                        found[key] = replace(known, asked_by=both)
    listed = sorted(found.values(), key=lambda one: not one.inside)
    return tuple([one for one in listed if one.inside][:_MOST] or listed[:_MOST])


def standing(event: Event, counted: tuple[Count, ...]) -> tuple[Standing, str]:
    """Whether a visit counts for any criterion that is shown, and for which, or why not."""
    perhaps = ""
    for count in counted:
        if count.inside.isdisjoint(event.refs):
            continue
        if count.undecided.isdisjoint(event.refs):
            return "counts", f"counts for {count.title}"
        perhaps = perhaps or f"perhaps counts for {count.title}: an answer is missing"
    if perhaps:
        return "perhaps", perhaps
    if event.kind == "observation":
        return "not", "not counted: observation stays are not"
    of_kind = [count for count in counted if event.kind in count.kinds]
    if not of_kind:
        return "not", "not counted by any criterion here"
    if event.start is not None and all(
        event.start.last < count.window.first or event.start.first > count.window.last
        for count in of_kind
    ):
        return "not", "not counted: outside the window with the most visits"
    return "not", "not counted: what is known of it says no"


def _visits(node: TraceNode) -> Iterator[tuple[TraceNode, Finding]]:
    if node.finding is not None:
        criterion = node.criterion
        counted = isinstance(criterion, Leaf) and criterion.test.kind == "visits"
        if counted and node.finding.window is not None:
            yield node, node.finding
    elif not any(map(_is_of_another_age, node.children)):
        for child in node.children:
            yield from _visits(child)


def _is_of_another_age(node: TraceNode) -> bool:
    """Whether it keeps apart those of another age, so that what stands beside it is not theirs."""
    is_age = isinstance(node.criterion, Leaf) and node.criterion.test.kind == "age"
    return is_age and node.outcome is Outcome.NOT_MET


def _count(node: TraceNode, finding: Finding, population: str) -> Count:
    assert isinstance(node.criterion, Leaf)
    options = node.criterion.test.options
    kinds = options["kinds"]
    assert isinstance(kinds, tuple)
    assert finding.window is not None
    assert finding.count is not None
    return Count(
        title=_title(node.criterion, kinds),
        kinds=kinds,
        window=finding.window,
        months=_months(node),
        certain=finding.count.low,
        perhaps=len(finding.undecided),
        at_least=finding.count.at_least,
        outcome=finding.outcome,
        inside=frozenset(one.reference for one in finding.evidence),
        undecided=frozenset(finding.undecided),
        asked_by=(population,),
    )


def _title(criterion: Leaf, kinds: tuple[str, ...]) -> str:
    options = criterion.test.options
    before = [word for word in ("avoidable", "unplanned") if options.get(word)]
    after = ["for mental health or substance use"] if options.get("behavioural") else []
    names = " or ".join(_KINDS.get(kind, kind) for kind in kinds)
    return " ".join([*before, names, *after])


def _months(node: TraceNode) -> int:
    """The length of the window: of the sliding one where there is one, else of the look-back."""
    assert isinstance(node.criterion, Leaf)
    values = {name: value.value for name, _, value in node.parameters}
    for option in ("within_months", "look_back_months"):
        asked = node.criterion.test.options.get(option)
        value = values.get(asked.name) if isinstance(asked, Ref) else asked
        if isinstance(value, int | str) and str(value).isdigit():
            return int(value)
    return 0
