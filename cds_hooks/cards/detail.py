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
from cds_hooks.cards.notes import notes
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
from eligibility.reasons import decisive, is_withheld
from eligibility.wording import POPULATION_TITLES, ask

_ASK_OF_OTHERS = "Ask whether another program or service excludes ECM."


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
    shown = [*met, *possible[:1]]
    known = list(notes(determination, shown, not_had, is_short=is_short))
    if is_short:
        blocks += [bold(variant.policy.title) for one in shown for variant in one.variants]
        return paragraphs([*blocks, bullets([*_short(determination, shown), *known])])
    for one in met:
        blocks += _population(one)
    for one in possible[:1]:
        blocks += _nearest(one)
    if len(possible) > 1:
        blocks += ["Also possible:", bullets([_farther(one) for one in possible[1:]])]
    before = list(_before_referral(determination, is_open=not met))
    if before:
        blocks += ["**Before a referral**", bullets(before)]
    if known:
        blocks += ["**About this answer**", bullets(known)]
    return paragraphs(blocks)


def _short(determination: Determination, shown: Sequence[Shown]) -> Iterator[str]:
    """What to ask, in a line each; for a population that is met there is nothing."""
    asked = [
        *(question_line(ask) for one in shown for ask in one.path.asks),
        *_open_questions(determination),
    ]
    yield from asked
    if not asked and determination.status == "eligible":
        yield _ASK_OF_OTHERS


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
    if len(one.missing) > 1 and all(missing.kind == "population" for missing in one.missing):
        titles = (escape(POPULATION_TITLES[missing.code]) for missing in one.missing)
        return f"Does the member meet another population? One of: {'; '.join(titles)}."
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


def _before_referral(determination: Determination, *, is_open: bool) -> Iterator[str]:
    """What to look at first; while criteria are open, the programs are not listed one by one."""
    yield from _open_questions(determination)
    for one in determination.exclusions:
        if one.outcome is MET and one.kind == "wrap":
            yield _exclusion(one)
    if determination.status == "excluded":
        return
    unknown = [
        escape(one.exclusion.title)
        for one in determination.exclusions
        if one.outcome is UNKNOWN
        and not one.evidence
        and one.kind != "wrap"
        and not is_withheld(one.exclusion.criteria)
    ]
    # On every card alike: else a name that is lacking would tell that something speaks for it.
    if any(is_withheld(one.exclusion.criteria) for one in determination.exclusions):
        unknown.append("programs that are sensitive by name")
    if unknown and is_open:
        yield _ASK_OF_OTHERS
    elif unknown:
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
    evidence = f"Evidence: {references(one.evidence)}."
    if is_withheld(one.exclusion.criteria):
        yield f"Is the member in a program whose name is withheld here? {evidence}"
        return
    for missing in one.missing:
        yield f"{escape(ask(missing).text)} {evidence}"
