"""Has fhirpy find or make, patch, search and page, in the ways that are its own.

It patches with `application/json` and the fields that change, makes what a search does not find by
POST with the search in the URL, and asks whether something changed with a version without quotes.
Standard input is JSON: `base`, the URL of a FHIR endpoint that needs no token. Standard output is
JSON, what the client saw. Run by tests/contract/fhir/test_peers.py.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from fhirpy import AsyncFHIRClient, SyncFHIRClient  # type: ignore[import-not-found]
from fhirpy.base.exceptions import (  # type: ignore[import-not-found]
    MultipleResourcesFound,
    OperationOutcome,
    ResourceNotFound,
)

SYSTEM = "urn:fhirpy"


def person(client: Any, value: str, family: str) -> Any:
    identifier = [{"system": SYSTEM, "value": value}]
    return client.resource("Patient", identifier=identifier, name=[{"family": family}])


def raised(kind: type[Exception], act: Any) -> Any:
    """The exception of that kind; None: it did not come."""
    try:
        act()
    except kind as fault:
        return fault
    return None


def one_of_a_kind(client: Any) -> dict[str, Any]:
    """Found or made, replaced and patched by a search."""
    who = client.resources("Patient").search(identifier=f"{SYSTEM}|1")
    first, was_made = who.get_or_create(person(client, "1", "First"))
    again, was_made_again = who.get_or_create(person(client, "1", "Another"))
    replaced, was_new = who.update(person(client, "1", "Replaced"))
    patched = who.patch(gender="female")
    ids = {one.id for one in (first, again, replaced, patched)}
    return {
        "made": [was_made, was_made_again, was_new],
        "one id": len(ids) == 1,
        "family": [one.name[0].family for one in (first, again, replaced, patched)],
        "gender": patched.gender,
        "count": who.count(),
    }


def one_field(client: Any) -> dict[str, Any]:
    """Only what changes is sent; what is None goes away; nothing else is touched."""
    patient = person(client, "2", "Fields")
    patient["birthDate"] = "1980-02-29"
    patient.save()
    patient.patch(gender="male")
    with_gender = client.reference("Patient", patient.id).to_resource()
    with_gender["gender"] = None
    with_gender.save(fields=["gender"])
    now = client.get("Patient", patient.id)
    before = now["meta"]["versionId"]
    unchanged = client.resource("Patient", **now).refresh()
    client.patch("Patient", patient.id, active=True)
    changed = client.resource("Patient", **now).refresh()
    return {
        "had": with_gender.get("birthDate"),
        "gender gone": "gender" not in now,
        "kept": now["birthDate"],
        "not modified": unchanged["meta"]["versionId"] == before,
        "modified": changed["active"],
    }


def searches(client: Any) -> dict[str, Any]:
    """Pages, includes, chains, and several where one is wanted."""
    patient = person(client, "3", "Searched")
    patient.save()
    reference = patient.to_reference()
    for n in range(5):
        observed = {"status": "final", "code": {"text": "x"}, "valueString": str(n)}
        client.resource("Observation", subject=reference, **observed).save()
    of = client.resources("Observation").search(patient=patient.id)
    bundle = of.include("Observation", "patient").fetch_raw()
    types = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    several = raised(MultipleResourcesFound, of.get)
    chained = client.resources("Observation").search(subject__Patient__family="Searched")
    return {
        "paged": len(of.limit(2).fetch_all()),
        "count": of.count(),
        "first": of.sort("-_lastUpdated").first()["valueString"],
        "included": types.count("Patient"),
        "several": several is not None,
        "chained": len(chained.fetch()),
    }


def mistakes(client: Any) -> dict[str, Any]:
    """What it raises for what."""
    wrong = client.resource("Task", status="requested", intent="nonsense")
    told = raised(OperationOutcome, wrong.save)
    missing = raised(ResourceNotFound, lambda: client.get("Patient", "never"))
    return {
        "told": told.resource["issue"][0]["expression"],
        "missing": missing is not None,
        "valid": wrong.is_valid(),
    }


async def at_once(base: str) -> dict[str, Any]:
    """Twenty find or make the same at the same time: one is made."""
    client = AsyncFHIRClient(base)
    who = client.resources("Patient").search(identifier=f"{SYSTEM}|4")
    done = await asyncio.gather(
        *(who.get_or_create(person(client, "4", str(n))) for n in range(20))
    )
    return {"made": sum(made for _, made in done), "ids": len({one.id for one, _ in done})}


def main() -> None:
    """Everything in turn."""
    base = json.load(sys.stdin)["base"]
    client = SyncFHIRClient(base)
    seen = {
        "one of a kind": one_of_a_kind(client),
        "one field": one_field(client),
        "searches": searches(client),
        "mistakes": mistakes(client),
        "at once": asyncio.run(at_once(base)),
    }
    json.dump(seen, sys.stdout)


main()
