"""What a client tells of the moment, by hook."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.cds_client.chart import Chart, read_chart
from adapter.cds_client.contexts import Moment, context_of
from adapter.errors import UnusableInput
from cds_hooks.catalogue import HOOKS, request_shape
from tests.unit.adapter.command import FIVE_VISITS, bundle, patient


def a_chart(*resources: dict[str, Any]) -> Chart:
    return read_chart(bundle(*resources or FIVE_VISITS), patient=None, name="chart.json")


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_gets_what_its_definition_requires(hook: str):
    """The context is valid by the hook's own schema."""
    told = context_of(hook, a_chart(), Moment())
    call = {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": told.context,
    }
    assert request_shape(hook).faults(call) == ()


def test_a_draft_of_the_chart_is_what_the_hook_is_about():
    """A draft order is sent; a signed one is not."""
    draft = {"resourceType": "ServiceRequest", "id": "s1", "status": "draft"}
    signed = {"resourceType": "ServiceRequest", "id": "s2", "status": "active"}
    told = context_of("order-select", a_chart(patient(), signed, draft), Moment())
    assert told.context["selections"] == ["ServiceRequest/s1"]
    assert [e["resource"] for e in told.context["draftOrders"]["entry"]] == [draft]
    assert told.made_up == ()


def test_what_the_chart_lacks_is_made_up_and_said():
    """An order for a social worker, named in the notes."""
    told = context_of("order-sign", a_chart(), Moment())
    assert told.context["draftOrders"]["entry"][0]["resource"]["status"] == "draft"
    assert told.made_up == ("context.draftOrders",)


def test_the_latest_encounter_is_the_one_that_begins():
    """Of five visits the one in May; another can be named."""
    assert context_of("encounter-start", a_chart(), Moment()).context["encounterId"] == "e5"
    named = context_of("encounter-start", a_chart(), Moment(encounter="e2"))
    assert named.context["encounterId"] == "e2"


def test_a_hook_about_an_encounter_needs_one():
    """None in the chart and none named."""
    with pytest.raises(UnusableInput, match="--encounter"):
        context_of("encounter-discharge", a_chart(patient()), Moment())


def test_fields_given_stand_as_they_are():
    """For hooks not known here, and to break a rule on purpose."""
    told = context_of("order-dispatch", a_chart(), Moment(fields={"performer": 5, "own": [1]}))
    assert "userId" not in told.context
    assert (told.context["performer"], told.context["own"]) == (5, [1])
    own = context_of("org.example.own-view", a_chart(), Moment(user="Patient/p1"))
    assert own.context == {"userId": "Patient/p1", "patientId": "p1"}
