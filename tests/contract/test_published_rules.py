"""Rules of CDS Hooks that lie across services and cards, held by the live service."""

from __future__ import annotations

import re
import statistics
import time
from datetime import date
from typing import Any

import pytest

from adapter.cli.main import main
from cds_hooks.cards.profiles import PROFILES
from tests.contract.calls import IDS, a_call
from tests.contract.conftest import Service


@pytest.fixture(scope="session")
def answers(service: Service, today: date, template: dict[str, str]) -> dict[str, Any]:
    """The body of the answer to each sample."""
    found = {}
    for name in IDS:
        answer = service.call(a_call(name, today, template))
        assert answer.status == 200
        found[name] = answer.json
    return found


def _cards(answers: dict[str, Any]) -> list[dict[str, Any]]:
    cards = [card for answer in answers.values() for card in answer["cards"]]
    assert len(cards) > len(IDS) // 2
    return cards


@pytest.mark.requirement("cds-hooks_2.0@2", "cds-hooks_2.0@168")
def test_a_service_for_others_is_known_by_https_only(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
):
    """With clients registered, a public address without TLS is refused before anything listens."""
    clients = tmp_path / "clients.toml"
    clients.write_text(
        '[[clients]]\nid = "a"\nissuer = "https://a"\ntenant = "a"\njwks_url = "https://a/jwks"\n'
    )
    arguments = ["serve", "--port", "0", "--clients", str(clients)]
    store = ["--store", f"sqlite:///{tmp_path}/store.sqlite"]
    assert main([*arguments, *store, "--public-base", "http://ecm.example.org"]) == 2
    assert "https" in capsys.readouterr().err


@pytest.mark.requirement("cds-hooks_2.0@13", "cds-hooks_2.0@14", "cds-hooks_2.0@76")
def test_success_is_200_and_every_other_status_an_error_told(service: Service):
    """Discovery 200; what cannot be answered 4xx, with the reason."""
    assert service.get("/cds-services").status == 200
    refused = service.call({}, service="ecm-nothing")
    assert refused.status == 404
    assert refused.json["resourceType"] == "OperationOutcome"


@pytest.mark.requirement("cds-hooks_2.0@27")
def test_an_answer_takes_well_under_half_a_second(
    service: Service, today: date, template: dict[str, str]
):
    """The median of eleven calls with a whole prefetch; benchmarks measure more."""
    call = a_call(IDS[0], today, template)
    took = []
    for _ in range(11):
        started = time.perf_counter()
        assert service.call(call).status == 200
        took.append(time.perf_counter() - started)
    assert statistics.median(took) < 0.5


@pytest.mark.requirement("cds-hooks_2.0@28")
def test_prefetched_data_is_all_an_answer_needs(answers: dict[str, Any]):
    """Samples get their cards without a FHIR server."""
    assert _cards(answers)


@pytest.mark.requirement("cds-hooks_2.0@75", "cds-hooks_2.0@3")
def test_nothing_is_done_without_the_user(answers: dict[str, Any]):
    """An answer holds cards alone; no system action is ever sent, not even an empty list."""
    assert {key for answer in answers.values() for key in answer} == {"cards"}


@pytest.mark.requirement(
    "cds-hooks_2.0@94",
    "cds-hooks_2.0@106",
    "cds-hooks_2.0@108",
    "cds-hooks_2.0@113",
    "cds-hooks_2.0@123",
)
def test_what_a_card_does_not_have_is_left_out(answers: dict[str, Any]):
    """No suggestion where there is nothing to do, no icon at all, and no empty element."""
    cards = _cards(answers)
    assert any("suggestions" not in card for card in cards)
    assert all(card["source"].keys() <= {"label", "url", "topic"} for card in cards)
    for element in _elements(answers):
        assert element not in (None, "", {})


def _elements(value: Any) -> Any:
    """Every value within, lists and objects included."""
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _elements(one)


@pytest.mark.requirement("cds-hooks_2.0@109", "cds-hooks_2.0@110", "cds-hooks_2.0@140")
def test_only_links_depend_on_the_case(answers: dict[str, Any]):
    """The source's address is the same for every patient; open questions are asked by a link."""
    cards = _cards(answers)
    by_label: dict[str, set[str]] = {}
    for card in cards:
        by_label.setdefault(card["source"]["label"], set()).add(card["source"].get("url", ""))
    assert all(len(urls) == 1 for urls in by_label.values())
    links = [link["url"] for card in cards for link in card.get("links", ())]
    assert any("/screening?ask=" in url for url in links)


@pytest.mark.requirement(
    "cds-hooks_2.0@118", "cds-hooks_2.0@120", "cds-hooks_2.0@127", "cds-hooks_2.0@131"
)
def test_a_suggestion_only_ever_creates(answers: dict[str, Any]):
    """One suggestion with a uuid; its actions create drafts, and none updates or deletes."""
    suggestions = [one for card in _cards(answers) for one in card.get("suggestions", ())]
    assert suggestions
    for one in suggestions:
        assert re.fullmatch(r"[0-9a-f-]{36}", one["uuid"])
        assert one.get("isRecommended") in (True, None)
        for action in one["actions"]:
            assert action.keys() == {"type", "description", "resource"}
            assert action["type"] == "create"
            assert action["resource"]["status"] == "draft"


@pytest.mark.requirement("cds-hooks_2.0@122")
def test_at_most_one_suggestion_is_made(answers: dict[str, Any]):
    """So no two can be recommended, whatever the client's selection behavior."""
    assert all(len(card.get("suggestions", ())) <= 1 for card in _cards(answers))
    assert {one.selection_behavior for one in PROFILES.values()} == {"any", "at-most-one"}


@pytest.mark.requirement("cds-hooks_2.0@148", "cds-hooks_2.0@81", "cds-hooks_2.0@82")
def test_every_card_can_be_answered_by_feedback(service: Service, answers: dict[str, Any]):
    """Each has a uuid, and the service's feedback endpoint takes it."""
    cards = _cards(answers)
    uuids = {card["uuid"] for card in cards}
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in uuids)
    item = {
        "card": cards[0]["uuid"],
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-20T10:00:00Z",
    }
    sent = service.call({"feedback": [item]}, service="ecm-patient-view/feedback")
    assert sent.status == 200
