"""How it stands with a partner is told with what was given up and why, and it can be tried anew."""

from __future__ import annotations

from adapter.partners.standing import PartnerStanding, partner_standing, try_at_once
from tests.unit.adapter.partners.world import World


def standing(hospital: World) -> PartnerStanding:
    (partner,) = hospital.here.partners
    with hospital.here.store.reading() as unit:
        return partner_standing(hospital.here, unit, partner, 10)


def test_what_was_refused_is_told_with_its_reason_and_goes_out_once_it_is_tried_again(
    any_hospital: World,
) -> None:
    hospital = any_hospital
    hospital.stub.refuse = (422, {})
    hospital.refer()
    hospital.attend_all()
    found = standing(hospital)
    assert (found.dead, found.waiting) == (1, 0)
    assert [(one.state, one.fault[-15:]) for one in found.outgoing] == [("dead", "422 (transient)")]
    hospital.stub.refuse = None
    (partner,) = hospital.here.partners
    with hospital.here.store.unit() as unit:
        try_at_once(hospital.here, unit, partner, again=False)
    hospital.attend_all()
    assert standing(hospital).dead == 1
    with hospital.here.store.unit() as unit:
        try_at_once(hospital.here, unit, partner, again=True)
    hospital.attend_all()
    found = standing(hospital)
    assert (found.dead, found.outgoing) == (0, ())
    assert found.sent["done"] == 1


def test_news_that_could_not_be_fetched_waits_with_its_reason(any_hospital: World) -> None:
    hospital = any_hospital
    hospital.refer()
    hospital.attend_all()
    (partner,) = hospital.here.partners
    with hospital.here.store.unit() as unit:
        received = hospital.here.received(unit, partner)
        received.receive("sub", 7, ("Task/x",), unit.now)
        (event,) = (one for one in received.waiting() if one.number == 7)
        received.postpone(event, unit.now + 1000, "answered with 500")
    (waiting,) = (one for one in standing(hospital).received if one.event.number == 7)
    assert (waiting.state, waiting.fault, waiting.event.focuses, waiting.event.attempts) == (
        "waiting",
        "answered with 500",
        ("Task/x",),
        1,
    )
