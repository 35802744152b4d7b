"""The search parameters there are: those of FHIR R4, US Core 7 and SDOHCC 3.0.0 for our types.

`parameters.json` has one row for each: kind, where the element is, and a third column.

- Where: JSON names joined by dots; `telecom[system=phone]` takes the members of a list that say so;
  several places are parted by a blank. `=subject` means the rows of the parameter `subject`, as far
  as they lead to the types of the third column.
- Third column: of a reference the types it may lead to, none for any; of a code the system that its
  required binding implies.

Left out, and so unknown to a search: composite parameters, `near`, `phonetic`, `_text`, `_content`,
`_list`, `_query` and `_filter`. Sources: https://hl7.org/fhir/R4/searchparameter-registry.html,
https://hl7.org/fhir/us/core/STU7/search-parameters-and-operations.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from adapter.search.query import Kind, Parameter


class _Row(Struct, array_like=True, frozen=True):
    kind: Kind
    where: str
    third: str = ""


_ROWS = msgspec.json.decode(
    Path(__file__).with_name("parameters.json").read_bytes(), type=dict[str, dict[str, _Row]]
)

#: Parameters of every type and where they look; the first two are no elements of their own.
_COMMON = {
    "_id": _Row("token", ""),
    "_lastUpdated": _Row("date", ""),
    "_profile": _Row("uri", "meta.profile"),
    "_security": _Row("token", "meta.security"),
    "_source": _Row("uri", "meta.source"),
    "_tag": _Row("token", "meta.tag"),
}

#: Kept in the resource's own row, not in an index.
OF_THE_ROW = frozenset({"_id", "_lastUpdated"})

#: Telephone numbers and mail addresses, compared without regard to how they are written.
CONTACTS = frozenset({"telecom", "phone", "email", "contact"})

#: Types that can be searched.
TYPES = frozenset(_ROWS)


_PARAMETERS: dict[str, dict[str, Parameter]] = {
    type: {
        name: Parameter(
            type,
            name,
            row.kind,
            tuple(row.third.split()) if row.kind == "reference" else (),
            row.where.removeprefix("=") if row.where.startswith("=") else "",
        )
        for name, row in sorted((_COMMON | rows).items())
    }
    for type, rows in _ROWS.items()
}


def parameters(type: str) -> Mapping[str, Parameter]:
    """All parameters of a type by name; none for a type that cannot be searched."""
    return _PARAMETERS.get(type, {})


def parameter(type: str, name: str) -> Parameter | None:
    """One parameter; None: there is none of that name."""
    return _PARAMETERS.get(type, {}).get(name)


def places(of: Parameter) -> tuple[str, ...]:
    """Where its element is, one path for each place; none for what looks in another's rows."""
    where = (_COMMON | _ROWS[of.type])[of.name].where
    return () if where.startswith("=") else tuple(where.split())


def implied_system(of: Parameter) -> str:
    """The system of a code by its required binding; empty: the data says it."""
    row = _ROWS[of.type].get(of.name)
    return row.third if row is not None and of.kind == "token" else ""


#: Parameters that put a resource into the compartment of a Patient
#: (https://hl7.org/fhir/R4/compartmentdefinition-patient.html), of our types.
PATIENT_COMPARTMENT: dict[str, tuple[str, ...]] = {
    "AllergyIntolerance": ("patient", "recorder", "asserter"),
    "AuditEvent": ("patient",),
    "Basic": ("patient", "author"),
    "CarePlan": ("patient", "performer"),
    "CareTeam": ("patient", "participant"),
    "Communication": ("subject", "sender", "recipient"),
    "Condition": ("patient", "asserter"),
    "Consent": ("patient",),
    "Coverage": ("policy-holder", "subscriber", "beneficiary", "payor"),
    "DiagnosticReport": ("subject",),
    "DocumentReference": ("subject", "author"),
    "Encounter": ("patient",),
    "EpisodeOfCare": ("patient",),
    "FamilyMemberHistory": ("patient",),
    "Goal": ("patient",),
    "Group": ("member",),
    "ImagingStudy": ("patient",),
    "Immunization": ("patient",),
    "MedicationAdministration": ("patient", "performer", "subject"),
    "MedicationDispense": ("subject", "patient", "receiver"),
    "MedicationRequest": ("subject",),
    "Observation": ("subject", "performer"),
    "Patient": ("link",),
    "Procedure": ("patient", "performer"),
    "Provenance": ("patient",),
    "QuestionnaireResponse": ("subject", "author"),
    "RelatedPerson": ("patient",),
    "ServiceRequest": ("subject", "performer"),
    "Specimen": ("subject",),
    "Task": ("patient", "focus"),
}
