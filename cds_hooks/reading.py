"""Reading a hook call: tolerant and partial.

Only the fields used are decoded; prefetched resources stay raw bytes until a mapper reads what it
needs. What no answer can do without is refused with a message that says what belongs there; other
departures from the specification, as real clients show them, are accepted and named in
`deviations`.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from cds_hooks.catalogue import is_tolerated, request_shape
from cds_hooks.doubles import refuse_double_fields, refuse_doubles
from cds_hooks.errors import MalformedRequest, WrongHook
from cds_hooks.host import FhirAccess

#: FHIR's `id`.
FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")

#: The patient, a relative or another person who is no staff, however a client spells the reference.
_NOT_STAFF = re.compile(r"(?:^|/)(?:Patient|RelatedPerson|Person)\b", re.IGNORECASE)

_TRIGGER = "com.epic.cdshooks.request.bpa-trigger-action"


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
    #: `context.encounterId`; empty where it was left out, or was no id.
    encounter_id: str = ""
    #: The context's fields, unread; those of older definitions under their names of today too.
    context: dict[str, Raw] = {}
    #: None: the client named no FHIR server.
    access: FhirAccess | None = None
    #: Epic's `bpa-trigger-action`: what really happened; empty elsewhere.
    trigger: str = ""
    #: By key, unread; a key that was not sent is absent.
    prefetch: dict[str, Raw] = {}
    #: What was accepted though the specification says otherwise: places and rules, no values.
    deviations: tuple[str, ...] = ()

    @property
    def is_by_staff(self) -> bool:
        """Who is not said to be the patient or a relative is staff: some clients name no user."""
        user = self.user_id.strip()
        return user != self.patient_id and _NOT_STAFF.search(user) is None


class _Authorization(Struct):
    access_token: Any = None
    scope: Any = None


class _Wire(Struct, rename="camel"):
    # `Any` where a wrong type is told by the schema.
    hook: Any = UNSET
    hook_instance: Any = UNSET
    context: Raw | UnsetType = UNSET
    prefetch: Raw | UnsetType = UNSET
    fhir_server: Any = UNSET
    fhir_authorization: Any = UNSET
    extension: Any = UNSET
    #: The user's place in CDS Hooks before 1.0.
    user: Any = UNSET


_WIRE = msgspec.json.Decoder(_Wire)
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_RAW_BY_KEY = msgspec.json.Decoder(dict[str, Raw])


def read_call(body: bytes, hook: str, *, service: str = "") -> Call:
    """Read the body of a call.

    Args:
        body: as received.
        hook: the hook the service answers, one of `catalogue.HOOKS`.
        service: its id, for the message about another hook.

    Raises:
        MalformedRequest: not JSON in UTF-8, nested too deeply, or without something the hook's
            definition requires and an answer needs.
        WrongHook: the call is one of another hook.
    """
    wire: _Wire = _decode(_WIRE, body, "the body")
    refuse_doubles(body, wire.prefetch)
    if isinstance(wire.hook, str) and wire.hook and wire.hook != hook:
        raise WrongHook(service, hook)
    context: dict[str, Any] = {}
    raw_context: dict[str, Raw] = {}
    if not isinstance(wire.context, UnsetType):
        context = _decode(_OBJECT, bytes(wire.context), "context")
        raw_context = _RAW_BY_KEY.decode(wire.context)
        refuse_double_fields(bytes(wire.context))
    deviations = list(_older_dialects(wire, context))
    for name in context.keys() - raw_context.keys():
        raw_context[name] = Raw(msgspec.json.encode(context[name]))
    deviations += _judge(wire, context, hook)
    return Call(
        body=body,
        hook=hook,
        hook_instance=wire.hook_instance,
        patient_id=_patient_id(context["patientId"]),
        user_id=_text(context.get("userId")),
        encounter_id=_encounter_id(context.get("encounterId")),
        context=raw_context,
        access=_access(wire),
        trigger=_trigger(wire.extension),
        prefetch=_prefetch(wire),
        deviations=tuple(dict.fromkeys(deviations)),
    )


def _judge(wire: _Wire, context: dict[str, Any], hook: str) -> list[str]:
    """Hold the call to the hook's schema: refuse what matters, name the rest."""
    given = {
        "hook": wire.hook,
        "hookInstance": wire.hook_instance,
        "context": context if not isinstance(wire.context, UnsetType) else UNSET,
        "fhirServer": wire.fhir_server,
        "fhirAuthorization": wire.fhir_authorization,
        "extension": wire.extension,
    }
    faults = request_shape(hook).faults({k: v for k, v in given.items() if v is not UNSET})
    for fault in faults:
        if is_tolerated(fault.path, fault.rule):
            continue
        found = "is missing" if fault.rule == "required" else "is not as it has to be"
        raise MalformedRequest(
            f"{fault.path or 'the body'} {found}; send {fault.expected}",
            expression=fault.path or None,
        )
    return [f"{fault.path or 'body'}: {fault.rule}" for fault in faults]


