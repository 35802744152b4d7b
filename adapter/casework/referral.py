"""One referral as a visitor sees it: its Tasks, the order in words, the member, what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import msgspec
from msgspec import Struct

from adapter.casework.access import Access
from adapter.casework.board import Board
from adapter.casework.evidence import Entry, told
from adapter.casework.history import Happening, Histories
from adapter.casework.member import Contact, age, born, contacts, languages, name_of, words
from adapter.casework.populations import populations_asked
from adapter.casework.progress import Side, Step, progress
from adapter.casework.rows import Row, reference
from adapter.casework.standing import who
from adapter.casework.thread import thread
from adapter.clock import MEMBER_ZONE
from adapter.dates import in_words
from adapter.fhir_client.partner_answers import Resource, objects

#: Elements of an order that refer to what shows why, and what goes along.
_SHOWS = ("reasonReference", "supportingInfo", "insurance")


class Member(Struct, frozen=True, kw_only=True):
    """Whom a referral is about, as far as the visitor sees it."""

    #: Empty: not seen, or nobody says.
    name: str
    born: date | None
    #: In years, or months of a child under two; empty: not known.
    age: str
    contacts: tuple[Contact, ...]
    languages: tuple[str, ...]
    gender: str


class Order(Struct, frozen=True, kw_only=True):
    """What was asked for, in words."""

    populations: tuple[str, ...]
    #: Conditions, observations, forms, coverage: what shows it, as far as the visitor sees it.
    evidence: tuple[Entry, ...]
    #: How much of it the visitor does not see.
    unseen: int
    #: Consents that go along, in words.
    consents: tuple[str, ...]
    #: The provider the member prefers; empty: none is named.
    preferred: str
    notes: tuple[str, ...]
    #: Security labels in words: who may see it is restricted by them.
    labels: tuple[str, ...]
    replaces: str


class Referral(Struct, frozen=True, kw_only=True):
    """Everything the page of one referral shows."""

    task: Resource
    #: The Tasks of its thread, the first one asked first.
    rows: tuple[Row, ...]
    row: Row
    #: The one that says what is next: who it was handed on to has to act, where somebody is at it.
    next: Row
    member: Member
    #: None: the visitor does not see the order.
    order: Order | None
    #: What was done, of a referral that has ended.
    outcomes: tuple[Entry, ...]
    steps: tuple[Step, ...]
    happenings: tuple[Happening, ...]
    #: FHIR JSON of each resource, by `Type/id`.
    resources: Mapping[str, str]


def read_referral(
    access: Access, board: Board, task: Resource, side: Side, now: datetime
) -> Referral:
    """Read it as the visitor.

    Args:
        access: of this process, as the visitor.
        board: the visitor's.
        task: that was asked for, as the visitor reads it.
        side: what the visitor is towards it.
        now: the instant.

    Raises:
        PartnerFault: the visitor may not search for Tasks.
    """
    tasks = thread(access, task)
    found = board.read(_named(tasks))
    order = found.get(reference(task, "focus"))
    found |= board.read(_shown(order or {}))
    names = board.names(found)
    histories = Histories(access, names, board.parties)
    happenings = histories.of(tasks)
    base = access.canonical
    outputs = [
        reference(one, "valueReference") for each in tasks for one in objects(each.get("output"))
    ]
    rows = tuple(map(board.row_of, tasks))
    by_id = {one.id: one for one in rows}
    shown = {f"Task/{one['id']}": one for one in tasks} | {
        place: one for place, one in found.items() if not place.startswith("Organization/")
    }
    return Referral(
        task=task,
        rows=rows,
        row=by_id[str(task["id"])],
        next=_acting(task, tasks, by_id),
        member=_member(found.get(reference(task, "for"), {}), now),
        order=_order(order, found, names, base) if order else None,
        outcomes=tuple(told(one, found[one]) for one in dict.fromkeys(outputs) if one in found),
        steps=progress(task, _of_tasks(histories, tasks), side, base),
        happenings=tuple(happenings),
        resources={place: _json(one) for place, one in shown.items()},
    )


def _acting(task: Resource, tasks: Iterable[Resource], rows: Mapping[str, Row]) -> Row:
    below = f"Task/{task['id']}"
    parts = [
        rows[str(one["id"])]
        for one in tasks
        if any(above.get("reference") == below for above in objects(one.get("partOf")))
    ]
    return next((one for one in parts if one.due), rows[str(task["id"])])


def _of_tasks(histories: Histories, tasks: Iterable[Resource]) -> list[list[Resource]]:
    return [histories.versions.get(f"Task/{one['id']}", []) for one in tasks]


def _named(tasks: Iterable[Resource]) -> set[tuple[str, str]]:
    """What Tasks refer to, but for Tasks."""
    places: set[tuple[str, str]] = set()
    for task in tasks:
        outputs = [reference(one, "valueReference") for one in objects(task.get("output"))]
        ends = (reference(task, one) for one in ("for", "focus", "requester", "owner"))
        places.update(filter(None, map(_place, (*ends, *outputs))))
    return {one for one in places if one[0] != "Task"}


def _shown(order: Resource) -> set[tuple[str, str]]:
    references = [one for name in _SHOWS for one in objects(order.get(name))]
    references += objects(order.get("performer"))
    return set(filter(None, (_place(str(one.get("reference", ""))) for one in references)))


def _member(patient: Resource, now: datetime) -> Member:
    birth = born(patient)
    return Member(
        name=name_of(patient),
        born=birth,
        age=age(birth, now.astimezone(MEMBER_ZONE).date()) if birth else "",
        contacts=contacts(patient),
        languages=languages(patient),
        gender=str(patient.get("gender", "")),
    )


def _order(
    order: Resource, found: Mapping[str, Resource], names: Mapping[str, str], base: str
) -> Order:
    named = [str(one.get("reference", "")) for name in _SHOWS for one in objects(order.get(name))]
    named = list(dict.fromkeys(named))
    seen = [one for one in named if one in found]
    labels = objects((order.get("meta") or {}).get("security"))
    replaces = objects(order.get("replaces"))
    preferred = [who(one, names) for one in objects(order.get("performer"))]
    return Order(
        populations=populations_asked(order, base),
        evidence=tuple(told(one, found[one]) for one in seen if not one.startswith("Consent/")),
        unseen=len(named) - len(seen),
        consents=tuple(_consent(found[one]) for one in seen if one.startswith("Consent/")),
        preferred=", ".join(filter(None, preferred)),
        notes=tuple(str(one["text"]) for one in objects(order.get("note")) if one.get("text")),
        labels=tuple(str(one.get("display") or one.get("code", "")) for one in labels),
        replaces=str(replaces[0].get("reference", "")) if replaces else "",
    )


def _consent(consent: Resource) -> str:
    """A Consent on a line."""
    provision = consent.get("provision") or {}
    period = provision.get("period") or {}
    parts = [
        words(consent.get("scope")) or "Consent",
        str(consent.get("status", "")),
        "denies" if provision.get("type") == "deny" else "",
        f"from {in_words(str(period['start']))}" if period.get("start") else "",
        f"until {in_words(str(period['end']))}" if period.get("end") else "",
    ]
    return ", ".join(one for one in parts if one)


def _place(reference: str) -> tuple[str, str] | None:
    type, _, id = reference.partition("/")
    return (type, id) if type.isalpha() and id and "/" not in id else None


def _json(resource: Resource) -> str:
    return msgspec.json.format(msgspec.json.encode(resource), indent=2).decode()
