"""Synthetic patients to try the adapter on, one JSON file each, written for this project.

No file describes a person: names and stories are invented. A file holds `id`, `title`, `story`,
what it `shows`, the day it was written for (`asOf`) and a FHIR R4 `bundle`. Dates would rot: a
release "nine months ago" is soon a year old. So reading a sample for a day moves every date in it
by the same whole number of days, the one that brings `asOf` to that day. Months differ in length;
therefore no sample stands within a week of a limit, and a test reads each for years to come.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct

from adapter.cds_client.chart import Chart
from adapter.errors import UnusableInput
from cds_hooks.queries import resolve

#: The first sample the demonstration shows.
SHOWCASE = "five-emergency-visits"

#: A whole FHIR date, alone or at the head of a dateTime or instant.
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?=T\d{2}:\d{2}|$)")


class Sample(Struct, frozen=True, kw_only=True, rename="camel"):
    """One synthetic patient, as of the day it was read for."""

    id: str
    title: str
    #: One sentence: who this is and what matters.
    story: str
    #: The expected status, and populations by outcome; asserted by tests, shown to readers.
    shows: dict[str, Any]
    as_of: date
    bundle: dict[str, Any]

    @property
    def patient_id(self) -> str:
        """The id of the sample's Patient."""
        return str(next(iter(self.of_type("Patient")))["id"])

    def of_type(self, resource_type: str) -> list[dict[str, Any]]:
        """The bundle's resources of one type, in its order."""
        return [
            entry["resource"]
            for entry in self.bundle["entry"]
            if entry["resource"]["resourceType"] == resource_type
        ]


@cache
def _stored() -> Mapping[str, Sample]:
    folder = files(__name__)
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".json"))
    samples = (
        msgspec.json.decode((folder / name).read_bytes(), type=Sample, strict=True)
        for name in names
    )
    return {sample.id: sample for sample in samples}


def all_samples(as_of: date) -> tuple[Sample, ...]:
    """Every sample as of that day, the showcase first, then by id."""
    first = sorted(_stored(), key=lambda name: (name != SHOWCASE, name))
    return tuple(sample(name, as_of) for name in first)


def sample(name: str, as_of: date) -> Sample:
    """The sample of that id, its dates moved so that it is as of that day.

    Raises:
        UnusableInput: there is no such sample.
    """
    stored = _stored().get(name)
    if stored is None:
        raise UnusableInput("there is no such sample patient; `ecm samples` lists those there are")
    by = as_of - stored.as_of
    return msgspec.structs.replace(stored, as_of=as_of, bundle=_moved(stored.bundle, by))


def hook_request(of: Sample, prefetch: Mapping[str, str], *, hook_instance: str) -> dict[str, Any]:
    """The `patient-view` call an EHR with this patient would make for that prefetch template.

    Every key is answered: the Patient by itself, the rest by a searchset, if need be an empty one.
    """
    resources = tuple(("", entry["resource"]) for entry in of.bundle["entry"])
    chart = Chart(entries=resources, patient=of.of_type("Patient")[0])
    return {
        "hook": "patient-view",
        "hookInstance": hook_instance,
        "context": {"userId": "Practitioner/example", "patientId": of.patient_id},
        "prefetch": {
            key: chart.answer(filled).value
            for key, query in prefetch.items()
            if (filled := resolve(query, {"context.patientId": of.patient_id})) is not None
        },
    }


def _moved(value: Any, by: timedelta) -> Any:
    if isinstance(value, dict):
        return {key: _moved(one, by) for key, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, by) for one in value]
    if isinstance(value, str) and (match := _DATE.match(value)):
        return (date.fromisoformat(match[0]) + by).isoformat() + value[match.end() :]
    return value
