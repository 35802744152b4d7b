"""What has to be known about an answer: what to review, what was not seen, how texts were read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cds_hooks.cards.markdown import escape
from cds_hooks.cards.shown import Shown, already_met
from eligibility.determination import Determination, TraceNode, VariantResult
from eligibility.model import Interpretation
from eligibility.reasons import decisive, is_withheld, tells_of_a_pregnancys_end
from eligibility.wording import FLAGS

_MOST_READINGS = 3

#: Issues about what was not there to be read, which `not_had` or *Check membership* says already.
_ABOUT_GAPS = frozenset({"failed-request", "operation-outcome", "paged", "verify-membership"})


def notes(
    determination: Determination,
    shown: Sequence[Shown],
    not_had: Sequence[str],
    *,
    is_short: bool = False,
) -> Iterator[str]:
    """Each note as Markdown.

    Args:
        determination: what is rendered.
        shown: the populations the card speaks of.
        not_had: data that were not there to be looked at, in plain words.
        is_short: leave out whose text it is and how it was read.
    """
    variants = [variant for one in shown for variant in one.variants]
    for flag in dict.fromkeys(flag for variant in variants for flag in _flags(variant)):
        yield f"Please review: {escape(FLAGS.get(flag, flag))}."
    if not is_short:
        yield from _texts(shown, variants)
    yield from unseen(not_had)
    odd = sum(
        issue.severity in ("error", "warning") and issue.code not in _ABOUT_GAPS
        for issue in determination.issues
    )
    if odd:
        yield f"Oddities in the data: {odd}; what could not be read was left out."


def _texts(shown: Sequence[Shown], variants: Sequence[VariantResult]) -> Iterator[str]:
    """Whose text answers, how sure it is, and how it was read."""
    if any(one.by_state for one in shown):
        yield "The plan's own text is narrower here; the state's text is the floor for every plan."
    for variant in variants:
        if variant.policy.provisional:
            because = variant.policy.provisional_because or "the text is known by extract only"
            yield f"Provisional ({escape(variant.policy.title)}): {escape(because)}"
    yield from _readings(variants)


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
