"""What a referral takes along from a chart: the entries its order refers to, and nothing more.

A chart's entries are not ours. Each goes as an entry of a transaction, created only where its
identifier is not known yet; what it refers to beyond the member and what goes along is left out,
and so is its narrative, which may tell what is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import Struct

from adapter.casework.member import words
from adapter.fhir_client.partner_answers import Resource, identifier_query, objects
from adapter.partners.identifying import telling, without_address
from adapter.partners.references import Resolve, with_references
from mappings.inbound.resources import Resources
from mappings.outbound.elements import without_empty
from profiles.canonicals import DEFAULT_BASE, canonicals
from profiles.codes import attestations

_NOT_SENT = frozenset({"id", "meta", "text"})
#: Elements that say whose an entry is. A chart is read as one member's, however its entries refer
#: to them: by id, by fullUrl, by a search.
_WHOSE = ("subject", "patient", "beneficiary")
#: Types whose `identifier` is a single one.
_ONE_IDENTIFIER = frozenset({"QuestionnaireResponse"})

_TITLES = {
    "Condition": "Diagnosis or need",
    "Coverage": "Coverage",
    "Encounter": "Visit",
    "EpisodeOfCare": "Program",
    "Flag": "Flag",
    "Observation": "Observation",
    "Procedure": "Procedure",
    "QuestionnaireResponse": "Form that was filled in",
    "RelatedPerson": "Related person",
}
_DAYS = (
    *("effectiveDateTime", "onsetDateTime", "performedDateTime", "authored", "recordedDate"),
    *("authoredOn", "issued"),
)


class Entry(Struct, frozen=True, kw_only=True):
    """Something that goes along, as people are told."""

    #: As the determination names it: `Encounter/e1`.
    name: str
    title: str
    #: What it says; empty: nothing short.
    says: str
    #: The day it is of, `YYYY-MM-DD`; empty: not told.
    on: str


def found(resources: Resources, names: Iterable[str]) -> dict[str, Resource]:
    """The resources of a chart by how a determination names them; what is not there is left out.

    References to a fullUrl of the chart say the name instead.
    """
    wanted = dict.fromkeys(names)
    held: dict[str, Resource] = {}
    for type in dict.fromkeys(name.partition("/")[0] for name in wanted):
        for one in resources.of(type):
            content: Resource = msgspec.json.decode(one.raw)
            name = one.called(content.get("id"))
            if name in wanted:
                held.setdefault(name, content)
    names_of = _by_address(resources) if held else {}
    return {
        name: with_references(held[name], lambda one: _named(one, names_of))
        for name in wanted
        if name in held
    }


def _by_address(resources: Resources) -> dict[str, str]:
    """By fullUrl, what each resource of a chart is called."""
    return {
        one.full_url: one.called(msgspec.json.decode(one.raw, type=_Id).id)
        for listed in resources.by_type.values()
        for one in listed
        if one.full_url
    }


class _Id(Struct):
    id: str | None = None


def _named(reference: Resource, names: Mapping[str, str]) -> Resource:
    name = names.get(str(reference["reference"]))
    return {**reference, "reference": name} if name else reference


def told(name: str, resource: Resource) -> Entry:
    """An entry of a chart in a few words."""
    type = str(resource.get("resourceType"))
    kind = resource.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    answer = _answer(resource)
    said = [_payor(resource), answer, words(resource.get("code"))]
    said += [*map(words, kinds), str((resource.get("class") or {}).get("display", ""))]
    period = resource.get("period") or resource.get("performedPeriod") or {}
    days = [resource.get(one) for one in _DAYS] + [period.get("start")]
    return Entry(
        name=name,
        title="Answer" if answer else _TITLES.get(type, type),
        says=next(filter(None, said), ""),
        on=next((str(one)[:10] for one in days if one), ""),
    )


def _answer(resource: Resource) -> str:
    """An answer to an attestation; empty: it is none."""
    codes = [str(one.get("code")) for one in objects((resource.get("code") or {}).get("coding"))]
    known = next((attestations()[code] for code in codes if code in attestations()), None)
    if known is None:
        return ""
    value = resource.get("valueBoolean")
    said = {True: "yes", False: "no", None: words(resource.get("valueCodeableConcept"))}[value]
    return f"{known.display}: {said}" if said else known.display


def _payor(resource: Resource) -> str:
    """Who pays a Coverage, by name; empty: it is none, or does not say."""
    held = {f"#{one.get('id')}": one.get("name") for one in objects(resource.get("contained"))}
    payors = objects(resource.get("payor"))
    named = [one.get("display") or held.get(str(one.get("reference"))) for one in payors]
    return ", ".join(str(one) for one in named if one)


def entries(
    evidence: Mapping[str, Resource],
    patient: str,
    member: str,
    *,
    whose: str,
    base: str = DEFAULT_BASE,
) -> list[Resource]:
    """Entries of a transaction that take resources of a chart along.

    Args:
        evidence: by name (`found`).
        patient: what to refer to the member by: a urn of the transaction, or `Patient/12`.
        member: the member as the chart names them, `Patient/p1`.
        whose: names the member, so that two members' entries that say the same stay two.
        base: our canonical base.
    """

    def resolve(reference: Resource) -> Resource | None:
        text = str(reference["reference"])
        rest = {name: value for name, value in reference.items() if name != "reference"}
        if _ends_with(text, member):
            return {"reference": patient, **rest}
        place = next((name for name in evidence if _ends_with(text, name)), None)
        if place is not None:
            return {"reference": urn_of(place), **rest}
        return without_address(reference)

    return [_entry(name, one, resolve, patient, whose, base) for name, one in evidence.items()]


def urn_of(name: str) -> str:
    """What an entry of a chart is referred to by within the transaction."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, name)}"


def _ends_with(text: str, name: str) -> bool:
    """Whether a reference, relative or absolute, leads to `Type/id` or a fullUrl."""
    return text == name or text.endswith(f"/{name}")


def _entry(
    name: str, resource: Resource, resolve: Resolve, patient: str, whose: str, base: str
) -> Resource:
    type = str(resource["resourceType"])
    kept = {one: value for one, value in resource.items() if one not in _NOT_SENT}
    sent = with_references(kept, resolve)
    sent |= {one: {"reference": patient} for one in _WHOSE if one in kept}
    labels = (resource.get("meta") or {}).get("security")
    identifier = telling(type, sent.get("identifier"))
    if identifier is None:
        # The same entry of the same member is the same, however often it is sent.
        content = whose + msgspec.json.encode(resource, order="deterministic").decode()
        identifier = {
            "system": canonicals(base).identifier_system("chart-entry"),
            "value": str(uuid5(NAMESPACE_URL, content)),
        }
        known = sent.get("identifier")
        sent["identifier"] = (
            identifier if type in _ONE_IDENTIFIER else [*objects(known), identifier]
        )
    return {
        "fullUrl": urn_of(name),
        "resource": without_empty({**sent, "meta": {"security": labels} if labels else None}),
        "request": {
            "method": "POST",
            "url": type,
            "ifNoneExist": identifier_query(identifier["system"], identifier["value"]),
        },
    }
