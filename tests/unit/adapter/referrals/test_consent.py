"""What a consent permits: who, which labels, from when to when. Doubt permits nothing."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.referrals.consent import permits
from adapter.store.records import ANYTHING
from tests.unit.adapter.referrals.consent_forms import ACT, PERMIT, actor, concept, consent
from tests.unit.adapter.referrals.world import (
    HOSPITAL,
    OPERATOR,
    PLAN,
    PROVIDER,
    Seen,
    World,
    org,
)

#: Midnight in California (UTC-8) at the start of 2026-01-05 and at the end of 2027-01-05.
FIRST, LAST = 1_767_600_000_000, 1_799_222_400_000


def found(made: dict[str, Any]) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Spans by party and label."""
    spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for one in permits(made, Seen(World(), OPERATOR).party_of):
        assert one.patient == "p"
        assert one.start < one.end
        spans.setdefault((one.party, one.label), []).append((one.start, one.end))
    return spans


def test_a_consent_permits_its_recipients_what_has_no_label_for_its_days():
    """Whole days in California, the last one included."""
    assert found(consent()) == {(PLAN, ANYTHING): [(FIRST, LAST)]}


@pytest.mark.parametrize("status", ("draft", "proposed", "rejected", "inactive", None, "Active"))
def test_only_an_active_consent_permits(status):
    assert found(consent(status=status)) == {}


@pytest.mark.parametrize(
    "elements",
    (
        {"scope": concept("research")},
        {"scope": concept("treatment")},
        {"patient": {"reference": "https://elsewhere/Patient/p"}},
        {"patient": {"identifier": {"value": "p"}}},
        {"patient": {"reference": "Group/p"}},
        {"patient": None},
        {"provision": []},
        {"provision": {}},
        {"verification": [{"verified": False}]},
        {"modifierExtension": [{"url": "u", "valueBoolean": True}]},
    ),
)
def test_a_consent_of_another_kind_permits_nothing(elements):
    assert found({**consent(), **elements}) == {}


@pytest.mark.parametrize(
    ("change", "permitted"),
    (
        ({}, True),
        ({"action": None}, True),
        ({"action": [concept("access")]}, True),
        ({"action": [concept("collect"), concept("access")]}, True),
        ({"action": [concept("collect")]}, False),
        ({"action": [concept("correct", "use")]}, False),
        ({"actor": None}, False),
        ({"actor": []}, False),
        ({"actor": [actor(PLAN, "PRCP")]}, True),
        ({"actor": [actor(PLAN, "TRC")]}, True),
        ({"actor": [actor(PLAN, "CST")]}, False),
        ({"actor": [actor(PLAN, "GRANTOR")]}, False),
        ({"actor": [{"reference": org(PLAN)}]}, False),
        ({"actor": [{"role": concept("IRCP"), "reference": {"reference": "Patient/p"}}]}, False),
        ({"actor": [{"role": concept("IRCP"), "reference": {"display": "the plan"}}]}, False),
        ({"purpose": [{"code": "TREAT"}]}, True),
        ({"purpose": [{"code": "HRESCH"}, {"code": "HOPERAT"}]}, True),
        ({"purpose": [{"code": "HRESCH"}]}, False),
        ({"purpose": [{"code": "HMARKT"}]}, False),
        ({"type": "deny"}, False),
        ({"type": None}, False),
        ({"class": [{"code": "Condition"}]}, False),
        ({"code": [concept("x")]}, False),
        ({"data": [{"meaning": "instance"}]}, False),
        ({"dataPeriod": {"start": "2020"}}, False),
        ({"modifierExtension": [{"url": "u"}]}, False),
        ({"period": {"start": "soon"}}, False),
        ({"period": {"end": "2026-13-01"}}, False),
        ({"period": "2026"}, False),
        ({"period": {"start": "2027-01-01", "end": "2026-01-01"}}, False),
        ({"period": {"start": "2026-01-01T10:00:00"}}, False),
    ),
)
def test_one_element_decides(change, permitted):
    """Everything else is as in a consent that permits."""
    provision = {k: v for k, v in {**PERMIT, **change}.items() if v is not None}
    assert (found(consent(provision)) != {}) is permitted


@pytest.mark.parametrize(
    ("labels", "policy", "expected"),
    (
        ([], None, {ANYTHING}),
        (["ETH"], None, {"eth"}),
        (["ETH", "R"], None, {"eth", "r"}),
        (["HIV", " Sex "], None, {"hiv", "sex"}),
        (["N"], None, {ANYTHING}),
        (["*"], None, {ANYTHING}),
        ([], "OPTIN", {ANYTHING}),
        ([], "42CFRPart2", {ANYTHING, "42cfrpart2", "eth", "ethud", "opioidud", "sud"}),
        (["PSY"], "42CFRPart2", {"psy"}),
    ),
)
def test_sensitive_data_need_their_label_named(labels, policy, expected):
    """Or the federal rule, which stands for the labels of substance use alone."""
    provision = {**PERMIT, "securityLabel": [{"system": ACT, "code": one} for one in labels]}
    made = consent(provision, **({"policyRule": concept(policy)} if policy else {}))
    assert {label for _, label in found(made)} == expected


