"""Patient → who the member is: birth, death, county, race, and the time zone of the home.

Input contract, section 2 (Patient) and 3 (the member's local calendar); US Core race.
"""

from __future__ import annotations

from msgspec import Raw, Struct
from msgspec.json import Decoder

from eligibility.dates import Days
from mappings.inbound.elements import ABSENT, Address, AnyResource, Coding, Element, present
from mappings.inbound.reading import Reading
from mappings.inbound.requirement import DataRequirement
from mappings.inbound.resources import Resource
from mappings.time_zones import zone_of_state
from profiles.canonicals import RACE_AND_ETHNICITY, US_CORE_RACE, standard_system

REQUIREMENTS = (
    DataRequirement(
        key="patient",
        resource_type="Patient",
        elements=("identifier", "birthDate", "deceased", "address", "extension"),
        search="Patient/{{context.patientId}}",
    ),
)

#: Answers that are none: asked but unknown, unknown.
_NO_RACE = frozenset({"ASKU", "UNK"})


class _Extension(Element):
    url: str | None = None
    value_coding: Raw = ABSENT
    extension: Raw = ABSENT


class Patient(AnyResource):
    """`Patient`, as far as it is read."""

    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None
    address: list[Address] | None = None
    extension: list[_Extension] | None = None


PATIENT = Decoder(Patient)
_EXTENSIONS = Decoder(list[_Extension])
_CODING = Decoder(Coding)


class Person(Struct, frozen=True, kw_only=True):
    """What the Patient resource says of the member."""

    born: Days | None = None
    deceased: bool = False
    died: Days | None = None
    county: str | None = None
    races: tuple[str, ...] = ()
    #: Where the member lives now, best first.
    homes: tuple[Address, ...] = ()


def read_patient(resource: Resource, patient: Patient, reading: Reading) -> Person:
    """Reads who the member is, and sets the reading's time zone by the member's home."""
    name = resource.called(patient.id)
    homes = current_addresses(patient.address)
    state = next((home.state for home in homes if home.state and home.state.strip()), None)
    reading.zone = zone_of_state(state)
    return Person(
        born=reading.days(patient.birth_date, name, "Patient.birthDate"),
        deceased=patient.deceased_boolean is True or bool(patient.deceased_date_time),
        died=reading.days(patient.deceased_date_time, name, "Patient.deceased"),
        county=next(filter(None, (_county(home.district) for home in homes)), None),
        races=_races(resource, patient, reading),
        homes=homes,
    )


def current_addresses(addresses: list[Address] | None) -> tuple[Address, ...]:
    """Addresses that are not old, the home first; one that has ended only where no other is."""
    usable = [address for address in addresses or () if address.use != "old"]
    lasting = [address for address in usable if address.period is None or not address.period.end]
    return tuple(sorted(lasting or usable, key=lambda address: address.use != "home"))


def _county(district: str | None) -> str | None:
    if district is None:
        return None
    words = district.split()
    if len(words) > 1 and words[-1].casefold() == "county":
        words.pop()
    return " ".join(words) or None


def _races(resource: Resource, patient: Patient, reading: Reading) -> tuple[str, ...]:
    """OMB category codes as the member reported them, sorted; detailed races alone say none."""
    found = set()
    for extension in patient.extension or ():
        if extension.url != US_CORE_RACE or not present(extension.extension):
            continue
        parts = reading.part(extension.extension, _EXTENSIONS, resource, "extension.extension")
        for part in parts or ():
            if part.url == "ombCategory":
                coding = reading.part(part.value_coding, _CODING, resource, "extension.extension")
                if coding is not None and coding.code and _is_race(coding):
                    found.add(coding.code)
    return tuple(sorted(found))


def _is_race(coding: Coding) -> bool:
    known = coding.system is None or standard_system(coding.system) == RACE_AND_ETHNICITY
    return known and coding.code not in _NO_RACE