def _older_dialects(wire: _Wire, context: dict[str, Any]) -> list[str]:
    """Bring what older definitions called otherwise to its name of today."""
    found = []
    if not isinstance(wire.user, UnsetType) and "userId" not in context:
        context["userId"] = wire.user
        found.append("user: before CDS Hooks 1.0")
    if "dispatchedOrders" not in context and isinstance(context.get("order"), str):
        context["dispatchedOrders"] = [context["order"]]
        found.append("context.order: order-dispatch 1.0")
    return found


def _patient_id(value: str) -> str:
    patient_id = value.removeprefix("Patient/")
    if not FHIR_ID.fullmatch(patient_id):
        raise MalformedRequest(
            "context.patientId is not a FHIR id (1 to 64 of A-Z a-z 0-9 - .); "
            "send the id of the Patient alone",
            expression="context.patientId",
        )
    return patient_id


def _encounter_id(value: object) -> str:
    encounter_id = _text(value).removeprefix("Encounter/")
    return encounter_id if FHIR_ID.fullmatch(encounter_id) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _access(wire: _Wire) -> FhirAccess | None:
    server = _text(wire.fhir_server).strip().rstrip("/")
    if not server:
        return None
    try:
        granted = msgspec.convert(wire.fhir_authorization, _Authorization)
    except msgspec.ValidationError:
        granted = _Authorization()
    return FhirAccess(server=server, token=_text(granted.access_token), scope=_text(granted.scope))


def _trigger(extension: object) -> str:
    if not isinstance(extension, dict):
        return ""
    value = extension.get(_TRIGGER, "")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _prefetch(wire: _Wire) -> dict[str, Raw]:
    if isinstance(wire.prefetch, UnsetType) or bytes(wire.prefetch) == b"null":
        return {}
    found: dict[str, Raw] = _decode(_RAW_BY_KEY, bytes(wire.prefetch), "prefetch")
    return found


def _decode(decoder: msgspec.json.Decoder[Any], data: bytes, where: str) -> Any:
    place = None if where == "the body" else where
    try:
        # msgspec leaves the bytes of what it skips unchecked; a mapper would stumble over them.
        data.decode()
        return decoder.decode(data)
    except UnicodeDecodeError as fault:
        raise MalformedRequest(
            f"{where} is not UTF-8; send JSON encoded as UTF-8", expression=place
        ) from fault
    except RecursionError as fault:
        raise MalformedRequest(
            f"{where} is nested too deeply to be read; FHIR resources need a few dozen levels",
            expression=place,
        ) from fault
    except msgspec.ValidationError as fault:
        raise MalformedRequest(
            f"{where} is not a JSON object; send one", expression=place
        ) from fault
    except msgspec.DecodeError as fault:
        raise MalformedRequest(
            f"{where} is not JSON; send one JSON object, without comments, trailing commas or NaN",
            expression=place,
        ) from fault
