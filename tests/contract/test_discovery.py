"""GET /cds-services, from a running service."""

from __future__ import annotations

import re

import pytest

from tests.contract.conftest import Service


@pytest.mark.requirement("cds-hooks_2.0@4", "cds-hooks_2.0@5", "cds-hooks_2.0@6")
def test_discovery_lists_the_services(service: Service):
    """200, JSON, an object with an array of services."""
    answer = service.get("/cds-services")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert [one["id"] for one in answer.json["services"]] == ["ecm-patient-view"]


@pytest.mark.requirement(
    "cds-hooks_2.0@7",
    "cds-hooks_2.0@8",
    "cds-hooks_2.0@9",
    "cds-hooks_2.0@10",
    "cds-hooks_2.0@11",
    "cds-hooks_2.0@12",
)
def test_a_service_says_what_it_is(service: Service):
    """Hook, title, description, id, what it needs, and no empty element."""
    (found,) = service.get("/cds-services").json["services"]
    assert found["hook"] == "patient-view"
    assert found.keys() == {
        "hook",
        "title",
        "description",
        "id",
        "prefetch",
        "usageRequirements",
        "version",
    }
    assert all(found.values())
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?(-\w+)?", found["version"])


@pytest.mark.requirement(
    "cds-hooks_2.0@29",
    "cds-hooks_2.0@35",
    "cds-hooks_2.0@36",
    "cds-hooks_2.0@56",
    "cds-hooks_2.0@57",
    "cds-hooks_2.0@58",
)
def test_the_prefetch_template_stays_in_the_restricted_subset(service: Service):
    """Instance reads, and searches by token equality, dates, `_count`, `_sort`; one token only."""
    (found,) = service.get("/cds-services").json["services"]
    read = re.compile(r"[A-Z][A-Za-z]+/\{\{context\.patientId\}\}")
    parameter = (
        r"(patient|subject)=(Patient/)?\{\{context\.patientId\}\}"
        r"|[a-z][a-z-]*(:in)?=[^&={}?]+"
        r"|_(count|sort)=[\w,-]+"
    )
    search = re.compile(rf"[A-Z][A-Za-z]+\?({parameter})(&({parameter}))*")
    assert found["prefetch"]["patient"] == "Patient/{{context.patientId}}"
    for key, query in found["prefetch"].items():
        assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9]*", key)
        assert read.fullmatch(query) or search.fullmatch(query), query
        assert set(re.findall(r"\{\{(.*?)\}\}", query)) == {"context.patientId"}
        assert not re.search(r"_(include|revinclude|has|filter)|[a-z]:(?!in)[a-z]+=", query)


def test_a_client_that_has_it_need_not_fetch_it_again(service: Service):
    """The ETag is stable, and 304 answers it."""
    first = service.get("/cds-services")
    again = service.request(
        "GET", "/cds-services", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status, again.body) == (304, b"")
    assert service.get("/cds-services").headers["etag"] == first.headers["etag"]


def test_a_slash_at_the_end_is_tolerated(service: Service):
    """Clients join base and path in both ways."""
    assert service.get("/cds-services/").body == service.get("/cds-services").body


def test_the_service_says_that_it_is_well(service: Service):
    """For whoever supervises it."""
    assert service.get("/healthz").json == {"status": "ok"}
