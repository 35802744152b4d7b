"""RelatedPerson → a child of the member's who lives at the member's address.

It suggests the family door to homelessness; whether the child depends on the member, a person says.
"""

from __future__ import annotations

from msgspec.json import Decoder

from eligibility.facts import Sign
from mappings.inbound.codings import concepts_in_all
from mappings.inbound.elements import Address, AnyResource, CodeableConcept, Period, Reference
from mappings.inbound.patient import Person, current_addresses
from mappings.inbound.reading import Reading
from mappings.inbound.requirement import DataRequirement

CHILD_IN_HOME = "child-in-home"

REQUIREMENTS = (
    DataRequirement(
        key="relatedPersons",
        resource_type="RelatedPerson",
        elements=("active", "patient", "relationship", "address", "birthDate", "period"),
        value_sets=(CHILD_IN_HOME,),
        search="RelatedPerson?patient={{context.patientId}}&_count=50",
    ),
)


class RelatedPerson(AnyResource):
    """`RelatedPerson`, as far as it is read."""

    active: bool | None = None
    patient: Reference | None = None
    relationship: list[CodeableConcept] | None = None
    address: list[Address] | None = None
    birth_date: str | None = None
    period: Period | None = None


_RELATED_PERSON = Decoder(RelatedPerson)

Place = tuple[str, str]


def read_related_persons(reading: Reading, member: Person) -> None:
    """Adds a sign for each child in the home, dated by the child's birth."""
    homes = {_place(address) for address in member.homes} - {None}
    read = reading.decode("RelatedPerson", _RELATED_PERSON)
    for resource, person in reading.of_member(read, "patient"):
        if person.active is False or CHILD_IN_HOME not in concepts_in_all(person.relationship):
            continue
        if homes.isdisjoint(_place(address) for address in current_addresses(person.address)):
            continue
        name = resource.called(person.id)
        ended = person.period.end if person.period is not None else None
        reading.add_sign(
            Sign(
                concept=CHILD_IN_HOME,
                kind="relation",
                on=reading.days(person.birth_date, name, "RelatedPerson.birthDate"),
                ended=reading.days(ended, name, "RelatedPerson.period.end"),
                ref=name,
            )
        )


def _place(address: Address) -> Place | None:
    """Street and postal code, or city, as far as two spellings of one address agree."""
    street = _plain(" ".join(line for line in address.line or () if line))
    area = (address.postal_code or "").strip()[:5] or _plain(address.city or "")
    return (street, area) if street and area else None


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace(".", " ").replace(",", " ").split())
