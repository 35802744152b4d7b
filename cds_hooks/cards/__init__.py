"""A determination as CDS cards: at most one, and none where there is nothing to do.

Rendered from the determination's trace alone; pure. The summary is read by whoever stands at the
screen, so it never names a population: that a population is met can itself be sensitive. The detail
names it, unless the reader is the patient or a relative, whose card says only whom to ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

from cds_hooks.cards.detail import detail
from cds_hooks.cards.evidence import document_title
from cds_hooks.cards.markdown import escape
from cds_hooks.cards.shown import Shown, met_populations, possible_populations
from cds_hooks.protocol import Card, CardSource, Coding, Link
from eligibility.determination import Determination
from eligibility.logic import UNKNOWN
from eligibility.packs import documents, texts

#: Clients show no more (cds-hooks_2.0@83: fewer than 140 characters).
SUMMARY_LIMIT = 139

#: Namespace of the cards' ids, so that the same call gives the same id.
_CARDS = UUID("5f0e6f0f-6d0b-5b52-9f0a-0d6f3c1c4c11")

Indicator = Literal["info", "warning"]


class Reader(Struct, frozen=True, kw_only=True):
    """Who asks, as far as it changes the card."""

    hook_instance: str
    #: False for the patient and relatives (`context.userId`).
    is_staff: bool = True
    #: Base of the code system of topics.
    canonical_base: str
    #: Where the service is reached by its users; None: no link.
    public_base: str | None = None


def cards_for(
    determination: Determination, reader: Reader, *, not_had: Sequence[str] = ()
) -> tuple[Card, ...]:
    """The card that answers, or none.

    Args:
        determination: the answer to render.
        reader: who asks.
        not_had: data that could not be looked at, in plain words.
    """
    met = met_populations(determination)
    possible = possible_populations(determination)
    said = _said(determination, met, possible)
    if said is None:
        return ()
    topic, summary, indicator, opening = said
    if reader.is_staff:
        text = detail(opening, determination, met, () if met else possible, not_had)
    else:
        text = (
            "Enhanced Care Management is a Medi-Cal benefit: a care manager for members with the "
            "highest needs. Please ask the care team about it."
        )
    return (
        Card(
            uuid=str(uuid5(_CARDS, f"{reader.hook_instance}/{topic}")),
            summary=summary[:SUMMARY_LIMIT],
            detail=text,
            indicator=indicator,
            source=_source((*met, *possible)[0], topic, reader.canonical_base),
            links=_links(reader.public_base),
        ),
    )


_ECM = "Enhanced Care Management (ECM)"

_Said = tuple[str, str, Indicator, str]


def _said(
    determination: Determination, met: Sequence[Shown], possible: Sequence[Shown]
) -> _Said | None:
    """Topic, summary, indicator and opening paragraph; None where silence is best."""
    plan = escape(texts(determination.plan).plan.title)
    on = f"On {determination.as_of}, by the data given,"
    meets = f"{on} the member meets the criteria of {_populations(len(met))} of {plan}"
    match determination.status:
        case "eligible":
            return "ecmEligible", f"May qualify for {_ECM}: criteria are met", "info", f"{meets}."
        case "choice":
            summary = f"{_ECM}: criteria are met, but the member has to choose between programs"
            opening = f"{meets}, but is in a program that cannot be had together with ECM."
            return "ecmChoice", summary, "warning", opening
        case "excluded":
            summary = f"{_ECM}: not now, another service or program excludes it"
            if met:
                opening = f"{meets}, but an exclusion applies."
            else:
                opening = (
                    f"{on} the member might meet criteria of {plan}, but an exclusion applies."
                )
            return "ecmExcluded", summary, "info", opening
        case "possible" if met:
            many = sum(
                len(one.missing)
                for one in determination.exclusions
                if one.kind == "excluded" and one.outcome is UNKNOWN and one.evidence
            )
            summary = f"May qualify for {_ECM}: {_questions(many)} would decide"
            opening = f"{meets}. Something in the data may exclude ECM, so please ask first."
            return "ecmPossible", summary, "info", opening
        case "possible":
            return _possible(possible, plan, on)
        case "not-a-member" if met:
            summary = f"{_ECM}: criteria are met, but plan membership has to be checked"
            reason = escape(determination.membership.reason)
            opening = f"{meets}, but is not recorded as its member. {reason}"
            return "ecmNotAMember", summary, "info", opening
        case _:
            return None


def _possible(possible: Sequence[Shown], plan: str, on: str) -> _Said:
    nearest = possible[0].path
    if nearest.answerable:
        would = f"{_questions(len(nearest.asks))} would decide"
    else:
        would = "more information would decide"
    opening = f"{on} the member may meet the criteria of {_populations(len(possible))} of {plan}."
    return "ecmPossible", f"May qualify for {_ECM}: {would}", "info", opening


def _populations(many: int) -> str:
    return "one Population of Focus" if many == 1 else f"{many} Populations of Focus"


def _questions(many: int) -> str:
    return "one question" if many == 1 else f"{many} questions"


def _source(shown: Shown, topic: str, base: str) -> CardSource:
    """The document that answers for the first population; clients key rules to the topic."""
    source = shown.variants[0].policy.source
    document = documents().get(source.document)
    return CardSource(
        label=document_title(source),
        url=document.url if document is not None else None,
        topic=Coding(system=f"{base}/CodeSystem/ecm-card-topic", code=topic),
    )


def _links(public_base: str | None) -> tuple[Link, ...]:
    if public_base is None:
        return ()
    return (Link(label="About this service", url=f"{public_base.rstrip('/')}/", type="absolute"),)
