"""The operations of a FHIRPath Patch, read from its Parameters.

https://hl7.org/fhir/R4/fhirpatch.html: each parameter `operation` has parts `type`, `path`, and by
type `name`, `value`, `index`, `source`, `destination`.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from adapter.fhir_api.faults import Refused, refused
from adapter.fhir_api.fhirpath import Unreadable, read_expression
from profiles.validate.definitions import elements_of

_MOST_OPERATIONS = 1000

#: What each type needs beside its path.
_NEEDS: dict[str, tuple[str, ...]] = {
    "add": ("name", "value"),
    "insert": ("value", "index"),
    "delete": (),
    "replace": ("value",),
    "move": ("source", "destination"),
}


class PatchOperation(Struct, frozen=True, kw_only=True):
    """One operation; what its type does not need is empty."""

    #: Where it stands: `Parameters.parameter[0]`.
    at: str
    type: str
    path: str
    name: str = ""
    #: The part `value`.
    value: dict[str, Any] = {}
    index: int = 0
    source: int = 0
    destination: int = 0

    def does_not_fit(self, found: str) -> Refused:
        """The refusal of a path that leads elsewhere than it should."""
        words = f"the path of {self.at} {found}; nothing was changed"
        return refused(422, "processing", words, self.at)

    @property
    def suffix(self) -> str:
        """The type of the value as it ends the name of a choice: `Code` of `valueCode`."""
        return _suffix(self.value)

    def content(self, type: str) -> Any:
        """The value: itself, a resource, or an element made of the parts of `value`.

        Args:
            type: of the element it becomes.

        Raises:
            Refused: 422, a part is no element of that type.
        """
        return self._content(self.value, type)

    def _content(self, part: dict[str, Any], type: str) -> Any:
        for key, value in part.items():
            if key.startswith("value") or key == "resource":
                return value
        made: dict[str, Any] = {}
        elements = elements_of(type)
        for name, one in _parts(part, self.at).items():
            key = name if name in elements else f"{name}{_suffix(one[0])}"
            if key not in elements:
                raise self.does_not_fit("gets an element that FHIR R4 does not know there")
            values = [self._content(each, elements[key].type) for each in one]
            made[key] = values if elements[key].repeats else values[0]
        if not made:
            raise _malformed(self.at, "has an empty `value`")
        return made


def read_operations(parameters: dict[str, Any]) -> list[PatchOperation]:
    """The operations, in order.

    Raises:
        Refused: 400, it is no patch.
    """
    given = parameters.get("parameter")
    if not isinstance(given, list) or not given:
        raise refused(400, "required", "the patch is empty; say what shall change")
    if len(given) > _MOST_OPERATIONS:
        raise refused(400, "too-long", f"a patch has at most {_MOST_OPERATIONS} operations")
    return [_read(one, f"Parameters.parameter[{place}]") for place, one in enumerate(given)]


def _read(parameter: Any, at: str) -> PatchOperation:
    if not isinstance(parameter, dict) or parameter.get("name") != "operation":
        raise _malformed(at, "is no `operation`; a patch has nothing else")
    parts = {name: one[0] for name, one in _parts(parameter, at).items()}
    type_ = _text(parts, "type", at)
    if type_ not in _NEEDS:
        raise _malformed(at, f"has no type of these: {', '.join(_NEEDS)}")
    path = _text(parts, "path", at)
    try:
        read_expression(path)
    except Unreadable as fault:
        raise _malformed(at, f"has a path that {fault}") from None
    found: dict[str, Any] = {}
    for need in _NEEDS[type_]:
        if need == "name":
            found[need] = _text(parts, need, at)
        elif need == "value":
            if need not in parts:
                raise _malformed(at, "has no `value`")
            found[need] = parts[need]
        else:
            found[need] = _number(parts, need, at)
    return PatchOperation(at=at, type=type_, path=path, **found)


def _parts(parameter: dict[str, Any], at: str) -> dict[str, list[dict[str, Any]]]:
    """Parts by name; a name may repeat."""
    given = parameter.get("part")
    found: dict[str, list[dict[str, Any]]] = {}
    for one in given if isinstance(given, list) else ():
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str):
            raise _malformed(at, "has a part without a name")
        found.setdefault(name, []).append(one)
    return found


def _text(parts: dict[str, Any], name: str, at: str) -> str:
    # `type` is a code and the others are strings, but not every client keeps to it.
    part = parts.get(name, {})
    found = part.get("valueString") or part.get("valueCode")
    if not isinstance(found, str):
        raise _malformed(at, f"has no `{name}`")
    return found


def _number(parts: dict[str, Any], name: str, at: str) -> int:
    found = parts.get(name, {}).get("valueInteger")
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise _malformed(at, f"has no `{name}`, an integer from 0 on")
    return found


def _suffix(part: dict[str, Any]) -> str:
    return next((key[5:] for key in part if key.startswith("value")), "")


def _malformed(at: str, found: str) -> Refused:
    return refused(400, "structure", f"{at} {found}", at)
