"""The reasons of a population for a page: each criterion in words, beside what decided it.

A text is a policy file as it was weighed. What speaks for or against a criterion is listed once for
each population and referred to by its number, so that rule and resource can be read side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adapter.dates import in_words
from adapter.workbench.evaluate.glance import counted, looked_at
from adapter.workbench.evaluate.questions.answers import AVOIDABLE
from adapter.workbench.evaluate.reasons.entries import Entries, Wanted
from adapter.workbench.evaluate.reasons.records import Criterion, Reading, Spoken, Text, Trace
from eligibility.determination import (
    Determination,
    Evidence,
    ExclusionResult,
    PopulationResult,
    TraceNode,
    VariantResult,
)
from eligibility.logic import MET, NOT_MET, UNKNOWN
from eligibility.model import Group, Leaf
from eligibility.packs import documents, pack
from eligibility.policy_words import passage
from eligibility.provenance import Interpretation, Source
from eligibility.wording import FLAGS, ask, who_can_tell

_JOINS = {"all": "all of these", "any": "at least one of these", "not": "this is not so"}
#: Further resources are counted.
_MOST_ENTRIES = 40
#: One question for each visit: the first ones say what kind it is.
_MOST_ASKED = 2


def trace_of(result: PopulationResult, determination: Determination, entries: Entries) -> Trace:
    """The reasons of a population: the plan's texts, then the state's where those are wider."""
    plans = sorted(result.variants, key=lambda one: (one.reason is not None, _rank(one)))
    state = [
        variant
        for one in determination.state
        if one.id == result.id and one.id in {each.population for each in determination.narrower}
        for variant in one.variants
    ]
    traces = [one.trace for one in (*plans, *state) if one.trace is not None]
    told = _Told(traces, entries)
    texts = [told.text(one) for one in plans] + [told.text(one, binds=True) for one in state]
    return Trace(texts=tuple(texts), spoken=told.spoken, more=told.more)


def trace_of_exclusion(
    result: ExclusionResult, determination: Determination, entries: Entries
) -> Trace:
    """The reasons of an exclusion."""
    if result.trace is None:
        return Trace(texts=(), spoken=())
    text = pack(determination.plan, determination.policy_date or determination.as_of).exclusions
    told = _Told([result.trace], entries)
    source = result.exclusion.criteria.source or (text.source if text else None)
    cited = _cited(source)
    shown = Text(
        title=result.exclusion.title,
        policy="",
        version=text.version if text else "",
        document=cited[0],
        section=cited[1],
        url=cited[2],
        outcome=result.outcome.value,
        possible=False,
        reason=result.reason or "",
        provisional=(text.provisional_because or "") if text and text.provisional else "",
        criterion=told.criterion(result.trace, text.interpretations if text else {}, source),
    )
    return Trace(texts=(shown,), spoken=told.spoken, more=told.more)


def trace_of_membership(determination: Determination, entries: Entries) -> Trace:
    """The Coverages that say whether the member is the plan's; no policy file is about that."""
    looked = Wanted(kinds=frozenset({"membership"}))
    spoken = tuple(
        Spoken(
            number=number,
            reference=one.reference,
            on=_day(one),
            entry=entries.find(one.reference, looked),
        )
        for number, one in enumerate(determination.membership.evidence, 1)
    )
    return Trace(texts=(), spoken=spoken)


def _rank(result: VariantResult) -> int:
    return ("met", "unknown", "not-met").index(result.outcome.value) * 2 - int(result.possible)


def _cited(source: Source | None) -> tuple[str, str, str | None]:
    if source is None:
        return "", "", None
    held = documents().get(source.document)
    title = held.title if held else source.document
    return title, source.section, held.url if held else None


