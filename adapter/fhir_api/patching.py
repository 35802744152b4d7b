"""The three patches: JSON Patch (RFC 6902), JSON Merge Patch (RFC 7396), FHIRPath Patch.

Which one a body is follows from its media type (https://hl7.org/fhir/R4/http.html#patch). Under
`application/json`, which names none, it follows from the body: a list is a JSON Patch, `Parameters`
are a FHIRPath Patch, and any other object is merged, as fhirpy sends it. A patch that says nothing
is a mistake of its sender and is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import jsonpatch
import jsonpointer

from adapter.fhir_api.call import Call
from adapter.fhir_api.document import read_document
from adapter.fhir_api.faults import Refused, refused
from adapter.fhir_api.fhirpath_patch import fhirpath_patch
from adapter.fhir_api.negotiation import check_parameters, unsupported_type

#: Gets a resource and gives it changed.
Change = Callable[[dict[str, Any]], dict[str, Any]]

#: What a PATCH may be sent as, for `Accept-Patch` and the CapabilityStatement.
PATCH_TYPES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/fhir+json",
    "application/fhir+xml",
)

_UNSUPPORTED = (
    "a patch is sent as application/json-patch+json, application/merge-patch+json, or as "
    "Parameters in application/fhir+json or application/fhir+xml (FHIRPath Patch)"
)
_MOST_OPERATIONS = 1000
#: Characters that all copies of one patch may add; copies of copies would double without end.
_MOST_COPIED = 1_000_000
#: What the library raises where a patch leads to nothing, or to something of another kind.
_MISFITS = (
    jsonpatch.JsonPatchException,
    jsonpointer.JsonPointerException,
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)
_OPERATIONS = frozenset({"add", "remove", "replace", "move", "copy", "test"})


def read_patch(call: Call) -> Change:
    """The change that a body asks for; XML has become JSON before.

    Raises:
        Refused: 400, it cannot be read or asks for nothing; 415, it is none of the three. What it
            gives raises 422 where the patch does not fit the resource.
    """
    check_parameters(call)
    media_type, body = call.media_type, call.body
    if not body.strip():
        raise _empty()
    if media_type == "application/json-patch+json":
        return _json_patch(_list(body))
    if media_type == "application/merge-patch+json":
        return _merge_patch(read_document(body, exact=True).data)
    if media_type in ("application/fhir+json", "application/json+fhir"):
        resource = read_document(body, exact=True).data
        if resource.get("resourceType") != "Parameters":
            raise _unsupported()
        return fhirpath_patch(resource)
    if media_type in ("application/json", "text/json"):
        if body.lstrip().startswith(b"["):
            return _json_patch(_list(body))
        resource = read_document(body, exact=True).data
        if resource.get("resourceType") == "Parameters":
            return fhirpath_patch(resource)
        return _merge_patch(resource)
    raise _unsupported()


def _list(body: bytes) -> list[Any]:
    """A JSON list, read as strictly as a resource is."""
    read = read_document(b'{"patch":' + body + b"}", exact=True).data
    found = read.get("patch")
    if len(read) != 1 or not isinstance(found, list):
        raise refused(400, "structure", "a JSON Patch is a list of operations; send one")
    return found


def _json_patch(operations: list[Any]) -> Change:
    if not operations:
        raise _empty()
    if len(operations) > _MOST_OPERATIONS:
        raise refused(400, "too-long", f"a patch has at most {_MOST_OPERATIONS} operations")
    for place, one in enumerate(operations):
        _check_operation(one, place)
    try:
        patches = [jsonpatch.JsonPatch([one]) for one in operations]
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, ValueError):
        raise refused(
            400, "structure", "an operation is not of the form of RFC 6902; compare it with that"
        ) from None

    def change(resource: dict[str, Any]) -> dict[str, Any]:
        try:
            return _resource(_applied(resource, operations, patches))
        except jsonpatch.JsonPatchTestFailed:
            raise refused(
                422, "conflict", "a `test` of the patch does not hold; nothing was changed"
            ) from None
        except _MISFITS:
            raise _does_not_fit() from None

    return change


def _check_operation(one: Any, place: int) -> None:
    if not isinstance(one, dict) or one.get("op") not in _OPERATIONS:
        raise refused(
            400,
            "structure",
            f"operation {place} has no `op` of RFC 6902: {', '.join(sorted(_OPERATIONS))}",
        )
    for name in ("path", "from") if one["op"] in ("move", "copy") else ("path",):
        pointer = one.get(name)
        if not isinstance(pointer, str) or not (pointer == "" or pointer.startswith("/")):
            raise refused(
                400, "structure", f"operation {place} has no `{name}` of RFC 6901; it needs one"
            )
    if one["op"] in ("add", "replace", "test") and "value" not in one:
        raise refused(400, "structure", f"operation {place} has no `value`; it needs one")


def _applied(
    resource: dict[str, Any], operations: list[Any], patches: list[jsonpatch.JsonPatch]
) -> object:
    changed: object = resource
    copied = 0
    for operation, patch in zip(operations, patches, strict=True):
        if operation["op"] == "copy":
            source = jsonpointer.resolve_pointer(changed, operation["from"])
            copied += len(json.dumps(source, default=str))
            if copied > _MOST_COPIED:
                raise _does_not_fit()
        changed = patch.apply(changed, in_place=True)
    return changed


def _merge_patch(patch: dict[str, Any]) -> Change:
    if not patch:
        raise _empty()

    def change(resource: dict[str, Any]) -> dict[str, Any]:
        return _resource(_merged(resource, deepcopy(patch)))

    return change


def _merged(target: object, patch: object) -> object:
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = _merged(made.get(name), value)
    return made


def _resource(patched: object) -> dict[str, Any]:
    """What a patch made, if it is an object that can be written as JSON."""
    try:
        json.dumps(patched, default=str)
    except (RecursionError, ValueError):
        raise _does_not_fit() from None
    if not isinstance(patched, dict):
        raise _does_not_fit()
    return patched


def _unsupported() -> Refused:
    found = unsupported_type(_UNSUPPORTED)
    found.headers["Accept-Patch"] = ", ".join(PATCH_TYPES)  # RFC 5789, section 3.1
    return found


def _empty() -> Refused:
    return refused(400, "required", "the patch is empty; say what shall change")


def _does_not_fit() -> Refused:
    return refused(
        422,
        "processing",
        "the patch does not fit the resource as it is: an operation leads to nothing there; read "
        "it again",
    )
