"""GET /cds-services, from a running service."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cds_hooks.catalogue import HOOKS, Hook
from cds_hooks.queries import lint
from tests.contract.conftest import Service


def listed(service: Service, hook: Hook) -> dict[str, Any]:
    """What discovery says of the service of one hook."""
    services = service.get("/cds-services").json["services"]
    (found,) = [one for one in services if one["hook"] == hook.name]
    return dict(found)


@pytest.mark.requirement("cds-hooks_2.0@4", "cds-hooks_2.0@5", "cds-hooks_2.0@6")
def test_discovery_lists_the_services(service: Service):
    """200, JSON, an object with an array of services."""
    answer = service.get("/cds-services")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert {one["id"]: one["hook"] for one in answer.json["services"]} == {
        f"ecm-{hook}": hook for hook in HOOKS
    }


@pytest.mark.requirement(
    "cds-hooks_2.0@7",
    "cds-hooks_2.0@8",
    "cds-hooks_2.0@9",
    "cds-hooks_2.0@10",
    "cds-hooks_2.0@11",
    "cds-hooks_2.0@12",
)
@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_a_service_says_what_it_is(service: Service, hook: Hook):
    """Hook, title, description, id, what it needs, and no empty element."""
    found = listed(service, hook)
    assert found.keys() == {
        "hook",
        "hookVersion",
        "title",
        "description",
        "id",
        "prefetch",
        "usageRequirements",
        "version",
    }
    assert all(found.values())
    assert found["hookVersion"] == hook.version
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?(-\w+)?", found["version"])


@pytest.mark.requirement("cds-hooks_2.0@16", "cds-hooks_2.0@10")
def test_each_service_is_called_at_its_id_and_no_id_is_shared(service: Service):
    """Two services of one id would take each other's cards away."""
    services = service.get("/cds-services").json["services"]
    assert len({one["id"] for one in services}) == len(services)
    for one in services:
        answer = service.call({}, service=one["id"])
        assert answer.status == 400, "known, but there is nothing in the call"


@pytest.mark.requirement(
    "cds-hooks_2.0@29",
    "cds-hooks_2.0@35",
    "cds-hooks_2.0@36",
    "cds-hooks_2.0@55",
    "cds-hooks_2.0@56",
    "cds-hooks_2.0@57",
    "cds-hooks_2.0@58",
    "cds-hooks_2.0@59",
)
@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_the_prefetch_template_stays_in_the_restricted_subset(service: Service, hook: Hook):
    """Instance reads, and searches by token equality, dates, `_count`, `_sort`; one token only."""
    prefetch = listed(service, hook)["prefetch"]
    read = re.compile(r"[A-Z][A-Za-z]+/\{\{context\.patientId\}\}")
    parameter = (
        r"(patient|subject)=(Patient/)?\{\{context\.patientId\}\}"
        r"|[a-z][a-z-]*(:in)?=[^&={}?]+"
        r"|_(count|sort)=[\w,-]+"
    )
    search = re.compile(rf"[A-Z][A-Za-z]+\?({parameter})(&({parameter}))*")
    assert prefetch["patient"] == "Patient/{{context.patientId}}"
    for key, query in prefetch.items():
        assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9]*", key)
        assert read.fullmatch(query) or search.fullmatch(query), query
        assert set(re.findall(r"\{\{(.*?)\}\}", query)) == {"context.patientId"}
        assert not re.search(r"_(include|revinclude|has|filter)|[a-z]:(?!in)[a-z]+=", query)
    assert lint(prefetch, hook.tokens) == ()


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
