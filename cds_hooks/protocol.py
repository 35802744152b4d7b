"""The wire of CDS Hooks 2.0: what is read of a call, and the records an answer is written from.

Reading is tolerant and partial: only the fields used are decoded, the prefetched resources stay raw
bytes until a mapper reads what it needs. Oddities real clients send are accepted and named in
`deviations`. Writing is strict: an element without a value is left out (cds-hooks_2.0@3).
"""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from cds_hooks.errors import CdsHooksError, MalformedRequest

#: FHIR's `id`.
FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Call(Struct, frozen=True, kw_only=True):
    """One call of a service, checked."""

    #: The whole body, as the mappers read it.
    body: bytes
    hook: str
    #: As sent; clients re-use them, and some are no UUIDs (cds-hooks_2.0@25).
    hook_instance: str
    #: `context.patientId` without a `Patient/` in front.
    patient_id: str
    #: `context.userId`, `Practitioner/…` or another type; empty where it was left out.
    user_id: str = ""
    #: By key, unread; a key that was not sent is absent.
    prefetch: dict[str, Raw]
    #: What was accepted though the specification says otherwise; no values, only names.
    deviations: tuple[str, ...] = ()


class _Context(Struct, rename="camel"):
    # `Any` where a wrong type gets a message of its own.
    patient_id: Any = None
    user_id: Any = None


class _Wire(Struct, rename="camel"):
    hook: Any = None
    hook_instance: Any = None
    context: Raw | UnsetType = UNSET
    prefetch: Raw | UnsetType = UNSET


_WIRE = msgspec.json.Decoder(_Wire)
_CONTEXT = msgspec.json.Decoder(_Context)
_PREFETCH = msgspec.json.Decoder(dict[str, Raw])


def read_call(body: bytes) -> Call:
    """Read the body of a call.

    Raises:
        MalformedRequest: not JSON in UTF-8, nested too deeply, or without `hook`, `hookInstance` or
            `context.patientId`, which every hook served here requires.
    """
    wire: _Wire = _decode(_WIRE, body, "the body")
    hook = _text(wire.hook, "hook")
    instance = _text(wire.hook_instance, "hookInstance")
    deviations = [] if UUID.fullmatch(instance) else ["hookInstance is not a UUID"]
    context: _Context = _decode(_CONTEXT, _raw(wire.context, "context"), "context")
    patient_id = _text(context.patient_id, "context.patientId")
    if patient_id.startswith("Patient/"):
        patient_id = patient_id.removeprefix("Patient/")
        deviations.append("context.patientId carries its resource type")
    if not FHIR_ID.fullmatch(patient_id):
        raise MalformedRequest(
            "context.patientId is not a FHIR id (1 to 64 of A-Z a-z 0-9 - .); "
            "send the id of the Patient alone",
            expression="context.patientId",
        )
    user_id = context.user_id if isinstance(context.user_id, str) else ""
    if not user_id:
        deviations.append("context.userId is missing")
    prefetch: dict[str, Raw] = {}
    if not isinstance(wire.prefetch, UnsetType) and bytes(wire.prefetch) != b"null":
        prefetch = _decode(_PREFETCH, bytes(wire.prefetch), "prefetch")
    return Call(
        body=body,
        hook=hook,
        hook_instance=instance,
        patient_id=patient_id,
        user_id=user_id,
        prefetch=prefetch,
        deviations=tuple(deviations),
    )


def _decode(decoder: msgspec.json.Decoder[Any], data: bytes, where: str) -> Any:
    try:
        # msgspec leaves the bytes of what it skips unchecked; a mapper would stumble over them.
        data.decode()
        return decoder.decode(data)
    except UnicodeDecodeError as fault:
        raise MalformedRequest(f"{where} is not UTF-8; send JSON encoded as UTF-8") from fault
    except RecursionError as fault:
        raise MalformedRequest(
            f"{where} is nested too deeply to be read; FHIR resources need a few dozen levels"
        ) from fault
    except msgspec.ValidationError as fault:
        raise MalformedRequest(f"{where} is not a JSON object; send one") from fault
    except msgspec.DecodeError as fault:
        raise MalformedRequest(
            f"{where} is not JSON; send one JSON object, without comments, trailing commas or NaN"
        ) from fault


def _raw(value: Raw | UnsetType, name: str) -> bytes:
    if isinstance(value, UnsetType):
        raise MalformedRequest(f"{name!r} is missing; every hook call carries it", expression=name)
    return bytes(value)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise MalformedRequest(
            f"{name!r} is missing or not a text; every hook call carries it", expression=name
        )
    return value


class _Element(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An element of an answer; what is None or empty is not written."""


class Coding(_Element, frozen=True, kw_only=True):
    """A code with its system; `display` is required where people choose by it."""

    system: str
    code: str
    display: str | None = None


class CardSource(_Element, frozen=True, kw_only=True):
    """Who says it. `topic` is static: clients key their override rules to it."""

    label: str
    url: str | None = None
    topic: Coding | None = None


class Link(_Element, frozen=True, kw_only=True):
    """Where to read on. Only absolute links are made here."""

    label: str
    url: str
    type: Literal["absolute"]


class Card(_Element, frozen=True, kw_only=True):
    """One piece of advice (CDS Hooks 2.0, Card Attributes)."""

    uuid: str
    #: At most 139 characters, plain text.
    summary: str
    #: GitHub-flavoured Markdown: paragraphs and bullets only.
    detail: str
    indicator: Literal["info", "warning", "critical"]
    source: CardSource
    links: tuple[Link, ...] = ()


def answer_body(cards: tuple[Card, ...]) -> bytes:
    """The body of a 200: `cards` is always written, empty when there is nothing to say."""
    return msgspec.json.encode({"cards": cards})


def operation_outcome(
    issue_type: str, diagnostics: str, *, expression: str | None = None
) -> dict[str, Any]:
    """The body of every answer that is not a success."""
    issue: dict[str, Any] = {"severity": "error", "code": issue_type, "diagnostics": diagnostics}
    if expression is not None:
        issue["expression"] = [expression]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def outcome_of(fault: CdsHooksError) -> dict[str, Any]:
    """A fault of this package as an OperationOutcome."""
    return operation_outcome(fault.issue_type, str(fault), expression=fault.expression)
