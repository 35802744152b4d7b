"""When it is tried again, and when not; who keeps whom waiting. Time is given, never waited for."""

from __future__ import annotations

import pytest

from adapter.notifications.retrying import (
    DAY,
    HOUR,
    SECOND,
    Breakers,
    Verdict,
    is_hopeless,
    judged,
    next_attempt,
    wait_ms,
)

LATER = Verdict(kind="later", words="x")
TAKEN = Verdict(kind="taken")


@pytest.mark.parametrize("status", (200, 201, 202, 204))
def test_an_answer_of_success_is_taken(status: int) -> None:
    assert judged(status).kind == "taken"


@pytest.mark.parametrize("status", (100, 408, 409, 423, 425, 429, 500, 502, 503, 504, 599))
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert judged(status).kind == "later"


@pytest.mark.parametrize("status", (400, 405, 413, 415, 422))
def test_a_notification_that_is_refused_is_never_sent_again(status: int) -> None:
    assert judged(status).kind == "refused"


@pytest.mark.parametrize("status", (301, 307, 401, 403, 404, 410))
def test_an_endpoint_that_is_gone_or_closed_is_not_tried_again(status: int) -> None:
    assert judged(status).kind == "gone"


def test_waiting_doubles_up_to_an_hour_and_at_least_half_of_it_is_waited() -> None:
    for failures, whole in ((1, 5), (2, 10), (3, 20), (10, 2560), (11, 3600), (400, 3600)):
        waits = [wait_ms(failures, f"subscription {number}") for number in range(200)]
        assert min(waits) >= whole * SECOND // 2
        assert max(waits) < whole * SECOND


def test_many_subscriptions_do_not_come_back_at_the_same_moment() -> None:
    waits = {wait_ms(8, f"subscription {number}") // SECOND for number in range(200)}
    assert len(waits) > 100


def test_it_is_tried_for_days() -> None:
    now, failures = 0, 0
    while not is_hopeless(now, 1):
        failures += 1
        now = next_attempt(now, failures, "s", LATER)
    assert 7 * DAY <= now <= 7 * DAY + HOUR
    assert 168 < failures < 400


def test_what_the_receiver_asks_for_is_waited_if_it_is_longer() -> None:
    asked = Verdict(kind="later", words="x", wait=30 * SECOND)
    assert next_attempt(1000, 1, "s", asked) == 1000 + 30 * SECOND
    assert next_attempt(1000, 12, "s", asked) > 1000 + 30 * SECOND
    assert judged(503, 90 * DAY).wait == DAY


def test_an_endpoint_that_fails_is_left_alone_and_then_tried_once() -> None:
    breakers = Breakers(8)
    for _ in range(3):
        assert breakers.may_try("dead", 0)
        breakers.begin("dead")
        breakers.end("dead", LATER, 0)
    assert not breakers.may_try("dead", 9 * SECOND)
    assert breakers.may_try("dead", 10 * SECOND)
    breakers.begin("dead")
    assert not breakers.may_try("dead", 10 * SECOND)
    breakers.end("dead", TAKEN, 10 * SECOND)
    assert breakers.may_try("dead", 10 * SECOND)


def test_it_is_left_alone_longer_each_time_but_not_for_ever() -> None:
    breakers, now, pauses = Breakers(8), 0, []
    for _ in range(14):
        breakers.begin("dead")
        breakers.end("dead", LATER, now)
        began = now
        while not breakers.may_try("dead", now):
            now += SECOND
        pauses.append((now - began) // SECOND)
    assert pauses[:7] == [0, 0, 10, 20, 40, 80, 160]
    assert pauses[-1] == 600


def test_dead_endpoints_take_half_of_the_places_at_most() -> None:
    breakers = Breakers(8)
    for number in range(20):
        breakers.begin(f"dead {number}")
        breakers.end(f"dead {number}", LATER, 0)
    begun = 0
    for number in range(20):
        if breakers.may_try(f"dead {number}", 0):
            breakers.begin(f"dead {number}")
            begun += 1
    assert begun == 4
    assert breakers.may_try("healthy", 0)


def test_one_endpoint_takes_two_places_at_most() -> None:
    breakers = Breakers(8)
    breakers.begin("one")
    breakers.begin("one")
    assert not breakers.may_try("one", 0)
    assert breakers.may_try("another", 0)


def test_a_slow_endpoint_counts_as_one_that_fails_though_it_answers() -> None:
    breakers = Breakers(4)
    breakers.begin("slow")
    breakers.end("slow", Verdict(kind="taken", took=3 * SECOND), 0)
    breakers.begin("slow")
    assert not breakers.may_try("slow", 0)
