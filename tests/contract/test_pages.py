"""The pages people open: what they show, and that they can do nothing."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tests.contract.calls import IDS
from tests.contract.conftest import Answer, Service


@pytest.mark.parametrize("name", IDS)
def test_the_page_of_a_sample_shows_its_card(service: Service, name: str):
    """A page without scripts, under a policy that allows none, with nothing from elsewhere."""
    page = service.get(f"/samples/{name}/card")
    assert page.status == 200
    assert_harmless(page)
    assert service.get(f"/samples/{name}").headers["content-type"] == "application/fhir+json"


def test_the_first_page_lists_services_and_samples(service: Service):
    """What `make run` asks people to open."""
    page = service.get("/")
    assert_harmless(page)
    text = page.body.decode()
    assert "/cds-services/ecm-patient-view" in text
    for name in IDS:
        assert f'href="/samples/{name}/card"' in text
        assert f'href="/samples/{name}"' in text
    assert service.get("/static/pages.css").headers["content-type"].startswith("text/css")


class _Page(HTMLParser):
    """Collects what a page would load or run, and the words it shows."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes scripts, frames, handlers, styles and addresses elsewhere."""
        if tag in ("script", "iframe", "object", "embed", "img", "form", "style"):
            self.found.append(tag)
        for name, value in attrs:
            elsewhere = name in ("href", "src") and not (value or "").startswith(
                ("/", "#", "data:,")
            )
            if name.startswith("on") or name == "style" or elsewhere:
                self.found.append(f"{tag} {name}={value}")


def assert_harmless(page: Answer) -> None:
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    parser = _Page()
    parser.feed(page.body.decode())
    assert parser.found == []
