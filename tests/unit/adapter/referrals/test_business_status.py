"""How far a referral is: who says it, and why it has its status."""

from __future__ import annotations

import pytest

from adapter.fhir_api.faults import Refused
from adapter.referrals.choices import Choices
from tests.unit.adapter.referrals.referral import (
    PLANS,
    SOURCE,
    Referral,
    because,
    coded,
    task,
)
from tests.unit.adapter.referrals.world import HOSPITAL, PROVIDER


@pytest.mark.parametrize(
    ("who", "code", "said"),
    (
        (SOURCE, "acknowledged", "is for the owner of the Task to say; you are requester"),
        (PLANS, "cancellation-requested", "is for the requester of the Task to say"),
        (PLANS, "authorized", "does not go with the status requested, but with in-progress"),
        (PLANS, "made-up", "there is no business status of that code"),
        (PLANS, "returned-for-correction", "returned by the status rejected"),
    ),
)
def test_a_business_status_goes_with_the_status_and_with_who_says_it(who, code, said):
    """The map of the two is data; a refusal names what fits."""
    referral = Referral()
    with pytest.raises(Refused, match=said) as refusal:
        referral.world.update(who, referral.task, businessStatus=coded(code))
    assert refusal.value.issues[0].expression == "Task.businessStatus"


def test_a_business_status_that_no_longer_fits_gives_way():
    """A client that knows statuses alone is understood."""
    referral = Referral()
    for status, said in (("accepted", "eligibility-screening"), ("in-progress", "authorized")):
        referral.world.update(PLANS, referral.task, status=status)
        assert referral.world.said(referral.task) == said


def test_what_is_said_stays_over_a_pause():
    """On hold is not where it has got to."""
    referral = Referral().accepted()
    referral.world.update(PLANS, referral.task, status="in-progress")
    referral.world.update(PLANS, referral.task, businessStatus=coded("enrolled"))
    referral.world.update(PLANS, referral.task, status="on-hold", statusReason=because("away"))
    assert referral.world.said(referral.task) == "enrolled"


def test_codes_of_others_stay_beside_ours():
    """A peer finds its own coding again."""
    referral = Referral()
    theirs = {"coding": [{"system": "http://bser", "code": "2.0"}]}
    after = referral.world.update(PLANS, referral.task, businessStatus=theirs)
    assert [one["code"] for one in after["businessStatus"]["coding"]] == ["sent-to-plan", "2.0"]


def test_what_is_said_of_the_plans_task_is_not_said_of_a_providers():
    """A provider authorizes nothing."""
    referral = Referral().accepted()
    child = referral.handed_on()
    with pytest.raises(Refused, match="is said of the plan's Task"):
        referral.world.update(
            PLANS.__class__(tenant="t", client="p", party=PROVIDER),
            child,
            status="accepted",
            businessStatus=coded("eligibility-screening"),
        )


def test_a_reason_of_ours_goes_with_the_status():
    """Nobody is rejected because services were received."""
    referral = Referral()
    wrong = because("done", "services-received")
    with pytest.raises(Refused, match="there is no reason of that code for 'rejected'"):
        referral.world.update(PLANS, referral.task, status="rejected", statusReason=wrong)


def test_a_referral_with_errors_is_rejected_and_sent_again():
    """The default reading: another Task for the same order, once it is corrected."""
    referral = Referral()
    faulty = because("date of birth is missing", "needs-correction")
    referral.world.update(PLANS, referral.task, status="rejected", statusReason=faulty)
    assert referral.world.said(referral.task) == "returned-for-correction"
    assert referral.world.status(referral.order) == "active"
    referral.world.update(SOURCE, referral.order, note=[{"text": "corrected"}])
    again = referral.world.create(
        SOURCE, "Task", task(referral.order, "Patient/p", HOSPITAL, PLANS.party)
    )
    assert (
        referral.world.current(again)["groupIdentifier"]
        == (referral.world.current(referral.task)["groupIdentifier"])
    )


def test_a_referral_with_errors_waits_with_its_source_where_the_tenant_wants_that():
    """The other reading: the Task stays requested, and is the requester's to act on."""
    referral = Referral(Choices(correction="requested"))
    faulty = because("date of birth is missing", "needs-correction")
    said = coded("returned-for-correction")
    referral.world.update(PLANS, referral.task, businessStatus=said, statusReason=faulty)
    work = referral.world.works["task-3"]
    assert (work.owner, work.next_event) == (HOSPITAL, "correct")
    referral.world.update(SOURCE, referral.task, businessStatus=coded("sent-to-plan"))
    assert referral.world.works["task-3"].owner == PLANS.party
