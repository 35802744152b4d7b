"""A consent as it is entered, ended and deleted, and by whom."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.fhir_api.faults import Refused
from tests.unit.adapter.referrals.consent_forms import consent
from tests.unit.adapter.referrals.referral import PLANS, SOURCE, Referral
from tests.unit.adapter.referrals.world import HOSPITAL, NPI, OPERATOR, PLAN, viewer


def written(referral: Referral, who, **elements: Any) -> str:
    made = consent(**elements)
    del made["id"], made["resourceType"]
    return referral.world.create(who, "Consent", made)


def test_what_is_entered_permits_and_what_is_ended_permits_no_more():
    """In the transaction of the write."""
    referral = Referral()
    place = written(referral, SOURCE)
    assert [one.party for one in referral.world.permits[place]] == [PLAN]
    referral.world.update(SOURCE, place, status="inactive")
    assert referral.world.permits[place] == ()
    with pytest.raises(Refused, match="does not become 'active' again"):
        referral.world.update(SOURCE, place, status="active")


def test_nobody_permits_anything_to_themselves():
    """A plan cannot open a chart with a consent that it enters itself; the operator vouches."""
    referral = Referral()
    assert referral.world.permits[written(referral, PLANS)] == ()
    assert [one.party for one in referral.world.permits[written(referral, OPERATOR)]] == [PLAN]


def test_who_is_no_covered_entity_vouches_for_no_consent():
    """Nor for one that names others."""
    referral = Referral()
    assert referral.world.permits[written(referral, viewer(HOSPITAL, covered=False))] == ()


def test_a_consent_is_its_authors_and_its_patients():
    """It is neither changed by those it names nor moved to another patient."""
    referral = Referral()
    place = written(referral, SOURCE)
    with pytest.raises(Refused, match="for the organization that entered it"):
        referral.world.update(PLANS, place, status="inactive")
    referral.world.put("Patient", "else", {}, HOSPITAL)
    with pytest.raises(Refused, match="stays that of its patient"):
        referral.world.update(SOURCE, place, patient={"reference": "Patient/else"})


def test_a_consent_that_permitted_something_stays_on_record():
    """It is ended, not deleted."""
    referral = Referral()
    place = written(referral, SOURCE)
    with pytest.raises(Refused, match="set it to inactive"):
        referral.world.delete(SOURCE, place)
    referral.world.update(SOURCE, place, status="entered-in-error")
    referral.world.delete(SOURCE, place)
    assert referral.world.permits[place] == ()


def test_a_consent_is_for_a_patient_that_its_writer_sees():
    """Nobody enters one into a chart unseen."""
    referral = Referral()
    with pytest.raises(Refused, match="leads to nothing"):
        written(referral, viewer(f"{NPI}|7"))
