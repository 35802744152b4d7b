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
    if reader.is_staff:
        opening = f"{said.opening} Plan: {escape(texts(determination.plan).plan.title)}."
        text = detail(opening, determination, met, () if met else possible, not_had)
    else:
        text = (
            "Enhanced Care Management is a Medi-Cal benefit: a care manager for members with the "
            "highest needs. Please ask the care team about it."
        )
    return (
        Card(
            uuid=str(uuid5(_CARDS, f"{reader.hook_instance}/{said.topic}")),
            summary=said.summary[:SUMMARY_LIMIT],
            detail=text,
            indicator=said.indicator,
            source=_source((*met, *possible)[0], said.topic, reader.canonical_base),
            links=_links(reader.public_base),
        ),
    )


_ECM = "Enhanced Care Management (ECM)"


class _Said(Struct, frozen=True):
    """What a card says first."""

    topic: str
    summary: str
    #: First paragraph of the detail, without the plan.
    opening: str
    indicator: Indicator = "info"


def _said(
    determination: Determination, met: Sequence[Shown], possible: Sequence[Shown]
) -> _Said | None:
    """The card's own words; None where silence is best."""
    on = f"On {determination.as_of}, by the data given, the member"
    meets = f"{on} meets the criteria of {_populations(len(met))}"
    match determination.status:
        case "eligible":
            return _Said("ecmEligible", f"May qualify for {_ECM}: criteria are met", f"{meets}.")
        case "choice":
            return _Said(
                "ecmChoice",
                f"{_ECM}: criteria are met, but the member has to choose between programs",
                f"{meets}, but is in a program that cannot be had together with ECM.",
                "warning",
            )
        case "excluded":
            return _Said(
                "ecmExcluded",
                f"{_ECM}: not now, another service or program excludes it",
                f"{meets if met else f'{on} may meet criteria'}, but an exclusion applies.",
            )
        case "possible":
            would, opening = _would_decide(determination, met, possible, on)
            return _Said("ecmPossible", f"May qualify for {_ECM}: {would} would decide", opening)
        case "not-a-member" if met:
            reason = escape(determination.membership.reason)
            return _Said(
                "ecmNotAMember",
                f"{_ECM}: criteria are met, but plan membership has to be checked",
                f"{meets}, but is not recorded as a member of the plan. {reason}",
            )
        case _:
            return None


def _would_decide(
    determination: Determination, met: Sequence[Shown], possible: Sequence[Shown], on: str
) -> tuple[str, str]:
    """How many questions would decide, and the opening paragraph."""
    if met:
        many = sum(
            len(one.missing)
            for one in determination.exclusions
            if one.kind == "excluded" and one.outcome is UNKNOWN and one.evidence
        )
        return _questions(many), (
            f"{on} meets the criteria of {_populations(len(met))}. "
            "Something in the data may exclude ECM, so please ask first."
        )
    nearest = possible[0].path
    would = _questions(len(nearest.asks)) if nearest.answerable else "more information"
    return would, f"{on} may meet the criteria of {_populations(len(possible))}."


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
