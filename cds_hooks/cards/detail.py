"""The detail of a card: who meets what and why, what to ask, what to look at before a referral."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cds_hooks.cards.evidence import (
    criterion_line,
    document_title,
    references,
    section_of,
)
from cds_hooks.cards.markdown import bold, bullets, escape, paragraphs, reference
from cds_hooks.cards.questions import Ask
from cds_hooks.cards.shown import Shown, already_met
from eligibility.determination import (
    Determination,
    Evidence,
    ExclusionResult,
    Missing,
    TraceNode,
    VariantResult,
)
from eligibility.logic import MET, UNKNOWN
from eligibility.model import Interpretation
from eligibility.reasons import decisive, is_withheld, tells_of_a_pregnancys_end
from eligibility.wording import FLAGS, ask

_MOST_READINGS = 3


def detail(
    opening: str,
    determination: Determination,
    populations: tuple[Sequence[Shown], Sequence[Shown]],
    not_had: Sequence[str],
    *,
    is_short: bool = False,
) -> str:
    """The whole detail, as Markdown.

    Args:
        opening: the first paragraph, as Markdown.
        determination: what is rendered.
        populations: those that are met; those to ask about, nearest first, empty where others are
            met.
        not_had: data that were not there to be looked at, in plain words.
        is_short: a few lines for a narrow card: the rules without evidence, sources and readings.
    """
    met, possible = populations
    blocks = [opening, bullets(list(_decided_against(determination)))]
    if is_short:
        return paragraphs([*blocks, *_short(determination, met, possible, not_had)])
    for one in met:
        blocks += _population(one)
    for one in possible[:1]:
        blocks += _nearest(one)
    if len(possible) > 1:
        blocks += ["Also possible:", bullets([_farther(one) for one in possible[1:]])]
    before = list(_before_referral(determination))
    if before:
        blocks += ["**Before a referral**", bullets(before)]
    notes = list(_notes(determination, [*met, *possible[:1]], not_had))
    if notes:
        blocks += ["**About this answer**", bullets(notes)]
    return paragraphs(blocks)


def _short(
    determination: Determination,
    met: Sequence[Shown],
    possible: Sequence[Shown],
    not_had: Sequence[str],
) -> Iterator[str]:
    """What nobody should miss: which population, what to ask, what was not seen."""
    yield bullets([bold(variant.policy.title) for one in met for variant in one.variants])
    for one in possible[:1]:
        yield bold(one.variants[0].policy.title)
        yield bullets([question_line(ask) for ask in one.path.asks])
    before = list(_open_questions(determination))
    if not before and determination.status in ("eligible", "possible"):
        before = ["Ask whether another program or service excludes ECM."]
    yield bullets(before)
    yield from unseen(not_had)


def _population(shown: Shown) -> Iterator[str]:
    for variant in shown.variants:
        yield _title(shown, variant)
        assert variant.trace is not None
        yield bullets(list(_lines(decisive(variant.trace), variant)))


def _nearest(shown: Shown) -> Iterator[str]:
    variant = shown.variants[0]
    yield _title(shown, variant)
    yield "What would decide it:"
    yield bullets([question_line(one) for one in shown.path.asks])
    known = list(_lines(already_met(variant.trace), variant)) if variant.trace else []
    if known:
        yield "Met already:"
        yield bullets(known)


def _farther(shown: Shown) -> str:
    many = len(shown.path.asks)
    said = f"{many} question{'' if many == 1 else 's'} would decide"
    return f"{escape(shown.variants[0].policy.title)}: {said}"


def _title(shown: Shown, variant: VariantResult) -> str:
    policy = variant.policy
    source = f"{escape(document_title(policy.source))}, version {escape(policy.version)}"
    if shown.by_state:
        source = f"by the state's text: {source}"
    return f"{bold(policy.title)} (Population of Focus {shown.result.number}; {source})"


def _lines(nodes: Iterable[TraceNode], variant: VariantResult) -> Iterator[str]:
    for node in nodes:
        yield criterion_line(node, variant.policy.source)


def question_line(one: Ask) -> str:
    """A question as Markdown; several visits of one count make one question."""
    if one.more is None:
        return " Or: ".join(_asked(missing) for missing in one.missing)
    visits = tuple(
        dict.fromkeys(Evidence(visit.reference or "", visit.on) for visit in one.missing)
    )
    if all(visit.kind == "avoidability" for visit in one.missing):
        asked = "have been avoided with outpatient care or better treatment adherence"
    else:
        asked = "be shown to count by this rule"
    many = len(visits)
    if many == 1:
        of_them = "this visit"
    elif many == one.more:
        of_them = f"all {many} of these visits"
    else:
        of_them = f"at least {one.more} of these {many} visits"
    return f"Could {of_them} {asked}? {references(visits)}"


def _asked(missing: Missing) -> str:
    where = f" {reference(missing.reference)}" if missing.reference is not None else ""
    return escape(ask(missing).text) + where


def _decided_against(determination: Determination) -> Iterator[str]:
    """What stands against ECM, or has to be chosen against it, with the alternative."""
    for one in determination.exclusions:
        if one.outcome is MET and one.kind != "wrap":
            yield _exclusion(one)


def _before_referral(determination: Determination) -> Iterator[str]:
    yield from _open_questions(determination)
    for one in determination.exclusions:
        if one.outcome is MET and one.kind == "wrap":
            yield _exclusion(one)
    if determination.status == "excluded":
        return
    unknown = [
        escape(one.exclusion.title)
        for one in determination.exclusions
        if one.outcome is UNKNOWN and not one.evidence and one.kind != "wrap"
    ]
    if unknown:
        yield f"Not ruled out by these data; the plan or the member can tell: {'; '.join(unknown)}."


def _open_questions(determination: Determination) -> Iterator[str]:
    """Membership where it is not known, and exclusions that something speaks for."""
    membership = determination.membership
    if membership.outcome is UNKNOWN:
        yield f"Check membership: {escape(membership.reason)}"
    for one in determination.exclusions:
        if one.outcome is UNKNOWN and one.evidence:
            yield from _questions_of(one)


def _exclusion(one: ExclusionResult) -> str:
    source = one.exclusion.criteria.source
    section = f"({section_of(source)})" if source is not None else ""
    evidence = f"Evidence: {references(one.evidence)}." if one.evidence else ""
    if is_withheld(one.exclusion.criteria):
        title, alternative = "A program whose name is withheld, as it is sensitive by itself", ""
    else:
        title, alternative = one.exclusion.title, one.exclusion.alternative or ""
    parts = (f"{bold(title)}{section and ' ' + section}.", escape(alternative), evidence)
    return " ".join(part for part in parts if part)


def _questions_of(one: ExclusionResult) -> Iterator[str]:
    for missing in one.missing:
        yield f"{escape(ask(missing).text)} Evidence: {references(one.evidence)}."


def _notes(
    determination: Determination, shown: Sequence[Shown], not_had: Sequence[str]
) -> Iterator[str]:
    variants = [variant for one in shown for variant in one.variants]
    for flag in dict.fromkeys(flag for variant in variants for flag in _flags(variant)):
        yield f"Please review: {escape(FLAGS.get(flag, flag))}."
    if any(one.by_state for one in shown):
        yield "The plan's own text is narrower here; the state's text is the floor for every plan."
    for variant in variants:
        if variant.policy.provisional:
            because = variant.policy.provisional_because or "the text is known by extract only"
            yield f"Provisional ({escape(variant.policy.title)}): {escape(because)}"
    yield from _readings(variants)
    yield from unseen(not_had)
    odd = sum(issue.severity in ("error", "warning") for issue in determination.issues)
    if odd:
        yield f"Oddities in the data: {odd}; what could not be read was left out."


def unseen(not_had: Sequence[str]) -> Iterator[str]:
    """What could not be looked at; nothing where all could."""
    if not_had:
        yield f"Not seen, so not known: {'; '.join(escape(one) for one in not_had)}."


def _flags(variant: VariantResult) -> Iterator[str]:
    """The flags to show: a review asked for only because a pregnancy was lost would tell it."""
    reviewed = variant.trace is None or _asks_review(variant.trace)
    yield from (flag for flag in variant.flags if flag != "review" or reviewed)


def _asks_review(node: TraceNode) -> bool:
    if node.finding is not None:
        return "review" in node.finding.flags and not tells_of_a_pregnancys_end(node)
    return any(_asks_review(child) for child in node.children)


def _readings(variants: Sequence[VariantResult]) -> Iterator[str]:
    """Our readings of the text behind what is shown, as far as a card has room."""
    found: dict[str, Interpretation] = {}
    for variant in variants:
        if variant.trace is None:
            continue
        for node in (*decisive(variant.trace), *already_met(variant.trace)):
            if is_withheld(node.criterion):
                continue
            for name in node.criterion.interpretations:
                reading = variant.policy.interpretations.get(name)
                if reading is not None:
                    found.setdefault(reading.choice, reading)
    for choice in list(found)[:_MOST_READINGS]:
        yield f"{escape(found[choice].question)} Our reading: {escape(choice)}"
    if len(found) > _MOST_READINGS:
        yield f"{len(found) - _MOST_READINGS} more readings stand in the policy files."