class _Told:
    """Tells the criteria of one population, and numbers what they refer to."""

    def __init__(self, traces: Sequence[TraceNode], entries: Entries) -> None:
        found: dict[str, Evidence] = {}
        kinds: dict[str, set[str]] = {}
        codes: dict[str, set[str]] = {}
        for leaf, evidence in _evidence(traces):
            known = found.get(evidence.reference)
            if known is None or known.on is None:
                found[evidence.reference] = evidence
            kinds.setdefault(evidence.reference, set()).add(leaf.test.kind)
            codes.setdefault(evidence.reference, set()).update(_codes(leaf))
        # Whose record it is speaks last; else as the criteria name them.
        order = sorted(found, key=lambda name: name.startswith("Patient/"))
        self._numbers = {name: number for number, name in enumerate(order[:_MOST_ENTRIES], 1)}
        self.more = max(0, len(order) - _MOST_ENTRIES)
        self.spoken = tuple(
            Spoken(
                number=number,
                reference=name,
                on=_day(found[name]),
                entry=entries.find(
                    name, Wanted(kinds=frozenset(kinds[name]), codes=frozenset(codes[name]))
                ),
            )
            for name, number in self._numbers.items()
        )

    def text(self, result: VariantResult, *, binds: bool = False) -> Text:
        policy = result.policy
        document, section, url = _cited(policy.source)
        provisional = policy.provisional_because or "No primary text is held."
        return Text(
            title=policy.title,
            policy=policy.id,
            version=policy.version,
            document=document,
            section=section,
            url=url,
            outcome=result.outcome.value,
            possible=result.possible,
            reason=result.reason or "",
            provisional=provisional if policy.provisional else "",
            criterion=None
            if result.trace is None
            else self.criterion(result.trace, policy.interpretations, policy.source),
            binds=binds,
        )

    def criterion(
        self, node: TraceNode, known: Mapping[str, Interpretation], cited: Source | None
    ) -> Criterion:
        said, finding = node.criterion, node.finding
        evidence = sorted(
            set(finding.evidence if finding else ()),
            key=lambda one: (one.on is None, str(one.on), one.reference),
        )
        shown = [one for one in evidence if one.reference in self._numbers]
        missing = finding.missing if finding and node.outcome is UNKNOWN else ()
        asked = [ask(one) for one in dict.fromkeys(missing)]
        unasked = len(asked) - _MOST_ASKED
        used = [known[id] for id in said.interpretations if id in known]
        spare = _spare(node)

        def below(child: TraceNode) -> Criterion:
            return self.criterion(child, known, said.source or cited)

        return Criterion(
            outcome=node.outcome.value,
            rule=said.rule or "",
            joins=_JOINS[said.operator] if isinstance(said, Group) else "",
            section=_section(said.source, cited),
            window=looked_at(finding.window) if finding and finding.window else "",
            count=counted(finding.count) if finding and finding.count else "",
            reason=(finding.reason or "") if finding else "",
            evidence=tuple((self._numbers[one.reference], _day(one)) for one in shown),
            more=len(evidence) - len(shown),
            asks=tuple((in_words(one.text), who_can_tell(one.who)) for one in asked[:_MOST_ASKED]),
            unasked=max(0, unasked),
            notes=tuple(FLAGS.get(flag, flag) for flag in (finding.flags if finding else ())),
            readings=tuple(
                Reading(question=one.question, choice=one.choice, effect=one.effect) for one in used
            ),
            criteria=tuple(below(one) for one in node.children if one not in spare),
            spare=tuple(below(one) for one in spare),
        )


def _spare(node: TraceNode) -> tuple[TraceNode, ...]:
    """The criteria below one that is decided without them."""
    if not isinstance(node.criterion, Group):
        return ()
    enough = {"any": MET, "all": NOT_MET}.get(node.criterion.operator)
    if node.outcome is not enough:
        return ()
    return tuple(one for one in node.children if one.outcome is not enough)


def _section(source: Source | None, cited: Source | None) -> str:
    """Where a criterion is written; empty: where what it is part of is written."""
    if source is None or source == cited:
        return ""
    return passage(source, within=cited.document if cited else None)


def _day(evidence: Evidence) -> str:
    return "" if evidence.on is None else in_words(evidence.on)


def _evidence(traces: Sequence[TraceNode]) -> Iterator[tuple[Leaf, Evidence]]:
    for node in traces:
        if node.finding is not None and isinstance(node.criterion, Leaf):
            for evidence in node.finding.evidence:
                yield node.criterion, evidence
        yield from _evidence(node.children)


def _codes(leaf: Leaf) -> Iterator[str]:
    """The questions a criterion asks."""
    value = leaf.test.options.get("answer")
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        yield from value
    if leaf.test.options.get("avoidable"):
        yield AVOIDABLE
