"""Fetching from a stub server as a call does, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from adapter.fhir_client.fetching import FhirClient
from cds_hooks.host import Fetch, Fetched, FhirAccess
from tests.fhir_stub import FhirStub

#: An access token that must be seen nowhere else.
CANARY = "canary-token-7f3a"


def fetch(
    client: FhirClient,
    stub: FhirStub,
    wanted: Sequence[Fetch] | Fetch,
    *,
    seconds: float = 2.0,
    token: str = CANARY,
    scope: str = "",
    server: str | None = None,
) -> tuple[Fetched, ...]:
    """What comes of `wanted` from the stub's server."""
    access = FhirAccess(server=stub.base if server is None else server, token=token, scope=scope)
    fetcher = client.fetcher(access, servers=[stub.base], seconds=seconds, allow_private=True)
    return fetcher.fetch([wanted] if isinstance(wanted, Fetch) else wanted)


def want(query: str, resource_type: str = "Observation", key: str = "k") -> Fetch:
    return Fetch(key=key, resource_type=resource_type, query=query)


def ids(fetched: Fetched) -> list[str]:
    """Ids of what came, through Bundles."""
    found: list[str] = []
    for document in fetched.documents:
        resource = json.loads(document)
        entries = resource.get("entry", []) if resource["resourceType"] == "Bundle" else None
        found += [resource["id"]] if entries is None else [e["resource"]["id"] for e in entries]
    return found


OBSERVATIONS = want("Observation?patient=p1")
