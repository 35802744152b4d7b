"""The pages people open: what they show, and that they can do nothing."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from cds_hooks.hooks.every import SERVICES
from profiles.validate import validate
from tests.contract.calls import IDS
from tests.contract.conftest import Answer, Service


@pytest.mark.parametrize("name", IDS)
def test_the_page_of_a_sample_shows_its_card(service: Service, name: str):
    """The playground with the call made; nothing inline, nothing from elsewhere."""
    link = service.get(f"/samples/{name}/card")
    assert link.status == 302
    assert link.headers["location"] == f"/workbench/hooks/?sample={name}"
    page = service.get(link.headers["location"])
    assert page.status == 200
    assert_harmless(page, f"http://127.0.0.1:{service.port}/")
    assert 'data-says="Answered 200 in' in page.body.decode()
    assert service.get(f"/samples/{name}").headers["content-type"] == "application/fhir+json"


def test_the_first_page_lists_services_and_samples(service: Service):
    """What `make run` asks people to open.

    One link further each service stands with its use.
    """
    page = service.get("/")
    assert_harmless(page, f"http://127.0.0.1:{service.port}/")
    text = page.body.decode()
    assert 'href="/cds-services"' in text
    for name in IDS:
        assert f"sample={name}" in text
    assert 'href="/workbench/hooks/"' in text
    services = service.get("/workbench/hooks/service")
    assert_harmless(services, f"http://127.0.0.1:{service.port}/")
    for one in SERVICES:
        assert one.id in services.body.decode()
    for style in set(re.findall(r'rel="stylesheet" href="(/static/[^"]+)"', text)):
        assert service.get(style).headers["content-type"].startswith("text/css")


FORM = "/screening?ask=in-shelter,ace-score,housing-loss-date"


def test_the_link_of_a_card_leads_to_its_questions(service: Service):
    """The one question that would decide is on the page, with who can answer it."""
    page = service.get("/workbench/hooks/?sample=one-question-left").body.decode()
    (path,) = set(re.findall(rf'href="http://127.0.0.1:{service.port}(/screening[^"]*)"', page))
    form = service.get(path)
    assert form.status == 200
    text = form.body.decode()
    assert "Would coordinated care likely improve" in text
    assert "Can be answered by a clinician" in text
    policy = form.headers["content-security-policy"]
    assert "form-action 'self'" in policy
    assert "script-src" not in policy
    assert "sample-one" not in text, "the link names nobody"


def test_answers_become_a_response_to_file(service: Service):
    """A QuestionnaireResponse of what was answered; the rest is left out, and nobody is named."""
    answer = post(service, FORM, {"in-shelter": "yes", "ace-score": "5", "housing-loss-date": ""})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json
    assert made["resourceType"] == "QuestionnaireResponse"
    assert "/Questionnaire/ecm-referral" in made["questionnaire"]
    answered = {one["linkId"] for group in made["item"] for one in group["item"]}
    assert answered == {"in-shelter", "ace-score"}
    assert "subject" not in made


def test_an_app_gets_the_questions_as_a_questionnaire(service: Service):
    """The same link, asked for FHIR: those questions; without any in it, every one."""
    asked = service.get(FORM, Accept="application/fhir+json")
    assert asked.headers["content-type"] == "application/fhir+json"
    assert validate(asked.json) == ()
    codes = re.findall(r'"linkId": "([a-z-]+)"', asked.body.decode())
    assert {"in-shelter", "ace-score", "housing-loss-date"} <= set(codes)
    every = service.get("/screening", Accept="application/fhir+json")
    assert validate(every.json) == ()
    assert len(re.findall('"linkId"', every.body.decode())) > 40


@pytest.mark.parametrize(
    ("fields", "said"),
    (
        ({"ace-score": "many"}, "Write a whole number"),
        ({"housing-loss-date": "soon"}, "year-month-day"),
        ({"in-shelter": "<script>alert(1)</script>"}, "Choose one of the answers"),
        ({}, "no question was answered"),
    ),
)
def test_an_answer_that_cannot_be_used_is_asked_again(
    service: Service, fields: dict[str, str], said: str
):
    """400 with the form, what is wrong beside the question, and nothing lost."""
    answer = post(service, FORM, fields)
    assert answer.status == 400
    text = answer.body.decode()
    assert said in text
    assert "<script" not in text


@pytest.mark.parametrize(
    "query", ("", "?ask=", "?ask=nothing-like-it", "?ask=" + "in-shelter," * 5 + "x")
)
def test_a_link_that_asks_nothing_is_explained(service: Service, query: str):
    """400 saying what a link needs."""
    answer = service.get(f"/screening{query}")
    assert answer.status == 400
    assert "attestation" in answer.body.decode()


def post(service: Service, path: str, fields: dict[str, str]) -> Answer:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return service.request("POST", path, urlencode(fields).encode(), headers)


class _Page(HTMLParser):
    """Collects what a page would load or run that it may not, and where it leads."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes inline scripts, frames, handlers, styles and addresses elsewhere."""
        if tag in ("iframe", "object", "embed", "img", "style", "base"):
            self.found.append(tag)
        if tag == "script" and not (dict(attrs).get("src") or "").startswith("/static/"):
            self.found.append("script inline")
        for name, value in attrs:
            elsewhere = name in ("href", "src", "action") and not (value or "").startswith(
                ("/", "#", "data:,", self.base)
            )
            if name.startswith("on") or name == "style" or elsewhere:
                self.found.append(f"{tag} {name}={value}")


def assert_harmless(page: Answer, base: str) -> None:
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    parser = _Page(base)
    parser.feed(page.body.decode())
    assert parser.found == []


def test_a_browser_asks_for_a_script_or_a_style_once(service: Service):
    """Their address says what they are, so they are kept for ever, and what they import too."""
    text = service.get("/").body.decode()
    named = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', text))
    assert len(named) >= 3
    for address in named:
        kept = service.get(address)
        assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
        packed = service.request("GET", address, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(packed.body) == kept.body
        assert packed.headers["vary"] == "Accept-Encoding"
        assert packed.headers["etag"] != kept.headers["etag"]
        for imported in re.findall(rb'from "\./([^"]+)"', kept.body):
            beside = address.rpartition("/")[0] + "/" + imported.decode()
            assert service.get(beside).headers["cache-control"] == kept.headers["cache-control"]
        # By the address of another version, or of none, it is asked for again and again.
        name = address.rpartition("/")[2]
        for other in (f"/static/{name}", f"/static/0123456789ab/{name}"):
            again = service.get(other)
            assert again.body == kept.body
            assert again.headers["cache-control"] == "no-cache"
            tag = {"If-None-Match": again.headers["etag"]}
            assert service.request("GET", other, headers=tag).status == 304
    for wrong in ("/static/", "/static/0123456789ab/nothing.js", "/static/0123456789ab/../app.py"):
        assert service.get(wrong).status == 404


def test_parts_of_pages_are_sent_packed_and_pages_are_not(service: Service):
    """A page holds the session's token, whose letters its packed length would tell."""
    asked = {"Accept-Encoding": "gzip"}
    page = service.request("GET", "/workbench/referrals/", headers=asked)
    assert "content-encoding" not in page.headers
    part = service.request("POST", "/workbench/referrals/rows", b"", asked | {"X-Fragment": "1"})
    assert part.headers["content-encoding"] == "gzip"
    assert part.headers["vary"] == "Accept-Encoding"
    assert b'<nav class="queues"' in gzip.decompress(part.body)
