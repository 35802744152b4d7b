"""What is entered in the screening form stays between its user and the chart."""

from __future__ import annotations

from urllib.parse import urlencode

from profiles.validate import validate
from tests.contract.conftest import Answer, Service


def send(service: Service, path: str, **fields: str) -> Answer:
    """The form as a browser sends it."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return service.request("POST", path, urlencode(fields).encode(), headers)


def test_what_is_entered_is_in_the_response_and_in_no_log(service: Service):
    """Neither an answer nor what could not be read as one; a second user is shown none of it."""
    path = "/screening?ask=ace-score,release-date"
    before = service.log.read_text(encoding="utf-8")
    made = send(service, path, **{"ace-score": "7345", "release-date": "2026-01-31"})
    assert validate(made.json) == ()
    assert '"valueInteger": 7345' in made.body.decode()
    again = send(service, path, **{"ace-score": "7345", "release-date": "canary-5e1"})
    assert "canary-5e1" in again.body.decode()
    assert service.log.read_text(encoding="utf-8") == before, "nothing of it is logged at all"
    assert "7345" not in service.get(path).body.decode()


def test_a_link_that_asks_nothing_shows_no_form_and_does_not_repeat_itself(service: Service):
    page = service.get("/screening?ask=no-such-code").body.decode()
    assert "are no attestations" in page
    assert "<form" not in page
    assert "no-such-code" not in page
