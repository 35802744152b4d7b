"""A chart from a file, and the answers an EHR's FHIR server would give from it to prefetch queries.

Understood is the subset CDS Hooks recommends for prefetch (cds-hooks_2.0@58): instance reads, and
searches of one type by the patient, by references and by codes. A page size does not cut: a client
that pages has to follow the pages. What a query says beyond that selects nothing, and is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from adapter.errors import UnusableInput

Resource = dict[str, Any]

#: Parameters that order, page or shape an answer, and select nothing.
_SHAPING = {"_count", "_sort", "_maxresults", "_summary", "_elements", "_total", "_format"}

#: The elements by which a resource says whom it is about.
_MEMBER = ("patient", "subject", "beneficiary", "individual", "for")
_MEMBER_PARAMETERS = {"patient", "subject", "beneficiary", "individual"}

#: Searches by code that select nothing where no resource has the element.
_CODED = {"category", "class", "clinical-status", "code", "identifier", "intent", "status", "type"}


class Answered(Struct, frozen=True, kw_only=True):
    """What a FHIR server with this chart would answer to one query."""

    #: A resource, a searchset, or None: there is no such resource.
    value: Resource | None
    #: Parts of the query that were not evaluated.
    ignored: tuple[str, ...] = ()


class Chart(Struct, frozen=True, kw_only=True):
    """The resources of one patient's file."""

    #: fullUrl (empty: none given) and resource, in the order of the file.
    entries: tuple[tuple[str, Resource], ...]
    patient: Resource

    @property
    def patient_id(self) -> str:
        """The Patient's id."""
        return str(self.patient["id"])

    def of_type(self, resource_type: str) -> list[Resource]:
        """All resources of one type."""
        return [one for _, one in self.entries if one.get("resourceType") == resource_type]

    def answer(self, query: str) -> Answered:
        """The answer to a read (`Patient/p1`) or a search (`Condition?patient=p1`)."""
        path, question, parameters = query.partition("?")
        resource_type, slash, resource_id = unquote(path).partition("/")
        if slash and not question:
            found = (r for r in self.of_type(resource_type) if r.get("id") == resource_id)
            return Answered(value=next(found, None))
        wanted = [
            (unquote(name), unquote(value))
            for name, _, value in (each.partition("=") for each in parameters.split("&") if each)
            if unquote(name) not in _SHAPING
        ]
        candidates = [e for e in self.entries if e[1].get("resourceType") == resource_type]
        ignored = []
        for name, value in wanted:
            if not _is_understood(name, candidates):
                ignored.append(name)
                continue
            candidates = [e for e in candidates if self._matches(e[1], name, value)]
        return Answered(value=_searchset(candidates), ignored=tuple(ignored))

    def _matches(self, resource: Resource, name: str, value: str) -> bool:
        choices = value.split(",")
        if name == "_id":
            return resource.get("id") in choices
        if name in _MEMBER_PARAMETERS:
            members = {one.removeprefix("Patient/") for one in choices}
            return self.patient_id in members and self._is_about_the_member(resource)
        values = list(_flat(resource.get(_element(name))))
        return any(_is(one, choice) for one in values for choice in choices)

    def _is_about_the_member(self, resource: Resource) -> bool:
        own = {url for url, one in self.entries if one is self.patient and url}
        for element in _MEMBER:
            for value in _flat(resource.get(element)):
                reference = value.get("reference") if isinstance(value, dict) else None
                if isinstance(reference, str) and (
                    reference in own
                    or re.search(rf"(^|/)Patient/{re.escape(self.patient_id)}$", reference)
                ):
                    return True
        return False


def read_chart(data: bytes | Iterable[bytes], *, patient: str | None, name: str) -> Chart:
    """Read a chart.

    Args:
        data: a Bundle or a single resource, or the lines of NDJSON.
        patient: `Patient/ID`, where it holds several; None: it holds one.
        name: of the file, for messages.

    Raises:
        UnusableInput: it is no FHIR JSON, or whose chart it is cannot be told.
    """
    try:
        lines = [data] if isinstance(data, bytes) else [line for line in data if line.strip()]
        entries = tuple(entry for line in lines for entry in _entries(msgspec.json.decode(line)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnusableInput(
            f"{name} is not JSON; give a FHIR Bundle or NDJSON of FHIR resources"
        ) from None
    patients = [r for _, r in entries if r["resourceType"] == "Patient" and r.get("id")]
    if patient is not None:
        patients = [r for r in patients if f"Patient/{r['id']}" == patient]
    if len(patients) != 1:
        found = "no such Patient" if patient else f"{len(patients)} Patients with an id"
        raise UnusableInput(
            f"{name} holds {found}, and a hook is about one; "
            "give a file with that patient, or choose with --patient Patient/ID"
        )
    return Chart(entries=entries, patient=patients[0])


def _entries(document: Any) -> Iterator[tuple[str, Resource]]:
    if not isinstance(document, dict):
        return
    if document.get("resourceType") != "Bundle":
        if isinstance(document.get("resourceType"), str):
            yield "", document
        return
    for entry in document.get("entry") or ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
            url = entry.get("fullUrl")
            yield url if isinstance(url, str) else "", resource


def _searchset(entries: Sequence[tuple[str, Resource]]) -> Resource:
    written = [
        ({"fullUrl": url} if url else {}) | {"resource": one, "search": {"mode": "match"}}
        for url, one in entries
    ]
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(written)}
    return bundle | ({"entry": written} if written else {})


def _is_understood(name: str, candidates: Sequence[tuple[str, Resource]]) -> bool:
    """By the patient, by id, or by an element of that name that holds codes or references."""
    if name in _MEMBER_PARAMETERS | _CODED or name == "_id":
        return True
    return not candidates or any(
        isinstance(value, dict | str)
        for _, one in candidates
        for value in _flat(one.get(_element(name)))
        if not _is_a_time(value)
    )


def _is_a_time(value: Any) -> bool:
    if isinstance(value, dict):
        return "start" in value or "end" in value
    return isinstance(value, str) and re.match(r"\d{4}(-\d{2}|$)", value) is not None


def _element(parameter: str) -> str:
    """`clinical-status` searches `clinicalStatus`."""
    return re.sub("-([a-z])", lambda letter: letter[1].upper(), parameter)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _flat(one)
    elif value is not None:
        yield value


def _is(value: Any, wanted: str) -> bool:
    """Whether a code, Coding, CodeableConcept, Identifier or Reference is the one searched for."""
    system, bar, code = wanted.rpartition("|")
    if isinstance(value, str):
        return value == code
    if not isinstance(value, dict):
        return False
    if isinstance(reference := value.get("reference"), str):
        return reference == wanted or reference.endswith(f"/{wanted}")
    return any(
        one.get("code", one.get("value")) == code and (not bar or one.get("system", "") == system)
        for one in _flat(value.get("coding", value))
        if isinstance(one, dict)
    )
