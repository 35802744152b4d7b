"""Requests by which somebody could try to see what is another's: every route, every parameter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from adapter.search.parameters import PATIENT_COMPARTMENT, parameters
from adapter.search.query import Parameter
from tests.contract.fhir.victims import MARK, TYPES, id_of, shadow

_JSON = "application/fhir+json"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_KNOWN = f"urn:known|{MARK}-value"

#: Names by which services are told a tenant that ought to know better.
_TENANT_HEADERS = (
    *("X-Tenant-Id", "X-Tenant", "X-Request-Tenant-Id", "X-Partition-Name", "X-Organization"),
    *("X-Forwarded-User", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override"),
)


class Probe(Struct, frozen=True, kw_only=True):
    """One request; `NOWHERE` in place of `MARK` makes the same about what is not there."""

    method: str
    path: str
    body: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def _get(path: str, **headers: str) -> Probe:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Probe(method="GET", path=path, headers=named)


def _search(type: str, *pairs: tuple[str, str]) -> Probe:
    return _get(f"/{type}?{urlencode(pairs)}" if type else f"/?{urlencode(pairs)}")


def reads() -> Iterator[Probe]:
    """Of one resource, whatever its form and version."""
    for type in (*TYPES, "AuditEvent", "Provenance", "Subscription"):
        here = f"/{type}/{id_of(type)}"
        yield _get(here)
        yield Probe(method="HEAD", path=here)
        yield Probe(method="OPTIONS", path=here)
        for more in (
            "_format=xml",
            "_summary=true",
            "_elements=id",
            "_summary=text",
            "tenant=alpha",
        ):
            yield _get(f"{here}?{more}")
        yield _get(here, If_None_Match='W/"1"')
        yield _get(here, If_Modified_Since="Tue, 01 Jan 2030 00:00:00 GMT")
        yield _get(here, Accept="application/fhir+xml")
        for version in ("1", "2", "0", "999"):
            yield _get(f"{here}/_history/{version}")
        yield _get(f"{here}/_history")
        yield _get(f"{here}/_history?_count=1&_since=2020-01-01T00:00:00Z")
        yield _get(f"{here}/../{id_of(type)}")
        yield _get(f"{here}?access_token=x")
        for name in ("$status", "$events", "$validate", "$everything", "$meta", "$diff"):
            yield _get(f"{here}/{name}")


def tenants_named() -> Iterator[Probe]:
    """The other tenant named where a tenant could be read from."""
    for type in ("Task", "Patient", "ServiceRequest", "Organization"):
        here = f"/{type}/{id_of(type)}"
        for name in _TENANT_HEADERS:
            for value in ("alpha", "plan", here):
                yield _get(here, **{name.replace("-", "_"): value})
        for path in (f"/alpha{here}", f"/tenant/alpha{here}", f"/../alpha/fhir{here}"):
            yield _get(path)
        for name in ("tenant", "_tenant", "partition", "_partition", "organization"):
            yield _get(f"{here}?{name}=alpha")
            yield _search(type, ("_id", id_of(type)), (name, "alpha"))


def searches() -> Iterator[Probe]:
    """By every parameter of every type, with what the victim holds there."""
    for type in (*TYPES, "Provenance", "Basic", "Subscription"):
        for known in parameters(type).values():
            for modifier, value in _values(known):
                yield _search(type, (f"{known.name}{modifier}", value))
        yield _search(type, ("_id", id_of(type)), ("_total", "accurate"))
        yield _search(type, ("_id", id_of(type)), ("_summary", "count"))
        yield _search(type, ("_id", f"{id_of(type)},nobody"), ("_elements", "id"))
        yield _search("", ("_type", type), ("_id", id_of(type)))
        yield Probe(
            method="POST",
            path=f"/{type}/_search",
            body=urlencode({"_id": id_of(type)}),
            headers=tuple(_FORM.items()),
        )


def _values(known: Parameter) -> Iterator[tuple[str, str]]:
    """Modifiers and values by which the victim is found."""
    if known.kind == "reference":
        for target in known.targets or ("Patient", "Task"):
            if target in TYPES:
                yield "", f"{target}/{id_of(target)}"
                yield f":{target}", id_of(target)
        yield ":identifier", _KNOWN
        yield "", f"http://127.0.0.1/fhir/Patient/{id_of('Patient')}"
    elif known.kind == "token":
        yield "", _KNOWN if known.name == "identifier" else f"{MARK}-value"
        if known.name == "identifier":
            yield "", f"{MARK}-value"
            yield ":not", _KNOWN
    elif known.kind == "string":
        yield "", "Zvzname"
        yield ":exact", "Zvzname"
        yield ":contains", "zvzna"
    elif known.kind == "uri":
        yield "", f"urn:{MARK}"
        yield ":below", f"http://{MARK}"
    elif known.kind == "date" and known.name == "birthdate":
        yield "", "1980-02-03"


def chains() -> Iterator[Probe]:
    """What a search may ask about what is referred to, and about what refers here."""
    for type in (*TYPES, "Provenance"):
        for known in parameters(type).values():
            if known.kind != "reference":
                continue
            for target in known.targets or ("Patient",):
                if target not in TYPES:
                    continue
                yield _search(type, (f"{known.name}:{target}._id", id_of(target)))
                if "identifier" in parameters(target):
                    yield _search(type, (f"{known.name}:{target}.identifier", _KNOWN))
                yield _search(target, (f"_has:{type}:{known.name}:_id", id_of(type)))
                if "identifier" in parameters(type):
                    yield _search(target, (f"_has:{type}:{known.name}:identifier", _KNOWN))
                yield _search(
                    type, ("_id", id_of(type)), ("_include", f"{type}:{known.name}:{target}")
                )
                yield _search(
                    target, ("_id", id_of(target)), ("_revinclude", f"{type}:{known.name}")
                )


def compartments() -> Iterator[Probe]:
    """All that is about the victim."""
    here = f"/Patient/{id_of('Patient')}"
    for type in PATIENT_COMPARTMENT:
        yield _get(f"{here}/{type}")
        yield _get(f"{here}/{type}?_lastUpdated=gt2020")
        yield _get(f"{here}/{type}?_total=accurate&_summary=count")
    yield _get(f"{here}/*")
    yield _get(f"{here}/_history")


def bundles() -> Iterator[Probe]:
    """The same as entries of a Bundle."""
    for type in TYPES:
        here = f"{type}/{id_of(type)}"
        by_identifier = f"{type}?identifier={quote(_KNOWN)}"
        for kind in ("batch", "transaction"):
            for url in (here, f"{here}/_history/1", f"{type}?_id={id_of(type)}", by_identifier):
                yield _bundle(kind, {"request": {"method": "GET", "url": url}})
    everything = [{"request": {"method": "GET", "url": f"{t}/{id_of(t)}"}} for t in TYPES]
    yield _bundle("batch", *everything)


def _bundle(kind: str, *entries: dict[str, Any]) -> Probe:
    body = {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
    return Probe(method="POST", path="/", body=json.dumps(body))


def writes() -> Iterator[Probe]:
    """Changes of the victim, or of what is found by what is known of it."""
    for type in TYPES:
        here, resource = f"/{type}/{id_of(type)}", shadow(type)
        patch = json.dumps([{"op": "add", "path": "/language", "value": "en"}])
        headers = (("Content-Type", "application/json-patch+json"),)
        yield Probe(method="PATCH", path=here, body=patch, headers=headers)
        yield Probe(
            method="PATCH",
            path=here,
            body='{"language": "en"}',
            headers=(("Content-Type", "application/merge-patch+json"),),
        )
        for tag in ('W/"1"', "*", 'W/"2"'):
            matching = (*headers, ("If-Match", tag))
            yield Probe(method="PATCH", path=here, body=patch, headers=matching)
            yield Probe(method="DELETE", path=here, headers=(("If-Match", tag),))
        condition = f"/{type}?_id={id_of(type)}"
        yield Probe(method="DELETE", path=condition)
        yield Probe(method="PATCH", path=condition, body=patch, headers=headers)
        yield Probe(method="DELETE", path=here)
        yield _bundle("transaction", {"request": {"method": "DELETE", "url": here[1:]}})
        yield _bundle(
            "transaction",
            {
                "resource": resource,
                "request": {"method": "PUT", "url": here[1:], "ifMatch": 'W/"1"'},
            },
        )


def taking_over() -> Iterator[Probe]:
    """Resources of the victim's id, identifier and references, with the other tenant named."""
    tag = {"system": "urn:tenant", "code": "alpha"}
    for type in TYPES:
        here, resource = f"/{type}/{id_of(type)}", shadow(type)
        yield Probe(method="POST", path=f"/{type}", body=json.dumps(resource))
        found = (("If-None-Exist", f"identifier={quote(_KNOWN)}"),)
        yield Probe(method="POST", path=f"/{type}", body=json.dumps(resource), headers=found)
        named = resource | {
            "meta": {"tag": [tag], "source": f"urn:alpha/{MARK}"},
            "extension": [{"url": "urn:tenant", "valueString": "alpha"}],
        }
        yield Probe(method="PUT", path=here, body=json.dumps(named))
