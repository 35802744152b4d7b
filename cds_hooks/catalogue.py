"""The hooks: what their definitions say a call carries, and the JSON Schema of a call.

Source: CDS Hooks library (hook definitions of April 2026) and CDS Hooks 2.0, HTTP Request. What
real clients get wrong and a service can do without is in `TOLERATED`: it is accepted, and named in
the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec import Struct

from profiles.json_schema import Shape

_STAFF = ("Practitioner", "PractitionerRole")
_ANYBODY = (*_STAFF, "Patient", "RelatedPerson")

_ID = r"[A-Za-z0-9\-.]{1,64}"


class Field(Struct, frozen=True):
    """One field of a hook's context."""

    name: str
    #: JSON Schema of its value; its `description` is what an error message tells.
    schema: Mapping[str, Any]
    required: bool = True
    #: Whether it may stand in a prefetch template as `{{context.name}}`.
    token: bool = False


class Hook(Struct, frozen=True, kw_only=True):
    """One hook."""

    name: str
    #: As in its definition (`hookVersion` of discovery).
    version: str
    fields: tuple[Field, ...]

    @property
    def tokens(self) -> frozenset[str]:
        """The context fields a prefetch template may name (cds-hooks_2.0@56, @57)."""
        return frozenset(field.name for field in self.fields if field.token)


def _user(types: tuple[str, ...]) -> Field:
    words = ", ".join(types)
    schema = {
        "type": "string",
        "pattern": f"^({'|'.join(types)})/{_ID}$",
        "description": f"a reference to the current user: {words}, e.g. Practitioner/p1",
    }
    return Field("userId", schema, token=True)


def _id(name: str, of: str, *, required: bool = True) -> Field:
    schema = {"type": "string", "pattern": f"^{_ID}$", "description": f"the FHIR id of the {of}"}
    return Field(name, schema, required, token=True)


def _bundle(name: str, words: str) -> Field:
    schema = {
        "type": "object",
        "required": ["resourceType"],
        "properties": {
            "resourceType": {"const": "Bundle"},
            "entry": {
                "type": "array",
                "description": f"an array with an entry for each of {words}",
            },
        },
        "description": f"a Bundle of {words}",
    }
    return Field(name, schema)


def _references(name: str, words: str) -> Field:
    schema = {
        "type": "array",
        "items": {"type": "string", "pattern": f"^\\w+/{_ID}$"},
        "description": f'an array of references to {words}, e.g. ["ServiceRequest/s1"]',
    }
    return Field(name, schema)


_PATIENT = _id("patientId", "patient")
_ENCOUNTER = _id("encounterId", "encounter")
_ANY_ENCOUNTER = _id("encounterId", "encounter", required=False)

HOOKS: dict[str, Hook] = {
    hook.name: hook
    for hook in (
        Hook(
            name="patient-view", version="1.0", fields=(_user(_ANYBODY), _PATIENT, _ANY_ENCOUNTER)
        ),
        Hook(name="encounter-start", version="1.0", fields=(_user(_STAFF), _PATIENT, _ENCOUNTER)),
        Hook(
            name="encounter-discharge", version="1.0", fields=(_user(_STAFF), _PATIENT, _ENCOUNTER)
        ),
        Hook(
            name="order-select",
            version="1.0",
            fields=(
                _user(_STAFF),
                _PATIENT,
                _ANY_ENCOUNTER,
                _references("selections", "the newly selected orders"),
                _bundle("draftOrders", "unsigned orders"),
            ),
        ),
        Hook(
            name="order-sign",
            version="1.0",
            fields=(
                _user(_STAFF),
                _PATIENT,
                _ANY_ENCOUNTER,
                _bundle("draftOrders", "orders about to be signed"),
            ),
        ),
        Hook(
            name="order-dispatch",
            version="1.1",
            fields=(
                _PATIENT,
                _references("dispatchedOrders", "the orders being dispatched"),
                Field(
                    "performer",
                    {
                        "type": "string",
                        "pattern": f"^\\w+/{_ID}$",
                        "description": "a reference to whom the order is dispatched to",
                    },
                    token=True,
                ),
            ),
        ),
        Hook(
            name="appointment-book",
            version="1.0",
            fields=(
                _user(_ANYBODY),
                _PATIENT,
                _ANY_ENCOUNTER,
                _bundle("appointments", "appointments about to be booked"),
            ),
        ),
        Hook(
            name="problem-list-item-create",
            version="0.1.0",
            fields=(
                _user(_STAFF),
                _PATIENT,
                _ANY_ENCOUNTER,
                _bundle("conditions", "conditions about to be added to the problem list"),
            ),
        ),
    )
}

#: Where a call may differ from its schema and is answered all the same (a path, or path and rule):
#: seen in real clients, and nothing an answer depends on. A patient id with its type is read; a
#: missing encounter is not. `dependentRequired` is a token without its server.
TOLERATED = (
    ":dependentRequired",
    "hookInstance:pattern",
    "context.userId",
    "context.patientId:pattern",
    "context.encounterId:pattern",
    "context.performer",
    "fhirServer",
    "fhirAuthorization",
    "extension",
)


def is_tolerated(path: str, rule: str) -> bool:
    """Whether a fault at this place is accepted."""
    return any(
        f"{path}:{rule}" == known if ":" in known else f"{path}.".startswith(f"{known}.")
        for known in TOLERATED
    )


def request_schema(hook: Hook) -> dict[str, Any]:
    """JSON Schema of a call of the hook, as a well-behaved client sends it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Call of a CDS service on {hook.name} {hook.version}",
        "type": "object",
        "description": "one JSON object: a hook call",
        "required": ["hook", "hookInstance", "context"],
        "properties": {
            "hook": {"const": hook.name, "description": f"the text {hook.name!r}"},
            "hookInstance": {
                "type": "string",
                "minLength": 1,
                "pattern": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
                "description": "a UUID, new for each time the hook is triggered",
            },
            "fhirServer": {
                "type": "string",
                "pattern": "^https://[^\\s]+$",
                "description": "the base URL of the client's FHIR server, with https",
            },
            "fhirAuthorization": {
                "type": "object",
                "required": ["access_token", "token_type", "expires_in", "scope", "subject"],
                "properties": {
                    "access_token": {"type": "string", "minLength": 1},
                    "token_type": {"const": "Bearer"},
                    "expires_in": {"type": "integer", "minimum": 0},
                    "scope": {"type": "string"},
                    "subject": {"type": "string"},
                    "patient": {"type": "string"},
                },
                "description": "the access token of the client's FHIR server",
            },
            "context": {
                "type": "object",
                "required": [field.name for field in hook.fields if field.required],
                "properties": {field.name: dict(field.schema) for field in hook.fields},
                "description": f"an object with the fields {hook.name} requires",
            },
            "prefetch": {"type": "object", "description": "an object, key to FHIR resource"},
            "extension": {"type": "object", "description": "an object"},
        },
        "dependentRequired": {"fhirAuthorization": ["fhirServer"]},
    }


@cache
def request_shape(hook: str) -> Shape:
    """The compiled schema of a hook in `HOOKS`."""
    return Shape(request_schema(HOOKS[hook]))