@pytest.mark.parametrize(
    ("period", "span"),
    (
        ({}, (0, 253_402_300_800_000)),
        ({"start": "2026-01-05"}, (FIRST, 253_402_300_800_000)),
        ({"end": "2027-01-05"}, (0, LAST)),
        ({"start": "2026", "end": "2026-12"}, (FIRST - 4 * 86_400_000, LAST - 5 * 86_400_000)),
        ({"start": "2026-01-05T08:00:00Z", "end": "2027-01-06T07:59:59Z"}, (FIRST, LAST)),
        ({"end": "2027-01-05T23:59:59.999-08:00"}, (0, LAST)),
        # Summer time: midnight is at seven in UTC.
        ({"end": "2026-07-01"}, (0, 1_782_975_600_000)),
    ),
)
def test_periods_are_half_open_in_instants(period, span):
    """A date is its day in California; a time is good to the precision it is written with."""
    assert found(consent({**PERMIT, "period": period})) == {(PLAN, ANYTHING): [span]}


def test_of_nested_provisions_all_hold():
    """The inner one is as wide as the outer one lets it."""
    inner = {
        "type": "permit",
        "period": {"start": "2020-01-01", "end": "2026-01-05"},
        "actor": [actor(PLAN), actor(PROVIDER)],
    }
    outer = {"period": PERMIT["period"], "actor": [actor(PLAN)], "provision": [inner]}
    assert found(consent(outer)) == {(PLAN, ANYTHING): [(FIRST, FIRST + 86_400_000)]}
    assert found(consent({**outer, "action": [concept("collect")]})) == {}
    untyped = {name: value for name, value in inner.items() if name != "type"}
    assert found(consent({**outer, "provision": [untyped]})) == {}


def test_a_policy_of_opting_in_makes_the_outermost_provision_a_permit():
    """As FHIR R4 has it, which gives the outermost provision no type; opting out does not."""
    provision = {name: value for name, value in PERMIT.items() if name != "type"}
    assert found(consent(provision, policyRule=concept("OPTIN"))) != {}
    assert found(consent(provision, policyRule=concept("OPTOUT"))) == {}


DAY = 86_400_000


@pytest.mark.parametrize(
    ("denial", "expected"),
    (
        ({}, {}),
        ({"actor": [actor(PLAN)]}, {PROVIDER: ["*", "eth"]}),
        ({"actor": [actor(PLAN, "any role")]}, {PROVIDER: ["*", "eth"]}),
        ({"actor": [actor(HOSPITAL)]}, {PLAN: ["*", "eth"], PROVIDER: ["*", "eth"]}),
        ({"actor": [{"reference": {"display": "who?"}}]}, {}),
        ({"securityLabel": [{"code": "ETH"}]}, {PLAN: ["*"], PROVIDER: ["*"]}),
        ({"securityLabel": [{"code": "PSY"}]}, {PLAN: ["*", "eth"], PROVIDER: ["*", "eth"]}),
        ({"securityLabel": [{"display": "something"}]}, {}),
        ({"action": [concept("disclose")]}, {}),
        ({"action": [concept("collect")]}, {PLAN: ["*", "eth"], PROVIDER: ["*", "eth"]}),
        ({"action": [concept("unheard-of")]}, {}),
        ({"purpose": [{"code": "HRESCH"}]}, {PLAN: ["*", "eth"], PROVIDER: ["*", "eth"]}),
        ({"purpose": [{"code": "TREAT"}]}, {}),
        ({"class": [{"code": "Condition"}]}, {}),
        ({"period": {"start": "soon"}}, {}),
        ({"period": {"end": "2025-12-31"}}, {PLAN: ["*", "eth"], PROVIDER: ["*", "eth"]}),
    ),
)
def test_a_denial_wins(denial, expected):
    """What makes it narrower counts as far as it can be told."""
    both = [actor(PLAN), actor(PROVIDER)]
    labels = [{"code": "ETH"}, {"code": "N"}]
    for provision in (
        {
            **PERMIT,
            "actor": both,
            "securityLabel": labels,
            "provision": [{"type": "deny", **denial}],
        },
        {
            "provision": [
                {"type": "deny", **denial},
                {**PERMIT, "actor": both, "securityLabel": labels},
            ]
        },
    ):
        by_party: dict[str, list[str]] = {}
        for party, label in found(consent(provision)):
            by_party.setdefault(party, []).append(label)
        assert by_party == expected


def test_a_denial_cuts_its_days_out():
    """Before and after it the permit holds."""
    denial = {"type": "deny", "period": {"start": "2026-01-07", "end": "2026-01-08"}}
    made = consent({**PERMIT, "provision": [denial]})
    cut = [(FIRST, FIRST + 2 * DAY), (FIRST + 4 * DAY, LAST)]
    assert found(made) == {(PLAN, ANYTHING): cut}
