"""A determination as CDS cards: at most one, and none where there is nothing to do.

Rendered from the determination's trace alone; pure. The summary is read by whoever stands at the
screen, so it never names a population: that a population is met can itself be sensitive. The detail
names it to those who treat the member or run the care; the card of the patient or a relative says
only whom to ask. What a client can show and take is in its `CardProfile`.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from cds_hooks.caller import CardProfile
from cds_hooks.cards import links
from cds_hooks.cards.detail import detail
from cds_hooks.cards.evidence import document_title
from cds_hooks.cards.markdown import escape, paragraphs, plain
from cds_hooks.cards.moment import Moment
from cds_hooks.cards.notes import unseen
from cds_hooks.cards.overrides import offered
from cds_hooks.cards.referral import Refer, suggested
from cds_hooks.cards.said import NOT_CHECKED, Said, said, said_to_the_member
from cds_hooks.cards.shown import Shown, met_populations, possible_populations
from cds_hooks.protocol import Card, CardSource, Coding, Link, Suggestion
from eligibility.determination import Determination
from eligibility.packs import documents, texts
from profiles.canonicals import canonicals

#: Clients show no more (cds-hooks_2.0@83: fewer than 140 characters).
SUMMARY_LIMIT = 139

#: Namespace of the cards' ids, so that the same call gives the same id.
_CARDS = UUID("5f0e6f0f-6d0b-5b52-9f0a-0d6f3c1c4c11")

_WITHOUT_REASONS = (
    "The reasons are shown to those who treat the member or run the member's care; this client "
    "calls for another purpose."
)


class Reader(Struct, frozen=True, kw_only=True):
    """Who asks and at which moment, as far as it changes the card."""

    hook_instance: str
    #: Ids of the client and the service: two of them may use one `hookInstance`.
    client: str = ""
    service: str = ""
    #: False for the patient and relatives (`context.userId`).
    is_staff: bool = True
    #: Whether population, reasons and questions may be shown (`Caller.sees_reasons`). Without
    #: them nothing can be referred either, as a referral states its reasons.
    may_see_reasons: bool = True
    profile: CardProfile = CardProfile()
    moment: Moment = Moment()
    #: Base of our own code systems.
    canonical_base: str
    #: Where the service is reached by its users; None: no link.
    public_base: str | None = None

    @property
    def is_told_why(self) -> bool:
        """Staff, for a purpose that may know."""
        return self.is_staff and self.may_see_reasons


def cards_for(
    determination: Determination,
    reader: Reader,
    *,
    not_had: Sequence[str] = (),
    refer: Refer | None = None,
    is_enrolled: bool = False,
    is_unread: bool = False,
) -> tuple[Card, ...]:
    """The card that answers, or none.

    Args:
        determination: the answer to render.
        reader: who asks.
        not_had: data that could not be looked at, in plain words.
        refer: makes the referral the card suggests; None: nothing can be referred from here.
        is_enrolled: the member receives ECM already (`enrolled.receives_ecm`), so there is a card
            only where something speaks against it.
        is_unread: a part of the record that may decide could not be read, so that silence would say
            too much; staff is told.
    """
    met = met_populations(determination)
    possible = possible_populations(determination)
    if reader.is_staff:
        found = said(
            determination,
            (met, possible),
            reader.moment,
            is_enrolled=is_enrolled,
            is_unread=is_unread,
        )
    else:
        found = None if is_enrolled else said_to_the_member(determination)
    if found is None:
        return ()
    uuid = _uuid(determination, reader, found.topic)
    suggestions = _suggestions(found, reader, refer, uuid)
    return (
        Card(
            uuid=uuid,
            summary=found.summary[:SUMMARY_LIMIT],
            detail=_detail(found, determination, (met, possible), reader, not_had),
            indicator=found.indicator,
            source=_source(determination, (*met, *possible), found.topic, reader),
            suggestions=suggestions,
            selection_behavior=reader.profile.selection_behavior if suggestions else None,
            override_reasons=offered(reader.canonical_base) if reader.is_staff else (),
            links=_links(found, reader),
            extension=reader.profile.extension,
        ),
    )


def _uuid(determination: Determination, reader: Reader, topic: str) -> str:
    """The same for the same call; another for another member, since clients re-use instances."""
    parts = (reader.client, reader.service, reader.hook_instance, determination.member, topic)
    return str(uuid5(_CARDS, msgspec.json.encode(parts).decode()))


def _detail(
    found: Said,
    determination: Determination,
    populations: tuple[Sequence[Shown], Sequence[Shown]],
    reader: Reader,
    not_had: Sequence[str],
) -> str:
    met, possible = populations
    if not reader.is_staff:
        text = found.opening
    elif found.topic == NOT_CHECKED:
        text = paragraphs([found.opening, *unseen(not_had)])
    elif not reader.may_see_reasons:
        text = paragraphs(
            [
                f"{_WITHOUT_REASONS} It follows from the data given on {determination.as_of}.",
                *unseen(not_had),
            ]
        )
    else:
        plan = escape(texts(determination.plan).plan.title)
        opening = " ".join(filter(None, (found.opening, f"Plan: {plan}.", found.moment)))
        shown = () if met else possible
        text = detail(
            opening, determination, (met, shown), not_had, is_short=reader.profile.width == "narrow"
        )
    return plain(text) if reader.profile.detail == "plain" else text


def _suggestions(
    found: Said, reader: Reader, refer: Refer | None, card: str
) -> tuple[Suggestion, ...]:
    if refer is None or not (found.referable and reader.is_told_why):
        return ()
    recommended = found.topic == "ecmEligible"
    return suggested(refer, card=card, profile=reader.profile, is_recommended=recommended)


def _source(
    determination: Determination, shown: Sequence[Shown], topic: str, reader: Reader
) -> CardSource:
    """The document that answers for the first population; clients key rules to the topic.

    Some documents are about one population, so who may not know it is told the plan alone; so is
    everybody where no population is shown.
    """
    system = canonicals(reader.canonical_base).code_system("ecm-card-topic")
    coding = Coding(system=system, code=topic)
    if not reader.is_told_why or not shown:
        title = texts(determination.plan).plan.title
        return CardSource(label=f"{title}, Enhanced Care Management", topic=coding)
    source = shown[0].variants[0].policy.source
    document = documents().get(source.document)
    return CardSource(
        label=document_title(source),
        url=document.url if document is not None else None,
        topic=coding,
    )


def _links(found: Said, reader: Reader) -> tuple[Link, ...]:
    """One at most: clients differ in how many they show."""
    if reader.public_base is None:
        return ()
    questions = links.askable(found.asks)
    if not questions or not reader.is_told_why:
        return (links.about(reader.public_base),)
    return (
        links.screening(
            reader.public_base,
            questions,
            base=reader.canonical_base,
            smart=reader.profile.smart_links,
        ),
    )
