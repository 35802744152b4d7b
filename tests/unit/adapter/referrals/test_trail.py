"""What every step of a referral leaves on record."""

from __future__ import annotations

from tests.unit.adapter.referrals.referral import PLANS, PROVIDERS, SOURCE, Referral, order
from tests.unit.adapter.referrals.world import HOSPITAL, NPI, OPERATOR


def test_every_step_leaves_its_trail():
    """Who, from which version, for what reason; those who see the Task see it."""
    referral = Referral().accepted()
    world = referral.world
    trail = world.of_type("Provenance")[-1]
    assert trail["target"] == [{"reference": f"{referral.task}/_history/2"}]
    assert trail["entity"] == [
        {"role": "revision", "what": {"reference": f"{referral.task}/_history/1"}}
    ]
    assert trail["agent"][0]["who"]["identifier"] == {"system": NPI, "value": "2"}
    assert trail["agent"][1]["who"]["identifier"]["value"] == "client-of-2"
    assert trail["reason"][0]["coding"][0]["code"] == "TREAT"
    assert trail["recorded"] == "2026-01-05T18:00:00.000Z"
    place = f"Provenance/{trail['id']}"
    assert world.sees(SOURCE, place)
    assert world.sees(PLANS, place)
    assert not world.sees(PROVIDERS, place)


def test_the_operator_acts_on_behalf_of_somebody_and_the_trail_says_so():
    """An answer that came by telephone."""
    referral = Referral()
    referral.world.update(OPERATOR, referral.task, status="accepted")
    author = referral.world.of_type("Provenance")[-1]["agent"][0]
    assert author["who"]["identifier"]["value"] == "9"
    assert author["onBehalfOf"]["identifier"]["value"] == "2"


def test_a_note_is_no_step():
    """The history has it anyway."""
    referral = Referral()
    many = len(referral.world.of_type("Provenance"))
    referral.world.update(PLANS, referral.task, note=[{"text": "called"}])
    assert len(referral.world.of_type("Provenance")) == many


def test_a_placers_identifier_exists_once_for_its_author():
    """The store is told what to hold unique."""
    referral = Referral()
    placer = {
        "type": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PLAC"}]
        },
        "system": "urn:hospital",
        "value": "REF-1",
    }
    place = referral.world.create(
        SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL, identifier=[placer])
    )
    kept = (HOSPITAL, "ServiceRequest.placer", "urn:hospital", "REF-1")
    assert referral.world.unique == {kept: place}
