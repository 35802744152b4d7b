"""A board finds each referral once, in the queues it belongs to, for whoever may see it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from adapter.store.board_conditions import QUEUES, Queue, Wanted, Whose
from adapter.store.boards import Boards, latest
from adapter.store.events import NewEvent, append
from adapter.store.notices import notices_of
from adapter.store.records import CLAIMERS, Viewer
from adapter.store.resources import ResourceStore
from adapter.store.subscribing import Subscribed, keep_subscription
from tests.unit.adapter.store.drafting import OTHER, PLAN, PROVIDER, TENANT
from tests.unit.adapter.store.referring import HOSPITAL, NOW, SOON, SYSTEM, World, board, ids


def test_every_queue_counts_what_its_pages_have(resources: ResourceStore):
    """Page by page nothing comes twice and nothing is missing, in any order and by any filter."""
    with resources.unit() as unit:
        world = World(unit)
        for number in range(40):
            world.refer(
                f"t{number:02}",
                due=NOW - 20 + number // 3 * 5,
                said=("sent-to-plan", "acknowledged", "authorized")[number % 3],
                status=("requested", "requested", "in-progress", "completed")[number % 4],
                acts=(PLAN, HOSPITAL, "")[number % 3],
                family=("Garcia", "Chen")[number % 2],
                priority=("routine", "urgent")[number % 5 == 0],
            )
    with resources.reading() as unit:
        seen = board(unit, PLAN, claims=True)
        for narrowed in (Wanted(soon=SOON), Wanted(soon=SOON, names=("gar",)), Wanted(urgent=True)):
            counts, _ = seen.counts(narrowed)
            for queue in (*QUEUES, "closed"):
                for order in ("due", "changed"):
                    found: list[str] = []
                    asked = replace(narrowed, queue=queue, order=order, count=3)
                    while page := seen.page(asked):
                        found += [one.task.id for one in page]
                        asked = replace(asked, after=page[-1].place(order))
                    assert len(set(found)) == len(found) == counts[queue]
        counts, _ = seen.counts(Wanted(soon=SOON))
        assert counts["open"] == counts["ours"] + counts["others"] == 30
        assert counts["closed"] == 10
        assert ids(seen, count=1) == ["t00"]


def test_rows_that_stay_come_once_while_others_change(resources: ResourceStore):
    """Who scrolls while referrals end and begin still meets each of the others once."""
    with resources.unit() as unit:
        for number in range(12):
            World(unit).refer(f"t{number:02}", due=NOW + number)
    found: list[str] = []
    after = None
    for turn in range(6):
        with resources.unit() as unit:
            page = board(unit, PLAN).page(Wanted(count=2, after=after))
            found += [one.task.id for one in page]
            after = page[-1].place("due") if page else after
            World(unit).refer(f"new{turn}", due=NOW - turn)
            unit.work(TENANT, "Task", "t00", None)
    assert [one for one in found if one.startswith("t")] == [f"t{one:02}" for one in range(12)]


def test_each_queue_has_what_it_says(resources: ResourceStore):
    with resources.unit() as unit:
        world = World(unit)
        world.refer("fresh", due=NOW + 5000)
        world.refer("late", said="acknowledged", due=NOW)
        world.refer("soon", said="acknowledged", due=SOON)
        world.refer("back", said="returned-for-correction", acts=HOSPITAL, due=SOON + 1)
        world.refer("free", acts="", sees=(HOSPITAL, CLAIMERS), due=SOON + 2)
        world.refer("done", status="completed", said="loop-closed")
    with resources.reading() as unit:
        plan = board(unit, PLAN)
        assert ids(plan, "new") == ["fresh"]
        assert ids(plan, "overdue") == ["late"]
        assert ids(plan, "due") == ["soon"]
        assert ids(plan, "others") == ["back"]
        assert ids(plan, "closed") == ["done"]
        assert ids(plan, "claim") == []
        claimer = board(unit, PLAN, claims=True)
        assert ids(claimer, "claim") == ["free"]
        assert ids(claimer, "ours") == ["late", "soon", "free", "fresh"]
        assert ids(board(unit, HOSPITAL), "ours") == ["back"]


def test_what_was_handed_on_is_shown_once_where_it_is_now(resources: ResourceStore):
    """Its owner sees whom they asked, its requester the referral, until that has ended."""
    with resources.unit() as unit:
        world = World(unit)
        world.refer("above", status="in-progress", said="assigned-to-provider")
        world.refer("below", said="assigned-to-provider", by=PLAN, to=PROVIDER, part_of="above")
    with resources.reading() as unit:
        assert ids(board(unit, PLAN)) == ["below"]
        assert ids(board(unit, HOSPITAL)) == ["above"]
        assert ids(board(unit, PROVIDER)) == ["below"]
    with resources.unit() as unit:
        World(unit).refer(
            "below", status="rejected", said="provider-declined", by=PLAN, to=PROVIDER,
            part_of="above",
        )  # fmt: skip
    with resources.reading() as unit:
        assert ids(board(unit, PLAN)) == ["above"]
        assert ids(board(unit, PLAN), "closed") == []
        assert ids(board(unit, PROVIDER), "closed") == ["below"]


def test_nobody_sees_or_counts_what_is_not_theirs(resources: ResourceStore):
    with resources.unit() as unit:
        World(unit).refer("ours")
        World(unit).refer("guarded", labels=("r42",))
        World(unit).refer("done", status="completed", said="loop-closed")
    elsewhere = Viewer(tenant="hills", client="x", party=PLAN, operator=True)
    with resources.reading() as unit:
        for who in (board(unit, OTHER), Boards(unit.connection, elsewhere, NOW, _own(), SYSTEM)):
            counts, mark = who.counts(Wanted(soon=SOON))
            assert not any(counts.values())
            assert ids(who) == ids(who, "closed") == []
            assert set(mark) == set("0.")
            assert who.versions([("Task", "ours"), ("Patient", "m-ours")]) == {}
            assert who.thread("ours") == []
        assert ids(board(unit, PLAN)) == ["ours"]
        assert ids(board(unit, PLAN, clearance=frozenset({"r42"}))) == ["guarded", "ours"]


def _own() -> Whose:
    return Whose(party=PLAN, id="plan")


def test_a_name_finds_only_members_that_are_seen(resources: ResourceStore):
    with resources.unit() as unit:
        world = World(unit)
        world.refer("t1", family="Garcia")
        world.refer("t2", family="Gardner")
        world.refer("t3", family="Garza", patient_seen=False)
        world.refer("t4", family="Li", thread="Gar_50%")
    with resources.reading() as unit:
        plan = board(unit, PLAN)
        assert ids(plan, names=("gar",)) == ["t1", "t2"]
        assert ids(plan, names=("garc", "ana")) == ["t1"]
        assert ids(plan, names=("maria",)) == []
        assert ids(plan, names=("gar",), thread="gar_5") == ["t1", "t2", "t4"]
        assert ids(plan, thread="%") == ["t4"]
        assert ids(plan, thread="r-t1") == ["t1"]
        assert ids(plan, thread="r_t1") == ids(plan, thread="!") == []


@pytest.mark.parametrize("ended", (False, True))
def test_filters_narrow_what_is_under_way_and_what_has_ended(
    resources: ResourceStore,
    ended: bool,
):
    queue: Queue = "closed" if ended else "open"
    status = "rejected" if ended else "requested"
    with resources.unit() as unit:
        world = World(unit)
        world.refer("t1", status=status, priority="stat", due=NOW)
        world.refer("t2", status=status, said="acknowledged", population="smi-sud-adult", due=NOW)
        world.refer("t3", status=status, by=OTHER, due=NOW + 10)
    with resources.reading() as unit:
        plan = board(unit, PLAN)
        assert ids(plan, queue, urgent=True) == ["t1"]
        assert ids(plan, queue, business_status="acknowledged") == ["t2"]
        assert ids(plan, queue, population="smi-sud-adult") == ["t2"]
        assert ids(plan, queue, requester=Whose(party=OTHER, id="other")) == ["t3"]
        assert ids(plan, queue, owner=Whose(party=OTHER, id="other")) == []
        everybody = ids(plan, queue, owner=_own())
        assert sorted(everybody) == ["t1", "t2", "t3"]
        if not ended:
            assert ids(plan, queue, due_from=NOW) == ["t3"]
            assert ids(plan, queue, due_before=NOW) == ["t1", "t2"]


def test_the_marks_change_with_every_change_and_with_nothing_else(resources: ResourceStore):
    with resources.unit() as unit:
        World(unit).refer("t1")
    with resources.reading() as unit:
        before = board(unit, PLAN).counts(Wanted())[1], board(unit, OTHER).counts(Wanted())[1]
        of_tenant = latest(unit.connection, TENANT, NOW)
        thread = board(unit, PLAN).thread("t1")
        assert board(unit, PLAN).counts(Wanted())[1] == before[0]
        assert latest(unit.connection, TENANT, NOW) == of_tenant
    with resources.unit() as unit:
        World(unit).refer("t1", said="acknowledged")
    with resources.reading() as unit:
        assert board(unit, PLAN).counts(Wanted())[1] != before[0]
        assert board(unit, OTHER).counts(Wanted())[1] == before[1]
        assert latest(unit.connection, TENANT, NOW) != of_tenant
        assert [one[:2] for one in board(unit, PLAN).thread("t1")] == [("t1", 1), ("t1", 2)]
        assert board(unit, PLAN).thread("t1")[:1] == thread


def test_what_a_page_names_is_read_at_once_as_far_as_it_is_seen(resources: ResourceStore):
    with resources.unit() as unit:
        World(unit).refer("t1")
        World(unit).refer("t2", patient_seen=False)
    places = [("Patient", "m-t1"), ("Patient", "m-t2"), ("ServiceRequest", "o-t2"), ("Task", "no")]
    with resources.reading() as unit:
        found = board(unit, PLAN).versions(places)
        assert sorted(found) == ["Patient/m-t1", "ServiceRequest/o-t2"]
        assert found["Patient/m-t1"].id == "m-t1"
        assert board(unit, PLAN).versions([]) == {}


def test_notices_are_those_of_these_versions(resources: ResourceStore):
    """With how far their subscription got."""
    event = NewEvent(at=NOW, action="update", type="Task", id="t1", version=2)
    with resources.unit() as unit:
        subscribed = Subscribed(
            tenant=TENANT, id="s1", status="active", topic="urn:topic", client="hospital",
            channel="rest-hook", origin="https://h.example.org", definition="{}", secrets="[]",
        )  # fmt: skip
        keep_subscription(unit.connection, subscribed)
        append(unit.connection, TENANT, {"s1": [event, replace(event, id="t2")]})
    with resources.reading() as unit:
        (found,) = notices_of(unit.connection, TENANT, ["t1"], [NOW])
        assert (found.id, found.client, found.number, found.position) == ("t1", "hospital", 1, 0)
        assert not found.dead
        assert notices_of(unit.connection, TENANT, ["t1"], [NOW + 1]) == []
        assert notices_of(unit.connection, "hills", ["t1"], [NOW]) == []
        assert notices_of(unit.connection, TENANT, [], [NOW]) == []
