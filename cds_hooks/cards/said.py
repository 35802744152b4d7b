"""What a card says first: topic, summary, opening words and indicator, by the determination.

None of the summaries names a population, a diagnosis or another program. The patient and relatives
get the same words whatever was found: a card must not tell a parent what the chart holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from cds_hooks.cards.markdown import escape
from cds_hooks.cards.moment import Moment
from cds_hooks.cards.shown import Shown
from eligibility.determination import Determination, Missing
from eligibility.logic import UNKNOWN

_ECM = "Enhanced Care Management (ECM)"
#: Topic of the card that says that nothing could be said.
NOT_CHECKED = "ecmNotChecked"
_ENROLLED = "By the record the member receives ECM already."


class Said(Struct, frozen=True, kw_only=True):
    """What a card says first."""

    #: Code of the CodeSystem ecm-card-topic.
    topic: str
    #: Plain text.
    summary: str
    #: First paragraph of the detail as Markdown, without the plan.
    opening: str
    indicator: Literal["info", "warning"] = "info"
    #: A referral can be made from it.
    referable: bool = False
    #: What would decide, as the card asks it.
    asks: tuple[Missing, ...] = ()
    #: What the moment adds to the first paragraph; empty for nothing.
    moment: str = ""


def said(
    determination: Determination,
    populations: tuple[Sequence[Shown], Sequence[Shown]],
    moment: Moment,
    *,
    is_enrolled: bool = False,
    is_unread: bool = False,
) -> Said | None:
    """The card's own words; None where silence is best.

    Args:
        determination: the answer.
        populations: those that are met; those that a few answers would decide, nearest first.
        moment: what is being done.
        is_enrolled: the member receives ECM already.
        is_unread: a part of the record that may decide could not be read.
    """
    found = _by_status(determination, *populations)
    if found is None and is_unread and determination.status == "undetermined":
        found = _not_checked()
    if found is None or found.topic in _settled(moment, is_enrolled=is_enrolled):
        return None
    words = moment.words
    is_referable = found.referable and not (is_enrolled or moment.already_referring)
    notes = (_ENROLLED if is_enrolled else "", words.note, words.advice if is_referable else "")
    summary = f"{words.summary}: {found.summary}" if words.summary else found.summary
    return replace(
        found,
        summary=summary[0].upper() + summary[1:],
        referable=is_referable,
        moment=" ".join(filter(None, notes)),
    )


def _settled(moment: Moment, *, is_enrolled: bool) -> frozenset[str]:
    """The answers that call for nothing any more."""
    if is_enrolled:
        return frozenset({"ecmEligible", "ecmPossible", NOT_CHECKED})
    return frozenset({"ecmEligible"}) if moment.already_referring else frozenset()


def said_to_the_member(determination: Determination) -> Said | None:
    """The words for the patient or a relative: whom to ask, and nothing of why or why not."""
    if determination.status not in ("eligible", "choice", "possible"):
        return None
    return Said(
        topic="ecmAsk",
        summary=f"{_ECM} may help: please ask the care team",
        opening=(
            "Enhanced Care Management is a Medi-Cal benefit: a care manager for members with the "
            "highest needs. Please ask the care team about it."
        ),
    )


def _not_checked() -> Said:
    """Silence would say that there is nothing, and nobody knows."""
    return Said(
        topic=NOT_CHECKED,
        summary=f"{_ECM} could not be checked: a part of the record could not be read",
        opening=(
            "Whether the member may qualify is not known. In what could be read nothing points to "
            "it, but not everything could be read."
        ),
    )


def _by_status(
    determination: Determination, met: Sequence[Shown], possible: Sequence[Shown]
) -> Said | None:
    on = f"On {determination.as_of}, by the data given, the member"
    meets = f"{on} meets the criteria of {_populations(len(met))}"
    match determination.status:
        case "eligible":
            return Said(
                topic="ecmEligible",
                summary=f"may qualify for {_ECM}: criteria are met",
                opening=f"{meets}.",
                referable=True,
            )
        case "choice":
            return Said(
                topic="ecmChoice",
                summary=f"{_ECM}: criteria are met, but the member has to choose between programs",
                opening=f"{meets}, but is in a program that cannot be had together with ECM.",
                indicator="warning",
                referable=True,
            )
        case "excluded":
            return Said(
                topic="ecmExcluded",
                summary=f"{_ECM}: not now, another service or program excludes it",
                opening=f"{meets if met else f'{on} may meet criteria'}, but an exclusion applies.",
            )
        case "possible":
            return _possible(determination, met, possible, on)
        case "not-a-member" if met:
            reason = escape(determination.membership.reason)
            return Said(
                topic="ecmNotAMember",
                summary=f"{_ECM}: criteria are met, but plan membership has to be checked",
                opening=f"{meets}, but is not recorded as a member of the plan. {reason}",
            )
        case _:
            return None


def _possible(
    determination: Determination, met: Sequence[Shown], possible: Sequence[Shown], on: str
) -> Said:
    """How many questions would decide: on what may exclude ECM, or on the nearest population."""
    if met:
        asks = tuple(
            missing
            for one in determination.exclusions
            if one.kind == "excluded" and one.outcome is UNKNOWN and one.evidence
            for missing in one.missing
        )
        would = _questions(len(asks))
        opening = (
            f"{on} meets the criteria of {_populations(len(met))}. "
            "Something in the data may exclude ECM, so please ask first."
        )
    else:
        nearest = possible[0].path
        asks = tuple(missing for ask in nearest.asks for missing in ask.missing)
        would = _questions(len(nearest.asks)) if nearest.answerable else "more information"
        opening = f"{on} may meet the criteria of {_populations(len(possible))}."
    return Said(
        topic="ecmPossible",
        summary=f"may qualify for {_ECM}: {would} would decide",
        opening=opening,
        referable=True,
        asks=asks,
    )


def _populations(many: int) -> str:
    return "one Population of Focus" if many == 1 else f"{many} Populations of Focus"


def _questions(many: int) -> str:
    return "one question" if many == 1 else f"{many} questions"
