"""A small world to search: resources of two tenants that differ in whatever a search can ask."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, TypeVar

from msgspec import Struct

from adapter.search.indexing import index
from adapter.search.matching import Entry
from adapter.store.records import EVERYBODY, Draft, Permit, Version, Viewer
from adapter.store.resources import ResourceStore

T = TypeVar("T")

TENANTS = ("valley", "coast")
PARTIES = ("npi|1", "npi|2", "npi|3")
LABELS = ("eth", "psy")
DIRECTORY = frozenset({"Organization", "Practitioner"})
PATIENTS = tuple(f"p{number}" for number in range(6))


class Dice:
    """Choices that look random and are the same every time."""

    def __init__(self, seed: str) -> None:
        self._seed, self._thrown = seed, 0

    def below(self, end: int) -> int:
        """A number from 0 on."""
        self._thrown += 1
        digest = blake2b(f"{self._seed} {self._thrown}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % end

    def of(self, among: Sequence[T]) -> T:
        """One of them."""
        return among[self.below(len(among))]

    def some(self, among: Sequence[T], most: int = 2) -> list[T]:
        """None, one or several, each once."""
        left = list(among)
        return [
            left.pop(self.below(len(left))) for _ in range(min(self.below(most + 1), len(left)))
        ]

    def often(self, percent: int = 50) -> bool:
        """Whether something happens."""
        return self.below(100) < percent


class Record(Struct, frozen=True, kw_only=True):
    """A resource of the world, and who was given sight of it."""

    tenant: str
    key: int
    type: str
    resource: dict[str, Any]
    author: str
    patient: str | None
    labels: frozenset[str]
    grants: frozenset[str]
    is_deleted: bool
    entry: Entry


class World(Struct, frozen=True):
    """All there is."""

    records: list[Record]
    permits: list[Permit]


NAMES = ("Ana", "Ánna", "ann-e", "O'Brien", "obrien", "%_ann", "李", "Zoë Ann", "  ann  e ")
SYSTEMS = ("urn:a", "urn:b", "")
CODES = ("x", "y", "X", "x|y", "x,y", "%", "")
DAYS = (
    "2024", "2024-02", "2024-02-29", "2024-02-29T23:30:00-08:00", "2024-03-01T07:30:00Z", "0001",
    "9999-12-31T23:59:59.999-12:00", "2023-12-31T23:59:60Z", "2024-02-29T10:00:00.1234567Z",
    "nonsense", "2024-13",
)  # fmt: skip
UNITS = ("mg", "kg", "{score}")
NUMBERS = (0, 5, 5.4, 5.44, -3, 100, 99.5, 1e308, 10**400, 1e-300)


def _coding(dice: Dice) -> dict[str, Any]:
    made = {"system": dice.of(SYSTEMS), "code": dice.of(CODES), "display": dice.of(NAMES)}
    return {name: value for name, value in made.items() if value and dice.often(80)}


def _concept(dice: Dice) -> dict[str, Any]:
    made: dict[str, Any] = {"coding": [_coding(dice) for _ in range(dice.below(3))]}
    if dice.often(40):
        made["text"] = dice.of(NAMES)
    if not made["coding"]:
        del made["coding"]
    return made


def _identifiers(dice: Dice) -> list[dict[str, Any]]:
    return [
        {"system": dice.of(SYSTEMS[:2]), "value": dice.of(CODES[:5]), "type": _concept(dice)}
        for _ in range(dice.below(3))
    ]


def _reference(dice: Dice, *types: str) -> dict[str, Any]:
    type = dice.of(types)
    id = f"{type[0].lower()}{dice.below(8)}"
    made: dict[str, Any] = {
        "reference": dice.of(
            (f"{type}/{id}",) * 6
            + (f"{type}/{id}/_history/3", f"http://elsewhere/{type}/{id}", f"urn:uuid:{id}", "#c")
        )
    }
    if dice.often(20):
        made["identifier"] = {"system": dice.of(SYSTEMS[:2]), "value": dice.of(CODES[:5])}
        if dice.often():
            del made["reference"]
    return made


def _period(dice: Dice) -> dict[str, Any]:
    return {name: dice.of(DAYS) for name in ("start", "end") if dice.often(70)}


def _made(dice: Dice, type: str) -> dict[str, Any]:
    """A resource of a type; any element may be missing."""
    elements: dict[str, Any]
    match type:
        case "Patient":
            elements = {
                "name": [{"family": dice.of(NAMES), "given": [dice.of(NAMES)]}],
                "birthDate": dice.of(DAYS),
                "active": dice.often(),
                "identifier": _identifiers(dice),
                "telecom": [{"system": "phone", "value": dice.of(("(555) 123", "555123", "1"))}],
                "managingOrganization": _reference(dice, "Organization"),
            }
        case "Organization" | "Practitioner":
            name: Any = dice.of(NAMES)
            elements = {
                "name": name if type == "Organization" else [{"text": name}],
                "identifier": _identifiers(dice),
            }
        case "Task":
            elements = {
                "status": dice.of(("requested", "accepted", "draft")),
                "code": _concept(dice),
                "businessStatus": _concept(dice),
                "for": _reference(dice, "Patient", "Patient", "Group"),
                "owner": _reference(dice, "Organization", "Practitioner"),
                "focus": _reference(dice, "ServiceRequest"),
                "partOf": [_reference(dice, "Task")],
                "authoredOn": dice.of(DAYS),
                "executionPeriod": _period(dice),
                "identifier": _identifiers(dice),
                "output": [{"valueReference": _reference(dice, "Observation")}],
            }
        case "ServiceRequest":
            elements = {
                "status": dice.of(("active", "revoked")),
                "subject": _reference(dice, "Patient"),
                "requester": _reference(dice, "Organization", "Practitioner", "Patient"),
                "basedOn": [_reference(dice, "ServiceRequest")],
                "occurrencePeriod": _period(dice),
                "code": _concept(dice),
            }
        case "Observation":
            elements = {
                "subject": _reference(dice, "Patient"),
                "code": _concept(dice),
                "valueQuantity": {
                    "value": dice.of(NUMBERS),
                    "unit": dice.of(UNITS),
                    "system": dice.of(SYSTEMS),
                    "code": dice.of(UNITS),
                    **({"comparator": dice.of(("<", ">="))} if dice.often(20) else {}),
                },
                "effectiveDateTime": dice.of(DAYS),
            }
        case "QuestionnaireResponse":
            elements = {
                "subject": _reference(dice, "Patient"),
                "questionnaire": dice.of(("http://q/0|1", "http://q/1", "http://q/2")),
            }
        case _:
            elements = {"url": f"http://q/{dice.below(3)}", "title": dice.of(NAMES)}
    return {name: value for name, value in elements.items() if dice.often(80)}


TYPES = ("Patient", "Organization", "Practitioner", "Task", "ServiceRequest", "Observation",
         "QuestionnaireResponse", "Questionnaire")  # fmt: skip
START = 1_700_000_000_000


def write_world(store: ResourceStore) -> World:
    """Make the world and store it."""
    dice = Dice("world")
    records: list[Record] = []
    permits: list[Permit] = []
    with store.unit() as unit:
        for tenant in TENANTS:
            for type in TYPES:
                most = 40 if type == "Task" else 8
                for number in range(most):
                    id = f"{type[0].lower()}{number}"
                    records.append(_record(dice, tenant, type, id, number))
                    version = unit.put(_draft(records[-1]))
                    if records[-1].is_deleted:
                        unit.put(_deletion(records[-1]))
                    records[-1] = _stored(records[-1], version)
                    unit.grant(
                        (type, id), tenant, {(type, id, party) for party in records[-1].grants}
                    )
            found = _permits(dice)
            unit.permit(tenant, ("Questionnaire", "q0"), found)
            permits += found
        unit.permit(TENANTS[0], ("Questionnaire", "q0"), permits)
        unit.permit(TENANTS[1], ("Questionnaire", "q0"), permits)
    return World(records, permits)


def _record(dice: Dice, tenant: str, type: str, id: str, number: int) -> Record:
    resource = {"resourceType": type, "id": id, **_made(dice, type)}
    if dice.often(30):
        resource["meta"] = {"tag": [_coding(dice)], "profile": ["http://p/a|2"]}
    directory = type in DIRECTORY
    return Record(
        tenant=tenant,
        key=0,
        type=type,
        resource=resource,
        author=dice.of(PARTIES),
        patient=None if directory else dice.of((*PATIENTS[:3], None)),
        labels=frozenset()
        if directory
        else frozenset(dice.some(LABELS))
        if dice.often(40)
        else frozenset(),
        grants=frozenset({EVERYBODY} if directory else dice.some(PARTIES)),
        is_deleted=dice.often(5),
        # Several have the same instant, as in a transaction.
        entry=Entry(id=id, updated_at=START + number // 3 * 1000, rows=index(type, resource)),
    )


def _draft(record: Record) -> Draft:
    return Draft(
        tenant=record.tenant,
        type=record.type,
        id=record.entry.id,
        method="create",
        version=1,
        updated_at=record.entry.updated_at,
        body=b'{"id": "%s"}' % record.entry.id.encode(),
        author=record.author,
        patient=record.patient,
        labels=record.labels,
        index=record.entry.rows,
    )


def _deletion(record: Record) -> Draft:
    return Draft(
        tenant=record.tenant,
        type=record.type,
        id=record.entry.id,
        method="delete",
        version=2,
        updated_at=record.entry.updated_at + 1,
        body=b"",
        author=record.author,
    )


def _stored(record: Record, version: Version) -> Record:
    from msgspec.structs import replace

    return replace(record, key=version.key, grants=record.grants | {record.author})


def _permits(dice: Dice) -> list[Permit]:
    return [
        Permit(
            patient=dice.of(PATIENTS[:3]),
            party=dice.of(PARTIES),
            label=dice.of((*LABELS, "*")),
            start=0,
            end=2**50 if dice.often(70) else 1,
        )
        for _ in range(4)
    ]


def viewers() -> list[Viewer]:
    """An operator, partners with and without clearance, one that is no covered entity."""
    common: dict[str, Any] = {"client": "c"}
    everything = frozenset({"*"})
    return [
        Viewer(tenant="valley", party="npi|9", operator=True, clearance=everything, **common),
        Viewer(tenant="coast", party="npi|9", operator=True, clearance=everything, **common),
        Viewer(tenant="valley", party="npi|9", operator=True, **common),
        Viewer(tenant="valley", party="npi|1", **common),
        Viewer(tenant="valley", party="npi|2", clearance=frozenset({"eth"}), **common),
        Viewer(tenant="valley", party="npi|3", covered=False, clearance=everything, **common),
        Viewer(tenant="coast", party="npi|1", covered=False, **common),
        Viewer(tenant="elsewhere", party="npi|1", operator=True, clearance=everything, **common),
    ]
