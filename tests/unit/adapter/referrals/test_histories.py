"""Whatever anybody does in whatever order: what holds of every referral holds all the way."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapter.fhir_api.faults import Refused
from adapter.referrals.choices import Choices
from profiles.referral_codes import business_statuses, next_events, queues
from tests.unit.adapter.referrals.referral import (
    CLAIMER,
    OUTPUT,
    PLANS,
    PROVIDERS,
    SOURCE,
    STRANGERS,
    Referral,
    because,
    coded,
    order,
    task,
)
from tests.unit.adapter.referrals.specified import (
    LIVE,
    ORDER,
    ORDER_STATUSES,
    TASK,
    TASK_STATUSES,
    steps,
)
from tests.unit.adapter.referrals.world import (
    HOSPITAL,
    OPERATOR,
    OTHER,
    PLAN,
    PROVIDER,
    TASK_CODE,
    World,
    org,
)

#: Mostly whose turn it is; also everybody else.
WHO = st.sampled_from(
    (*["owner"] * 8, *["requester"] * 3, SOURCE, PLANS, PROVIDERS, CLAIMER, OPERATOR, STRANGERS)
)
#: What is done, and how; mostly what brings a referral forward, so that histories get somewhere.
HOW: dict[str, tuple[Any, ...]] = {
    "move": (*TASK_STATUSES, *("accepted", "in-progress", "completed") * 6, "received"),
    "say": tuple(business_statuses()),
    "hand on": (PROVIDER, OTHER, PROVIDER, OTHER, None),
    "take": (PLAN, PROVIDER, OTHER),
    "order": ORDER_STATUSES,
    "abort": (None,),
    "replace": (PLAN, OTHER),
    "wait": (1, 8, 40),
}
WHAT = (*["move"] * 8, *["hand on"] * 4, *["say"] * 2, "take", "order", "abort", "replace", "wait")
#: The second number is an index into whatever Tasks there are, from the last one.
ACTIONS = st.lists(
    st.tuples(st.sampled_from(WHAT), WHO, st.integers(0, 2), st.integers(0, 29)),
    min_size=12,
    max_size=30,
)
CHOICES = st.builds(
    Choices,
    correction=st.sampled_from(("rejected", "requested")),
    cancellation=st.sampled_from(("at-once", "ask-first")),
    completion=st.sampled_from(("any", "all")),
)


@settings(max_examples=60, deadline=None)
@given(actions=ACTIONS, choices=CHOICES, begun=st.integers(0, 3))
def test_whatever_anybody_does_every_referral_is_on_a_worklist_and_no_step_is_illegal(
    actions, choices, begun
):
    """Refused or not, each action leaves a world in which all of this holds."""
    referral = Referral(choices, None if begun == 3 else PLAN)
    if begun in (1, 2):
        referral.accepted()
    if begun == 2:
        referral.handed_on()
    for action in actions:
        refusal = act_if_allowed(referral, *action)
        assert refusal is None or refusal.status in (403, 409, 422)
        check_now(referral.world)
    check_histories(referral.world)
    assert not any(referral.world.sees(STRANGERS, one) for one in ("Patient/p", "Condition/c"))


BY_PLACE = {
    "Organization/hospital": SOURCE,
    "Organization/plan": PLANS,
    "Organization/provider": PROVIDERS,
    "Organization/other": CLAIMER,
}


def act_if_allowed(referral: Referral, what: str, who: Any, which: int, how: int) -> Refused | None:
    try:
        act(referral, what, who, which, HOW[what][how % len(HOW[what])])
    except Refused as refusal:
        return refusal
    return None


def act(referral: Referral, what: str, who: Any, which: int, how: Any) -> None:
    world = referral.world
    if what == "wait":
        world.pass_days(how)
        return
    tasks = [one for one in world.versions if one.startswith("Task/")]
    place = tasks[-1 - which % len(tasks)]
    current = world.current(place)
    if isinstance(who, str):
        who = BY_PLACE[current.get(who, {}).get("reference", "Organization/other")]
    if what == "move":
        output = OUTPUT if how == "completed" else current.get("output")
        world.update(who, place, status=how, statusReason=because("why"), output=output)
    elif what == "say":
        world.update(who, place, businessStatus=coded(how), note=[*current.get("note", []), {}])
    elif what == "take":
        world.update(who, place, owner=org(how))
    elif what == "order":
        orders = [one for one in world.versions if one.startswith("ServiceRequest/")]
        world.update(who, orders[-1 - which % len(orders)], status=how)
    elif what == "abort":
        made = task(place, "Patient/p", HOSPITAL, PLAN) | {"requester": current["requester"]}
        made["code"] = {"coding": [{"system": TASK_CODE, "code": "abort"}]}
        world.create(who, "Task", made | {"owner": current.get("owner")})
    elif what == "replace":
        asks = {"requester": current["requester"]}
        again = order("Patient/p", HOSPITAL, replaces=[current["focus"]]) | asks
        made = world.create(who, "ServiceRequest", again)
        world.create(who, "Task", task(made, "Patient/p", HOSPITAL, how) | asks)
    elif what == "hand on":
        asks = {"requester": current.get("owner", org(OTHER))}
        below = order("Patient/p", PLAN, basedOn=[current["focus"]]) | asks
        made = world.create(who, "ServiceRequest", below)
        parts = [{"reference": place}]
        world.create(who, "Task", task(made, "Patient/p", PLAN, how, partOf=parts) | asks)


def check_now(world: World) -> None:
    tasks = world.of_type("Task")
    live = [one for one in tasks if one["status"] in LIVE]
    orders = {f"ServiceRequest/{one['id']}": one for one in world.of_type("ServiceRequest")}
    assert world.works.keys() == {one["id"] for one in live}
    asked = []
    for one in live:
        work = world.works[one["id"]]
        assert bool(work.owner) != bool(work.queue)
        assert not work.queue or work.queue in queues()
        assert work.next_event in next_events()
        assert work.due_at > 0
        assert work.status == one["status"]
        assert one["restriction"]["period"]["end"]
        focus = one["focus"]["reference"]
        if focus in orders:
            assert orders[focus]["status"] in ("active", "on-hold")
            asked.append((focus, one.get("owner", {}).get("reference")))
        for parent in one.get("partOf", []):
            assert world.status(parent["reference"]) == "in-progress"
    assert len(asked) == len(set(asked))


def check_histories(world: World) -> None:
    drawn = {
        "Task": {edge[:2] for edge in steps(TASK, TASK_STATUSES)},
        "ServiceRequest": {edge[:2] for edge in steps(ORDER, ORDER_STATUSES)},
    }
    taken = 0
    for place, versions in world.versions.items():
        type = place.partition("/")[0]
        if type not in drawn:
            continue
        kept = [one for one in versions if one is not None]
        taken += 1
        assert kept[0]["status"] in ("draft", "requested", "active")
        for before, after in pairwise(kept):
            step = (before["status"], after["status"])
            assert step[0] == step[1] or step in drawn[type], place
            taken += step[0] != step[1]
            for element in ("focus", "for", "requester", "partOf", "authoredOn", "subject"):
                assert before.get(element) == after.get(element)
            notes = before.get("note", [])
            assert after.get("note", [])[: len(notes)] == notes
        for one in kept:
            check_needs(one)
    assert len(world.of_type("Provenance")) >= taken


def check_needs(one: dict[str, Any]) -> None:
    if one["resourceType"] != "Task":
        return
    abort = one["code"]["coding"][0]["code"] == "abort"
    if one["status"] == "completed":
        assert abort or one["output"]
    if one["status"] in ("rejected", "cancelled", "failed", "on-hold"):
        assert one["statusReason"]["text"]
