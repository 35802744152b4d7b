"""The playground without a browser: its links, its form without scripts, and who may use it."""

from __future__ import annotations

import html
import re
from urllib.parse import quote, urlencode

import pytest

from adapter.workbench.hooks.prefetching import MODES
from cds_hooks.hooks.every import SERVICES
from tests.contract.conftest import Answer, Service
from tests.unit.adapter.cds_client.stub import running_stub

PAGE = "/workbench/hooks/"
HOOKS = tuple(one.hook for one in SERVICES)


def post(service: Service, path: str, fields: dict[str, str], **headers: str) -> Answer:
    sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return service.request("POST", path, urlencode(fields).encode(), sent)


def body_of(page: Answer) -> str:
    """The request in the form of a page."""
    match = re.search(r'<textarea id="body"[^>]*>(.*?)</textarea>', page.body.decode(), re.DOTALL)
    assert match is not None
    return html.unescape(match[1])


def status_of(page: Answer) -> str:
    """The status of the answer that a page shows."""
    match = re.search(r'data-says="Answered (\d+) in', page.body.decode())
    return match[1] if match else ""


@pytest.mark.parametrize("hook", HOOKS)
def test_a_link_to_any_hook_runs(service: Service, hook: str):
    """A sample without an encounter too: one is made up, and said to be."""
    for name in ("five-emergency-visits", "one-question-left"):
        page = service.get(f"{PAGE}?sample={name}&hook={hook}")
        assert page.status == 200
        assert status_of(page) == "200"
        assert "cds-card" in page.body.decode()


@pytest.mark.parametrize(
    ("mode", "status"),
    tuple((mode, "412" if mode in ("missing", "null", "error") else "200") for mode in MODES),
)
def test_each_way_of_prefetch_is_answered_as_it_has_to_be(service: Service, mode: str, status: str):
    """Without a Patient there is no answer; everything else is one."""
    page = service.get(f"{PAGE}?sample=five-emergency-visits&mode={mode}")
    assert status_of(page) == status


def test_a_link_says_only_what_harms_nobody(service: Service):
    """A link that names a service, a token or a request is read without them."""
    with running_stub() as stub:
        link = f"{PAGE}?service={quote(stub.url)}&token=canary&body=canary&chartText=canary"
        page = service.get(link)
        assert page.status == 200
        assert stub.requests == []
    assert "canary" not in page.body.decode()
    assert status_of(page) == "200"


def test_what_a_link_names_wrongly_is_told_and_nothing_fails(service: Service):
    """No such sample, hook, way, plan or client."""
    page = service.get(f"{PAGE}?sample=nobody")
    assert page.status == 200
    assert "there is no such sample" in page.body.decode()
    page = service.get(f"{PAGE}?hook=no-hook")
    assert "lists no service for no-hook" in page.body.decode()
    page = service.get(f"{PAGE}?mode=x&profile=%22%3E%3Cscript%3E&plan=x")
    assert status_of(page) == "200"
    assert "<script>" not in page.body.decode().replace('<script type="module"', "")


def test_it_works_without_scripts(service: Service):
    """The same form makes the request, then sends what stands in it."""
    made = post(service, PAGE, {"do": "make", "sample": "one-question-left", "mode": "null"})
    assert status_of(made) == ""
    assert '"patient": null' in body_of(made)
    edited = body_of(made).replace("null", "{}")
    sent = post(service, PAGE, {"do": "call", "sample": "one-question-left", "body": edited})
    assert body_of(sent) == edited
    assert status_of(sent) == "412"
    told = post(service, f"{PAGE}feedback", {"card": "c", "comment": "no"})
    assert told.status == 200
    assert "&#34;overrideReason&#34;" in told.body.decode()


def test_only_our_own_pages_may_have_it_call(service: Service):
    """A form of another site is refused before anything is called."""
    for path in ("", "request", "call", "feedback", "curl"):
        answer = post(service, PAGE + path, {"body": "{}"}, **{"Sec-Fetch-Site": "cross-site"})
        assert answer.status == 403, path


@pytest.mark.parametrize(
    "url", ("file:///etc/passwd", "http://169.254.169.254/", "http://0.0.0.0/", "x", "http://[")
)
def test_an_address_that_may_not_be_called_is_not(service: Service, url: str):
    """Where clouds keep credentials, and what is no address, from the sandbox too."""
    answer = post(service, f"{PAGE}call", {"service": url, "body": "{}", "serviceId": "x"})
    assert answer.status == 200
    assert 'role="alert"' in answer.body.decode()
    assert status_of(answer) == ""


def test_a_token_is_sent_and_never_shown_or_logged(service: Service):
    """In the command for a shell it is a variable, unless one asks for it."""
    fields = {"body": '{"fhirAuthorization": {"access_token": "canary-2"}}', "token": "canary-1"}
    command = post(service, f"{PAGE}curl", fields).body.decode()
    assert "canary" not in command
    assert "$TOKEN" in command
    whole = post(service, f"{PAGE}curl", fields | {"withTokens": "on"}).body.decode()
    assert "canary-1" in whole
    assert "canary-2" in whole
    answer = post(service, f"{PAGE}call", fields | {"serviceId": "ecm-patient-view"})
    assert status_of(answer) == "400"
    assert "canary-1" not in answer.body.decode()
    assert "canary" not in str(service.logged())


def test_a_token_that_was_made_is_taken_along(service: Service):
    """From the page of tokens into the field of the playground, by a form and never a link."""
    page = post(service, PAGE, {"do": "make", "token": "a.b.c"})
    assert ">a.b.c</textarea>" in page.body.decode()
    assert status_of(page) == ""
