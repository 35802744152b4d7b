"""What clients of each kind send under the keys of a template."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from adapter.cds_client.chart import Chart, read_chart
from adapter.cds_client.contexts import Moment
from adapter.cds_client.hook_calls import HookCall
from adapter.samples import sample
from adapter.workbench.hooks.prefetching import (
    EPIC_HOOKS,
    MODES,
    Dialect,
    Mode,
    made_call,
    mode_named,
)
from cds_hooks.prefetch import State, states, template
from mappings.requirements import all_requirements

SERVICE = {"id": "s", "hook": "patient-view", "prefetch": template(all_requirements())}


def call_in(mode: Mode, **more: Any) -> HookCall:
    return made_call(SERVICE, chart(), Moment(), Dialect(mode=mode, **more))


def chart() -> Chart:
    bundle = sample("five-emergency-visits", date(2026, 3, 18)).bundle
    return read_chart(msgspec.json.encode(bundle), patient=None, name="it")


def read(call: HookCall) -> set[State]:
    """What this service takes it for."""
    prefetch = msgspec.json.decode(
        msgspec.json.encode(call.body.get("prefetch", {})), type=dict[str, msgspec.Raw]
    )
    return set(states(all_requirements(), prefetch).values())


@pytest.mark.parametrize(
    ("mode", "taken"),
    (
        ("full", {State.SENT, State.NONE}),
        ("missing", {State.NOT_SENT}),
        ("null", {State.NONE}),
        ("error", {State.ERROR}),
        ("paged", {State.SENT, State.NONE, State.PARTIAL}),
        ("epic", {State.SENT, State.NONE}),
    ),
)
def test_each_way_is_read_as_what_it_is(mode: Mode, taken: set[State]):
    """Nothing, an error and a page are three things, and Epic's warning is nothing."""
    assert read(call_in(mode)) == taken


def test_a_page_has_its_total_and_a_link():
    """Two of five, and where the others are."""
    visits = call_in("paged").body["prefetch"]["encounters"]
    assert (visits["total"], len(visits["entry"])) == (5, 2)
    assert visits["link"][0]["relation"] == "next"
    assert call_in("paged").sent["encounters"] == "2 of 5, next page linked"


def test_epic_names_its_server_and_what_made_it_call():
    """By extensions; each empty search holds a warning of its own kind."""
    body = call_in("epic", trigger="27").body
    assert body["fhirServer"].startswith("https://")
    assert body["extension"]["com.epic.cdshooks.request.bpa-trigger-action"] == "27"
    assert body["context"]["userId"].startswith("PractitionerRole/")
    empty = [one for one in body["prefetch"].values() if one and one.get("total") == 0]
    assert empty
    assert {one["entry"][0]["search"]["mode"] for one in empty} == {"outcome"}


def test_a_hook_that_epic_has_not_is_said_to_be():
    """It sends patient-view in its place."""
    service = SERVICE | {"hook": "encounter-discharge"}
    call = made_call(service, chart(), Moment(), Dialect(mode="epic"))
    assert "patient-view with the trigger action" in " ".join(call.notes)
    assert "encounter-discharge" not in EPIC_HOOKS


def test_a_key_may_be_left_out():
    """It is then unknown, not none."""
    call = call_in("full", leave_out=frozenset({"encounters"}))
    assert "encounters" not in call.body["prefetch"]
    assert call.sent["encounters"] == "not sent"


def test_an_unknown_way_is_the_usual_one():
    assert mode_named("no such") == "full"
    assert [mode_named(one) for one in MODES] == list(MODES)
