"""What a card leaves out, for whom, and what stays the same from call to call."""

from __future__ import annotations

import pytest

from cds_hooks.cards import SUMMARY_LIMIT, Reader, cards_for
from eligibility.evaluate import evaluate
from tests.unit.cds_hooks.members import (
    AS_OF,
    HOMELESS,
    READER,
    card_of,
    member,
)


def test_sensitive_criteria_are_referred_to_and_not_worded():
    """Substance use and HIV are looked up in the record by who may."""
    facts = member(
        programs=("dmc-ods",), given={"high-risk-overdose": True, "social-factor-food": True}
    )
    detail = card_of(facts).detail
    assert "wording is withheld" in detail
    assert "`EpisodeOfCare/dmc-ods`" in detail
    assert "Drug Medi-Cal" not in detail
    assert "overdose" not in detail.replace("Observation/high-risk-overdose", "").casefold()


@pytest.mark.parametrize("reader_type", ("Patient/", "RelatedPerson/"))
def test_patient_and_relatives_see_whom_to_ask_and_nothing_else(reader_type: str):
    """A parent's portal must not learn why (the reader is told by `context.userId`)."""
    reader = Reader(hook_instance=reader_type, canonical_base=READER.canonical_base, is_staff=False)
    detail = card_of(member(HOMELESS), reader).detail
    assert "homeless" not in detail.casefold()
    assert "Observation" not in detail
    assert "care team" in detail


def test_what_was_not_seen_is_said():
    """A source that was not sent is unknown, never absent."""
    determination = evaluate(member(HOMELESS), as_of=AS_OF)
    (card,) = cards_for(determination, READER, not_had=["conditions (not sent)"])
    assert "Not seen, so not known: conditions (not sent)." in card.detail


def test_an_id_from_the_data_cannot_become_markup():
    """A reference is shown only in FHIR's form."""
    facts = member(HOMELESS, programs=("hospice",), ref="EpisodeOfCare/<img src=x>[a](b)")
    detail = card_of(facts).detail
    assert "<img" not in detail
    assert "a resource without a valid id" in detail


@pytest.mark.requirement("cds-hooks_2.0@79", "cds-hooks_2.0@83", "cds-hooks_2.0@116")
def test_the_same_call_gives_the_same_card():
    """Uuid and topic are static; another hook instance has another uuid."""
    facts = member(HOMELESS)
    one, two = card_of(facts), card_of(facts)
    assert one == two
    assert len(one.summary) <= SUMMARY_LIMIT
    assert one.source.topic is not None
    assert one.source.topic.code == "ecmEligible"
    other = Reader(hook_instance="other", canonical_base=READER.canonical_base)
    assert card_of(facts, other).uuid != one.uuid


def test_a_link_is_there_only_where_a_public_address_is_configured():
    """One absolute link, to this service."""
    assert card_of(member(HOMELESS)).links == ()
    reader = Reader(
        hook_instance="x",
        canonical_base=READER.canonical_base,
        public_base="https://ecm.example.org/adapter",
    )
    (link,) = card_of(member(HOMELESS), reader).links
    assert (link.url, link.type) == ("https://ecm.example.org/adapter/", "absolute")
