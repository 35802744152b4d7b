"""What was said of the person or of a visit, written into the chart's own resource.

A second record could not say it: who somebody is stands in one Patient, and two records of a visit
would be two voices. So the chart is read again with the element added (input contract, section 2:
Patient, Encounter). The bytes of the visitor's file stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from adapter.workbench.evaluate.questions.answers import UnusableAnswer, day
from profiles.canonicals import ACT_PRIORITY, ICD_10_CM, RACE_AND_ETHNICITY, US_CORE_RACE

#: The categories of the Office of Management and Budget, as US Core takes them.
RACES = {
    "1002-5": "American Indian or Alaska Native",
    "2028-9": "Asian",
    "2054-5": "Black or African American",
    "2076-8": "Native Hawaiian or Other Pacific Islander",
    "2106-3": "White",
    "2131-1": "Other race",
}
ADMISSIONS = {"planned": ("EL", "elective"), "unplanned": ("EM", "emergency")}

_ICD_10_CM = re.compile(r"[A-TV-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?")
_COUNTY = re.compile(r"[A-Za-z][A-Za-z .'-]{1,40}")
_STATED = "answered-here"

Write = Callable[[dict[str, Any], str], None]


def check(code: str, text: str) -> None:
    """Tries what was entered.

    Raises:
        UnusableAnswer: it is no answer to that question.
    """
    _WRITE[code]({}, text)


def amended(chart: bytes, answers: Mapping[str, str], *, patient: str | None = None) -> bytes:
    """The chart with what was said of its person and its visits written into them.

    Args:
        chart: as it was given; the same bytes come back where no answer is of that kind.
        answers: what was entered, by key; what cannot be used is left out (its question says so).
        patient: `Patient/p1`; None: the only one.
    """
    said = list(_said(answers))
    if not said:
        return chart
    try:
        document = msgspec.json.decode(chart)
    except (msgspec.MsgspecError, RecursionError):
        return _lines(chart, said, patient)
    _amend(document, "", said, patient)
    return msgspec.json.encode(document)


def _lines(chart: bytes, said: list[tuple[str, str, str]], patient: str | None) -> bytes:
    lines = chart.splitlines()
    for index, line in enumerate(lines):
        if b'"Patient"' in line or b'"Encounter"' in line:
            try:
                document = msgspec.json.decode(line)
            except (msgspec.MsgspecError, RecursionError):
                continue  # the reader tells what is wrong with it
            _amend(document, "", said, patient)
            lines[index] = msgspec.json.encode(document)
    return b"\n".join(lines)


def _said(answers: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Code, visit (empty: the person) and text of what can be used."""
    for key, text in answers.items():
        kind, _, rest = key.partition(".")
        code, _, visit = rest.partition(".")
        if kind == "data" and code in _WRITE:
            try:
                check(code, text)
            except UnusableAnswer:
                continue
            yield code, visit, text


def _amend(
    value: Any, full_url: str, said: list[tuple[str, str, str]], patient: str | None
) -> None:
    if isinstance(value, list):
        for one in value:
            _amend(one, "", said, patient)
        return
    if not isinstance(value, dict):
        return
    type = value.get("resourceType")
    if type in ("Patient", "Encounter"):
        names = {f"{type}/{value.get('id')}", full_url}
        for code, visit, text in said:
            mine = not visit and (patient is None or patient in names)
            if (type == "Patient" and mine) or (type == "Encounter" and visit in names - {""}):
                _WRITE[code](value, text)
    elif type in (None, "Bundle", "Parameters"):
        own = value.get("fullUrl")
        for one in value.values():
            _amend(one, own if isinstance(own, str) else "", said, patient)


def _birth_date(patient: dict[str, Any], text: str) -> None:
    patient["birthDate"] = day(text).isoformat()


def _county(patient: dict[str, Any], text: str) -> None:
    if not _COUNTY.fullmatch(text):
        raise UnusableAnswer("Write the name of the county, such as Sonoma.")
    homes = _listed(patient, "address")
    patient["address"] = homes or [{"use": "home", "state": "CA"}]
    for home in patient["address"]:
        home.setdefault("district", text)


def _race(patient: dict[str, Any], text: str) -> None:
    if text not in RACES:
        raise UnusableAnswer("Choose one of the answers.")
    coding = {"system": RACE_AND_ETHNICITY, "code": text, "display": RACES[text]}
    others = [one for one in _listed(patient, "extension") if one.get("url") != US_CORE_RACE]
    stated = {
        "url": US_CORE_RACE,
        "extension": [
            {"url": "ombCategory", "valueCoding": coding},
            {"url": "text", "valueString": RACES[text]},
        ],
    }
    patient["extension"] = [*others, stated]


def _admission(encounter: dict[str, Any], text: str) -> None:
    if text not in ADMISSIONS:
        raise UnusableAnswer("Choose one of the answers.")
    code, display = ADMISSIONS[text]
    encounter["priority"] = {"coding": [{"system": ACT_PRIORITY, "code": code, "display": display}]}


def _period(edge: str) -> Write:
    def write(encounter: dict[str, Any], text: str) -> None:
        period = encounter.get("period")
        stated = period if isinstance(period, dict) else {}
        encounter["period"] = {**stated, edge: day(text).isoformat()}

    return write


def _diagnosis(encounter: dict[str, Any], text: str) -> None:
    """The principal one; those that were there keep their order behind it."""
    code = text.strip().upper()
    if not _ICD_10_CM.fullmatch(code):
        raise UnusableAnswer("Write a code of ICD-10-CM, such as F20.9 or J44.1.")
    stated = {
        "resourceType": "Condition",
        "id": _STATED,
        "code": {"coding": [{"system": ICD_10_CM, "code": code}]},
        "subject": encounter.get("subject", {}),
    }
    before = _listed(encounter, "diagnosis")
    for one in before:
        if isinstance(rank := one.get("rank"), int):
            one["rank"] = rank + 1
    encounter["contained"] = [*_listed(encounter, "contained"), stated]
    principal = {"condition": {"reference": f"#{_STATED}"}, "rank": 1}
    encounter["diagnosis"] = [principal, *before]


def _listed(resource: dict[str, Any], element: str) -> list[dict[str, Any]]:
    """The objects of a list; what has another shape is not kept, as no reader understands it."""
    value = resource.get(element)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


_WRITE: dict[str, Write] = {
    "birth-date": _birth_date,
    "county": _county,
    "race": _race,
    "admission-type": _admission,
    "encounter-date": _period("start"),
    "snf-end": _period("end"),
    "principal-diagnosis": _diagnosis,
}
