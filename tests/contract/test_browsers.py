"""Browser clients: preflight and headers of CORS on discovery, calls and feedback."""

from __future__ import annotations

import json

import pytest

from tests.contract.conftest import Service
from tests.contract.test_errors import assert_told, call

LOCAL = "http://localhost:3000"
PATHS = ("/cds-services", "/cds-services/ecm-patient-view", "/cds-services/ecm-order-sign/feedback")


def preflight(service: Service, path: str, origin: str, **more: str):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return service.request("OPTIONS", path, headers=headers | more)


@pytest.mark.requirement("cds-hooks_2.0@208")
@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_this_machine_may_call_in_development(service: Service, path: str):
    """204 naming the origin itself, the methods, and the headers a signed call needs."""
    answer = preflight(service, path, LOCAL)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == LOCAL
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]


@pytest.mark.requirement("cds-hooks_2.0@208")
@pytest.mark.parametrize(
    "origin",
    (
        "https://evil.example",
        "http://localhost.evil.example",
        "https://127.0.0.1.evil.example",
        "null",
        "http://localhost:3000@evil.example",
        "",
    ),
)
@pytest.mark.parametrize("path", PATHS)
def test_another_page_is_told_what_to_change_and_may_not_read(
    service: Service, path: str, origin: str
):
    """403 with an OperationOutcome; no header lets the page read an answer."""
    answer = preflight(service, path, origin)
    issue = assert_told(answer, 403, "forbidden")
    assert "origins" in issue["diagnostics"]
    assert not any(name.startswith("access-control") for name in answer.headers)
    read = service.request("GET", "/cds-services", headers={"Origin": origin})
    assert "access-control-allow-origin" not in read.headers
    assert "Origin" in read.headers["vary"]


@pytest.mark.requirement("cds-hooks_2.0@208")
def test_answers_and_errors_can_be_read_by_the_page(service: Service):
    """A page that cannot read an error cannot tell its user what to mend."""
    headers = {"Origin": LOCAL, "Content-Type": "application/json"}
    for path, body, status in (
        (PATHS[1], b"{", 400),
        (PATHS[1], json.dumps(call()).encode(), 200),
        (PATHS[2], b"{}", 400),
        ("/cds-services/nothing-here", b"{}", 404),
    ):
        answer = service.request("POST", path, body, headers)
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == LOCAL
    discovery = service.request("GET", PATHS[0], headers={"Origin": LOCAL})
    assert discovery.headers["access-control-allow-origin"] == LOCAL
    assert "ETag" in discovery.headers["access-control-expose-headers"]


def test_a_page_on_the_internet_reaching_into_this_network_is_let_in_only_if_allowed(
    service: Service,
):
    """Private network access: browsers ask for it beside CORS."""
    asked = {"Access-Control-Request-Private-Network": "true"}
    answer = preflight(service, PATHS[1], LOCAL, **asked)
    assert answer.headers["access-control-allow-private-network"] == "true"
    refused = preflight(service, PATHS[1], "https://evil.example", **asked)
    assert "access-control-allow-private-network" not in refused.headers


def test_a_name_of_elsewhere_that_leads_here_is_not_believed(service: Service):
    """Another site's page could give its own name this address (DNS rebinding): 401."""
    for host in ("evil.example", f"evil.example:{service.port}", "localhost.evil.example"):
        answer = service.request(
            "POST",
            PATHS[1],
            json.dumps(call()).encode(),
            {"Content-Type": "application/json", "Host": host},
        )
        assert_told(answer, 401, "login")
        assert answer.headers["www-authenticate"] == "Bearer"
