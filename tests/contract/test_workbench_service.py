"""The playground's pages of a service and of tokens, as HTTP says them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote, urlencode

import pytest

from adapter.cds_client.vendor_sheets import vendor_sheet
from adapter.workbench.hooks.service.vendor_sheets import TITLES
from tests.contract.conftest import Answer, Service
from tests.unit.adapter.cds_client.stub import SERVICE, Stub, running_stub

PAGE = "/workbench/hooks/service"
TOKENS = "/workbench/hooks/tokens"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def stub() -> Iterator[Stub]:
    with running_stub() as running:
        yield running


def send(service: Service, path: str, script: bool = False, /, **fields: str) -> Answer:
    """A form, as a browser sends it, or a script."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if script:
        headers["X-Fragment"] = "1"
    return service.request("POST", path, urlencode(fields).encode(), headers)


def text(answer: Answer) -> str:
    """The words of a page."""
    return unescape(re.sub(r"<[^>]+>", " ", answer.body.decode()))


def test_this_service_is_examined_without_being_asked(service: Service):
    """Services, prefetch, no fault, the vendors' sheets."""
    page = service.get(PAGE)
    assert page.status == 200
    for word in ("problem-list-item-create", "no faults", "10 searches and 1 read", "Oracle"):
        assert word in text(page)


def test_another_service_is_examined_with_its_faults(service: Service, stub: Stub):
    """Its own words are words, whatever they look like; sheets are of this service alone."""
    stub.answer(
        "GET",
        "/cds-services",
        200,
        {
            "services": [
                SERVICE
                | {
                    "title": EVIL,
                    "description": EVIL,
                    "id": EVIL,
                    "usageRequirements": EVIL,
                    "prefetch": {EVIL: f"Patient?name={EVIL}"},
                }
            ]
        },
    )
    page = service.get(f"{PAGE}?url={quote(stub.url)}")
    assert page.status == 200
    assert "<script>alert" not in page.body.decode()
    assert "onerror=alert(1)>" not in page.body.decode()
    assert "cds-hooks_2.0@58" in text(page)
    assert "Vendor sheets" not in text(page)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    (
        (200, b"<html>", "no discovery"),
        (401, {}, "asks for a token"),
        (404, b"", "no /cds-services there"),
        (307, b"", "leads elsewhere"),
        (200, [1], "no array of services"),
        (200, {"services": []}, "lists no service"),
    ),
)
def test_a_service_that_is_none_is_told_on_the_page(
    service: Service, stub: Stub, status: int, body: object, words: str
):
    """And the page stays."""
    stub.answer("GET", "/cds-services", status, body)
    page = service.get(f"{PAGE}?url={quote(stub.url)}")
    assert page.status == 200
    assert words in text(page)
    assert 'name="url"' in page.body.decode()
    nowhere = service.get(f"{PAGE}?url={quote('http://127.0.0.1:1')}")
    assert "cannot be reached" in text(nowhere)


def test_a_link_of_another_site_has_nobody_called(service: Service, stub: Stub):
    """The address stands in the form; one press and it is called."""
    path = f"{PAGE}?url={quote(stub.url)}"
    page = service.get(path, **{"Sec-Fetch-Site": "cross-site"})
    assert "comes from another site" in text(page)
    assert stub.requests == []
    service.get(path, **{"Sec-Fetch-Site": "same-origin"})
    assert len(stub.requests) == 1


def test_a_page_of_another_origin_is_tried(service: Service):
    """Allowed on this machine, not elsewhere; with a script only the part of the page."""
    for origin, words in (
        ("http://localhost:3000", "may call it"),
        ("https://ehr.example.org", "may not call it"),
    ):
        part = send(service, PAGE, True, url="", origin=origin)
        assert part.status == 200
        assert words in text(part)
        assert "<html" not in part.body.decode()
        whole = send(service, PAGE, url="", origin=origin)
        assert words in text(whole)
        assert "Vendor sheets" in text(whole)
    assert send(service, PAGE, True, url="", origin="x").status == 422
    assert "none that a browser sends" in text(send(service, PAGE, url="", origin="x"))


def test_sheets_are_those_of_the_command_line(service: Service):
    """Byte for byte, to download."""
    for vendor in TITLES:
        got = service.get(f"{PAGE}/sheets/{vendor}.md")
        assert got.body.decode() == vendor_sheet(vendor, f"http://127.0.0.1:{service.port}")
        assert got.headers["content-disposition"] == f'attachment; filename="ecm-{vendor}.md"'
    assert service.get(f"{PAGE}/sheets/nobody.md").status == 404


def field(page: Answer, name: str) -> str:
    """What stands in a text field."""
    found = re.search(
        rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', page.body.decode(), re.DOTALL
    )
    assert found is not None
    return unescape(found[1])


def test_each_visit_has_a_key_of_its_own_and_none_is_logged(service: Service):
    """A token made with it is explained, without scripts too; no word of either in the log."""
    before = service.log.read_text(encoding="utf-8")
    page = service.get(TOKENS)
    key = field(page, "key")
    assert key != field(service.get(TOKENS), "key")
    aud = f"http://127.0.0.1:{service.port}/cds-services/ecm-patient-view"
    form = {"key": key, "iss": "https://ehr.example.org", "aud": aud, "seconds": "300"}
    made = send(service, f"{TOKENS}/mint", **form)
    assert made.status == 200
    assert field(made, "key") == key
    shown = re.search(r'id="jwt".*?</pre>', made.body.decode(), re.DOTALL)
    assert shown is not None
    token = re.sub(r"<[^>]+>", "", shown[0].partition(">")[2])
    assert token.count(".") == 2
    explained = send(service, f"{TOKENS}/decode", token=token)
    assert "no rule is broken" in text(explained)
    wrong = send(service, f"{TOKENS}/decode", True, token=token, endpoint=f"{aud}/feedback")
    assert "it differs in the path" in text(wrong)
    refused = send(service, f"{TOKENS}/mint", **form | {"seconds": "301"})
    assert refused.status == 422
    assert field(refused, "key") == key
    assert service.log.read_text(encoding="utf-8") == before, "nothing of it is logged at all"


def test_what_is_pasted_is_shown_as_words(service: Service):
    """Whatever is pasted, in a token, as keys, as an endpoint."""
    for script in (True, False):
        answer = send(service, f"{TOKENS}/decode", script, token=EVIL, endpoint=EVIL, keys="")
        assert answer.status == 200
        assert "<script>alert" not in answer.body.decode()
        keys = send(service, f"{TOKENS}/decode", script, token="a.b.c", keys=EVIL)
        assert keys.status == 422
        assert "<script>alert" not in keys.body.decode()
    assert send(service, f"{TOKENS}/key", True, algorithm="HS256").status == 422
    assert "RS384" in text(send(service, f"{TOKENS}/key", True, algorithm="RS384"))
