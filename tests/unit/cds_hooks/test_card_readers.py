"""What a card leaves out, for whom, and what stays the same from call to call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from adapter.samples import all_samples
from cds_hooks.cards import SUMMARY_LIMIT, Reader, cards_for
from eligibility.dates import Days, Span
from eligibility.evaluate import evaluate
from tests.unit.cds_hooks.members import (
    AS_OF,
    HOMELESS,
    READER,
    card_of,
    member,
)
from tests.unit.cds_hooks.skins import determination_of


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


def test_a_sensitive_program_is_asked_about_without_its_name():
    """An enrolment whose first day is not certain: the record can be looked up by who may."""
    known = member(HOMELESS, programs=("hiv-aids-waiver",))
    around = Span(start=Days(AS_OF - timedelta(days=9), AS_OF + timedelta(days=9)))
    (enrolment,) = known.enrolments["hiv-aids-waiver"]
    uncertain = {"hiv-aids-waiver": (replace(enrolment, span=around),)}
    asked = card_of(replace(known, enrolments=uncertain)).detail
    assert "Is the member in a program whose name is withheld here?" in asked
    for detail in (asked, card_of(known).detail):
        assert "`EpisodeOfCare/hiv-aids-waiver`" in detail
        assert "HIV" not in detail


def test_a_sensitive_program_is_not_told_by_its_absence_from_a_list():
    """What is not ruled out is listed in the same words, whether something speaks for it or not."""

    def listed(*programs: str) -> str:
        (line,) = [
            line
            for line in card_of(member(HOMELESS, programs=programs)).detail.splitlines()
            if line.startswith("- Not ruled out by these data")
        ]
        return line

    assert listed() == listed("hiv-aids-waiver")
    assert listed().endswith("; programs that are sensitive by name.")


@pytest.mark.parametrize("reader_type", ("Patient/", "RelatedPerson/"))
def test_patient_and_relatives_see_whom_to_ask_and_nothing_else(reader_type: str):
    """A parent's portal must not learn why (the reader is told by `context.userId`)."""
    reader = Reader(hook_instance=reader_type, canonical_base=READER.canonical_base, is_staff=False)
    detail = card_of(member(HOMELESS), reader).detail
    assert "homeless" not in detail.casefold()
    assert "Observation" not in detail
    assert "care team" in detail


def test_the_member_gets_the_same_card_whatever_the_chart_holds():
    """Among those who come into question: no word, topic or color tells which answer it was."""
    reader = replace(READER, is_staff=False)
    names = ("adult-in-a-shelter", "two-programs", "one-question-left", "two-stays-and-no-food")
    found = {
        (card.summary, card.detail, card.indicator, card.source.topic, card.links)
        for name in names
        for card in cards_for(determination_of(name), reader, not_had=["coverage (not sent)"])
    }
    assert len(found) == 1


@pytest.mark.parametrize("name", ("hospice", "fee-for-service"))
def test_the_member_is_not_told_of_an_exclusion(name: str):
    """That somebody is in hospice is not for a portal to say to relatives."""
    assert cards_for(determination_of(name), replace(READER, is_staff=False)) == ()


@pytest.mark.parametrize("name", [one.id for one in all_samples(AS_OF)])
def test_a_client_of_another_purpose_is_not_told_why(name: str):
    """No population, program, rule, document, question or reference; what was not seen is said."""
    determination = determination_of(name)
    told = cards_for(determination, READER)
    reader = replace(READER, may_see_reasons=False)
    for card in cards_for(determination, reader, not_had=["coverage (not sent)"]):
        assert [one.summary for one in told] == [card.summary]
        assert "`" not in card.detail
        assert "?" not in card.detail
        assert "Not seen, so not known: coverage (not sent)." in card.detail
        titles = [
            variant.policy.title for one in determination.state for variant in one.variants
        ] + [one.exclusion.title for one in determination.exclusions]
        assert not [one for one in titles if one in card.detail]
        assert card.source.url is None
        assert card.source.label.endswith(", Enhanced Care Management")


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
