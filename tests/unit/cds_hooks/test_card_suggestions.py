"""The suggestion of a card: for whom, when, and what taking it creates."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from adapter.samples import all_samples
from cds_hooks.cards import Reader, cards_for
from cds_hooks.cards.enrolled import receives_ecm
from cds_hooks.cards.moment import Moment
from cds_hooks.cards.profiles import PROFILES
from cds_hooks.protocol import Suggestion
from eligibility.dates import Days, Span
from eligibility.evaluate import evaluate
from eligibility.facts import Enrolment
from profiles.validate import validate
from tests.unit.cds_hooks.members import AS_OF, HOMELESS, READER, card_of, covered, days, member
from tests.unit.cds_hooks.referrals import refer, small
from tests.unit.cds_hooks.skins import determination_of

SAMPLES = tuple(one.id for one in all_samples(AS_OF))


def suggestions_of(name: str, reader: Reader = READER) -> tuple[Suggestion, ...]:
    """Of the card on a sample; none where there is no card."""
    determination = determination_of(name)
    found = cards_for(determination, reader, refer=refer(determination))
    return found[0].suggestions if found else ()


@pytest.mark.requirement(
    "cds-hooks_2.0@117",
    "cds-hooks_2.0@119",
    "cds-hooks_2.0@121",
    "cds-hooks_2.0@124",
    "cds-hooks_2.0@127",
    "cds-hooks_2.0@128",
)
def test_who_meets_the_criteria_can_be_referred_with_one_click():
    """One suggestion, recommended, with one action; both texts are whole sentences."""
    (one,) = suggestions_of("adult-in-a-shelter")
    assert one.is_recommended
    assert one.label == "Refer the member to Enhanced Care Management (ECM)."
    (action,) = one.actions
    assert action.type == "create"
    assert action.description.endswith(".")
    assert one.uuid != card_of(member(HOMELESS)).uuid


@pytest.mark.requirement("cds-hooks_2.0@125", "cds-hooks_2.0@130", "cds-hooks_2.0@131")
@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_created_is_a_valid_resource(name: str):
    """Order and task of every sample that gets a suggestion."""
    for one in suggestions_of(name, replace(READER, profile=PROFILES["smart"])):
        request, task = (action.resource for action in one.actions)
        assert validate(request) == ()
        assert validate(task) == ()
        assert task["focus"] == {"reference": f"ServiceRequest/{request['id']}"}
        assert request["identifier"][0]["value"] == one.uuid


@pytest.mark.requirement("cds-hooks_2.0@118", "cds-hooks_2.0@120", "cds-hooks_2.0@122")
@pytest.mark.parametrize("name", ("one-question-left", "two-programs", "hospice-question"))
def test_an_open_answer_or_choice_can_be_referred_but_is_not_recommended(name: str):
    """No client ticks it beforehand: something has to be asked or chosen first."""
    (one,) = suggestions_of(name)
    assert not one.is_recommended


@pytest.mark.requirement("cds-hooks_2.0@94")
@pytest.mark.parametrize("name", ("hospice", "fee-for-service"))
def test_who_is_excluded_or_no_member_is_not_referred(name: str):
    """The card is there, the suggestion is not."""
    determination = determination_of(name)
    (card,) = cards_for(determination, READER, refer=refer(determination))
    assert card.suggestions == ()
    assert card.selection_behavior is None


@pytest.mark.parametrize("changed", ({"is_staff": False}, {"may_see_reasons": False}))
def test_who_may_not_know_the_reasons_cannot_refer(changed: dict[str, bool]):
    """A referral states its reasons."""
    assert suggestions_of("adult-in-a-shelter", replace(READER, **changed)) == ()


def test_an_order_that_refers_already_gets_no_second_referral():
    """Silence where the referral is right; where something is open, the card says that alone."""
    reader = replace(READER, moment=Moment(kind="order", already_referring=True))
    assert cards_for(determination_of("adult-in-a-shelter"), reader, refer=small) == ()
    for name in ("one-question-left", "two-programs", "hospice", "fee-for-service"):
        (card,) = cards_for(determination_of(name), reader, refer=small)
        assert card.suggestions == ()
        assert "refers the member to ECM already" in card.detail


def test_who_receives_ecm_already_is_not_suggested_for_it():
    """No card where all is well or was asked before; an exclusion or a choice is still told."""
    for name in ("adult-in-a-shelter", "one-question-left"):
        assert cards_for(determination_of(name), READER, refer=small, is_enrolled=True) == ()
        reader = replace(READER, is_staff=False)
        assert cards_for(determination_of(name), reader, is_enrolled=True) == ()
    for name in ("two-programs", "hospice", "fee-for-service"):
        (card,) = cards_for(determination_of(name), READER, refer=small, is_enrolled=True)
        assert card.suggestions == ()
        assert "receives ECM already" in card.detail


@pytest.mark.parametrize(
    ("span", "ended", "receives"),
    (
        (Span(start=days(60)), False, True),
        (Span(), False, True),
        (Span(start=days(0)), False, True),
        (Span(start=days(60), end=days(0)), True, True),
        (Span(start=days(60), end=days(1)), False, False),
        (Span(start=days(60)), True, False),
        (Span(start=days(-1)), False, False),
        (Span(start=Days(AS_OF - timedelta(days=9), AS_OF + timedelta(days=9))), False, False),
    ),
)
def test_an_enrolment_counts_from_its_first_day_to_its_last(
    span: Span, ended: bool, receives: bool
):
    """Only where it is certain that it holds on the day."""
    enrolment = Enrolment(program="ecm", span=span, ended=ended, ref="EpisodeOfCare/e")
    facts = replace(member(), enrolments={"ecm": (enrolment,)})
    assert receives_ecm(facts, AS_OF) is receives


def test_where_no_referral_can_be_made_the_card_suggests_none():
    """What it rests on may not be sent on, or nothing makes referrals."""
    determination = evaluate(member(HOMELESS), as_of=AS_OF)
    for cannot in (None, lambda _: None):
        (card,) = cards_for(determination, READER, refer=cannot)
        assert card.suggestions == ()
        assert card.selection_behavior is None


def test_a_referral_is_made_only_where_it_is_suggested():
    """An excluded member's reasons are not even gathered."""

    def fail(_: str) -> None:
        raise AssertionError

    assert cards_for(determination_of("hospice"), READER, refer=fail)


def test_the_same_call_suggests_the_same_referral_and_another_call_another():
    """A client that repeats a call gets the same uuids, so a repeated referral is known as one."""
    determination = evaluate(member(HOMELESS, coverages=covered()), as_of=AS_OF)

    def uuids(reader: Reader) -> tuple[str, str]:
        (card,) = cards_for(determination, reader, refer=small)
        return card.uuid, card.suggestions[0].uuid

    assert uuids(READER) == uuids(READER)
    others = [
        replace(READER, client="other"),
        replace(READER, service="other"),
        replace(READER, hook_instance="other"),
    ]
    assert len({uuids(one) for one in (READER, *others)}) == 4


def test_members_under_one_hook_instance_get_cards_of_their_own():
    """Some clients send the same instance for everybody; feedback must not be mixed up."""
    facts = member(HOMELESS)
    other = replace(facts, member="Patient/q")
    assert card_of(facts).uuid != card_of(other).uuid
