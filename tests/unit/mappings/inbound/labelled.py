"""Labelled resources in a few words, for the tests of what a reader is not cleared for."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.unit.mappings.inbound.records import (
    ACT_CODE,
    ICD_10_CM,
    MEMBER,
    Json,
    coded,
    maker,
)

#: A reader who is cleared for nothing.
NOBODY: frozenset[str] = frozenset()
#: What is left where nothing is.
EMPTY = b'{"resourceType":"Bundle"}'
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

encounter = maker(
    "Encounter",
    status="finished",
    class_={"system": ACT_CODE, "code": "EMER"},
    subject=MEMBER,
    period={"start": "2025-01-08"},
)
condition = maker("Condition", subject=MEMBER, code=coded(ICD_10_CM, "F11.20"))


def labelled(resource: Json, *codes: str) -> Json:
    security = [
        {"system": CONFIDENTIALITY if code in ("R", "V", "N") else ACT_CODE, "code": code}
        for code in codes or ("ETH",)
    ]
    return {**resource, "meta": {"security": security}}


SECRET = labelled(condition("c1"))


def encode(value: Any) -> bytes:
    return msgspec.json.encode(value)


def entries(*resources: Json, **more: Any) -> Json:
    return {"resourceType": "Bundle", **more, "entry": [{"resource": one} for one in resources]}


def request(prefetch: Json, **context: Any) -> bytes:
    return encode(
        {
            "hook": "problem-list-item-create",
            "context": {"patientId": "p1", **context},
            "prefetch": prefetch,
        }
    )
