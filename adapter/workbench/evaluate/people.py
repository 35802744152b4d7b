"""Whom a file is about, where it holds several: their names, to choose one of them."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from adapter.workbench.evaluate.reasons.described import name_of
from mappings.inbound.clearing import cleared
from mappings.inbound.collect import collect

#: More are no list to choose from.
MOST_PEOPLE = 2000


class Person(Struct, frozen=True, kw_only=True):
    """Somebody a file holds the Patient of."""

    reference: str
    #: The reference, where the Patient has no name.
    name: str
    #: As it is written; empty: it is not.
    born: str


def people_in(chart: bytes, clearance: frozenset[str] | None) -> tuple[Person, ...]:
    """The people of a chart by name, at most `MOST_PEOPLE`; those who cannot be read left out."""
    found: dict[str, Person] = {}
    for resource in collect(cleared(chart, clearance)).of("Patient")[:MOST_PEOPLE]:
        try:
            patient = msgspec.json.decode(resource.raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        id = patient.get("id")
        reference = resource.called(id if isinstance(id, str) else None)
        born = patient.get("birthDate")
        found[reference] = Person(
            reference=reference,
            name=name_of(patient) or reference,
            born=born if isinstance(born, str) else "",
        )
    return tuple(sorted(found.values(), key=lambda one: (one.name.casefold(), one.reference)))
