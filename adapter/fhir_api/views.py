"""Parts of a resource: `_summary` and `_elements`, marked as parts.

https://hl7.org/fhir/R4/search.html#summary. Which elements a summary has, and which no resource of
a type may lack, is FHIR's own definition. What is left keeps its bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Raw, Struct

from adapter.fhir_api.faults import refused
from profiles.validate.definitions import Element, elements_of

_SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "subsetted",
}
_SUMMARIES = ("true", "text", "data", "count", "false")
_ALWAYS = frozenset({"resourceType", "id", "meta"})


class View(Struct, frozen=True, kw_only=True):
    """What is shown of a resource; by default all."""

    #: `true`, `text`, `data`, `count`; empty or `false`: no summary.
    summary: str = ""
    #: Top-level elements; empty: all.
    elements: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self.summary in ("", "false", "count") and not self.elements

    def of(self, body: bytes) -> bytes:
        """The part of a resource, in JSON, with the tag SUBSETTED."""
        if self.whole:
            return body
        raw = msgspec.json.decode(body, type=dict[str, Raw])
        type_ = json.loads(bytes(raw["resourceType"]))
        shown = self._shown(elements_of(type_))
        kept: dict[str, Any] = {
            name: value
            for name, value in raw.items()
            if name in _ALWAYS or name.removeprefix("_") in shown
        }
        kept["meta"] = _marked(raw.get("meta"))
        return msgspec.json.encode(kept)

    def _shown(self, elements: dict[str, Element]) -> set[str]:
        if self.elements:
            # A choice may be named as FHIR does, `value` for `valueQuantity`.
            return {
                name
                for name, one in elements.items()
                if one.mandatory or any(_names(asked, name) for asked in self.elements)
            }
        by: Callable[[Element], bool] = {
            "true": lambda one: one.summary or one.mandatory,
            "text": lambda one: one.name == "text" or one.mandatory,
            "data": lambda one: one.name != "text",
        }[self.summary]
        return {name for name, one in elements.items() if by(one)}


def view_of(query: Iterable[tuple[str, str]]) -> View:
    """What a request wants to be shown of what it reads.

    Raises:
        Refused: 400, in a way there is none of.
    """
    asked = dict(query)
    summary = asked.get("_summary", "")
    if summary not in ("", *_SUMMARIES):
        raise refused(400, "value", f"_summary is one of {', '.join(_SUMMARIES)}")
    elements = tuple(one.strip() for one in asked.get("_elements", "").split(",") if one.strip())
    return View(summary=summary, elements=elements[:100])


def _names(asked: str, name: str) -> bool:
    rest = name.removeprefix(asked)
    return name == asked or (rest != name and rest[:1].isupper())


def _marked(meta: Raw | None) -> dict[str, Any]:
    kept = msgspec.json.decode(meta, type=dict[str, Raw]) if meta is not None else {}
    tags = msgspec.json.decode(kept["tag"], type=list[Raw]) if "tag" in kept else []
    return {**kept, "tag": [*tags, _SUBSETTED]}
