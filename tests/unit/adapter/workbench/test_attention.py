"""What needs somebody is told first, with what to do; what goes well is not told at all."""

from __future__ import annotations

from typing import Any

from adapter.notifications.requeueing import Standing
from adapter.partners.partner import Partner
from adapter.partners.standing import PartnerStanding
from adapter.store.partner_lines import Cursor, Line
from adapter.store.subscribing import Delivered, Subscribed
from adapter.workbench.operations.attention import Attention, of_partners, of_subscriptions


def standing(status: str = "active", **so_far: Any) -> Standing:
    told: dict[str, Any] = {
        "events": 4,
        "position": 4,
        "failures": 0,
        "failing_since": 0,
        "next_at": 0,
        "told_at": 0,
        "error": "",
        "dead": 0,
    }
    return Standing(
        subscribed=Subscribed(
            tenant="t",
            id="s1",
            status=status,
            topic="",
            client="c",
            channel="rest-hook",
            origin="https://a.example",
            definition="",
            secrets="",
        ),
        so_far=Delivered(**told | so_far),
    )


def of(one: Standing) -> list[Attention]:
    return list(of_subscriptions([one], lambda _: "Harbor", lambda at: f"at {at}"))


def partner(line: Line | None = None, **counts: dict[str, int]) -> list[Attention]:
    one = PartnerStanding(
        partner=Partner(id="plan", organization="s|v", name="Plan", fhir_base="https://p.example"),
        line=line or Line(),
        cursor=Cursor(),
        sent=counts.get("sent", {}),
        heard=counts.get("heard", {}),
    )
    return list(of_partners([one], lambda at: f"at {at}"))


def test_what_goes_well_needs_nobody():
    assert of(standing()) == []
    assert of(standing("off", dead=3)) == []
    assert partner(Line(answered_at=5), sent={"done": 3, "waiting": 1}) == []


def test_a_failed_subscription_is_told_once_with_its_dead_letters():
    (one,) = of(standing("error", position=1, dead=1, error="the endpoint answered 422"))
    assert one.kind == "bad"
    assert "Harbor" in one.title
    assert one.says.startswith("The endpoint answered 422; 3 events waiting, 1 event refused")
    assert (one.endpoint, one.arguments) == ("subscription", {"id": "s1"})


def test_dead_letters_of_an_active_subscription_need_somebody():
    (one,) = of(standing(dead=2))
    assert (one.kind, one.says[:26]) == ("bad", "2 events refused for good.")


def test_what_is_being_tried_says_when_it_is_tried_again():
    (one,) = of(standing(failures=2, next_at=77, position=3, error="no answer"))
    assert (one.kind, one.says) == ("waiting", "No answer; 1 event waiting, tried again at 77.")
    (one,) = of(standing("requested", failures=1, next_at=5))
    assert "handshake" in one.title


def test_a_partner_that_is_silent_or_was_given_up_is_told():
    silent = Line(fault="no connection", failures=3, next_at=9, answered_at=0)
    (one,) = partner(silent)
    assert (one.kind, one.says) == (
        "waiting",
        "No connection; last answered never, next try at 9.",
    )
    (one,) = partner(sent={"dead": 1}, heard={"dead": 1})
    assert one.kind == "bad"
    assert one.says.startswith("2 messages given up")
