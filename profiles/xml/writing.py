"""A FHIR resource in XML, from its JSON (https://hl7.org/fhir/R4/xml.html)."""

from __future__ import annotations

import json
import re
from html.entities import html5
from itertools import zip_longest
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from profiles.validate.definitions import Element, attributes_of, elements_of
from profiles.xml.tree import FHIR, XHTML, NotFhirXml

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

#: What XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        # As they stand, a reader would make blanks of them.
        "\t": "&#9;",
        "\n": "&#10;",
        "\r": "&#13;",
    }
)
_ENTITY = re.compile(r"&(\w+;)", re.ASCII)
_OF_XML = ("amp;", "lt;", "gt;", "quot;", "apos;")


class _Digits(str):
    """A number as it was written."""

    __slots__ = ()


def to_xml(body: bytes, *, pretty: bool = False) -> bytes:
    """A resource in XML.

    Args:
        body: the resource in JSON.
        pretty: whether each element stands on a line of its own.

    Raises:
        NotFhirXml: an element is none of FHIR R4's.
    """
    resource = json.loads(body, parse_float=_Digits, parse_int=_Digits)
    pieces = [_DECLARATION]
    _Writer(pieces, "\n" if pretty else "").resource(resource, f' xmlns="{FHIR}"', 0)
    return "".join(pieces).encode()


class _Writer:
    def __init__(self, pieces: list[str], line: str) -> None:
        self._add, self._line = pieces.append, line

    def resource(self, resource: dict[str, Any], attributes: str, depth: int) -> None:
        type_ = resource["resourceType"]
        elements = elements_of(type_)
        if not elements:
            raise NotFhirXml(f"there is no resource type {type_} in FHIR R4")
        self._line_at(depth)
        self._add(f"<{type_}{attributes}>")
        self._children(resource, elements, type_, depth + 1)
        self._line_at(depth)
        self._add(f"</{type_}>")

    def _children(
        self, value: dict[str, Any], elements: dict[str, Element], path: str, depth: int
    ) -> None:
        for name in value:
            if name.removeprefix("_") not in elements and name != "resourceType":
                raise NotFhirXml(f"{path} has an element that FHIR R4 does not know")
        for name, element in elements.items():
            if name not in value and f"_{name}" not in value:
                continue
            given, extra = value.get(name), value.get(f"_{name}")
            pairs: Any = ((given, extra),)
            if element.repeats:
                pairs = zip_longest(given or (), extra or ())
            for one, extension in pairs:
                if one is not None or extension is not None:
                    self._element(element, one, extension, path, depth)

    def _element(self, element: Element, value: Any, extension: Any, path: str, depth: int) -> None:
        if element.kind == "complex":
            held = attributes_of(element.type)
            attributes = {name: value[name] for name in held if name in value}
            rest = {name: each for name, each in value.items() if name not in held}
            self._node(element, attributes, rest, element.type, f"{path}.{element.name}", depth)
        elif element.kind == "xhtml":
            self._line_at(depth)
            self._add(_narrative(value))
        elif element.kind == "resource":
            self._line_at(depth)
            self._add(f"<{element.name}>")
            self.resource(value, "", depth + 1)
            self._line_at(depth)
            self._add(f"</{element.name}>")
        else:
            rest = dict(extension or {})
            attributes = {"id": rest.pop("id")} if "id" in rest else {}
            if value is not None:
                attributes["value"] = value
            self._node(element, attributes, rest, "Extension", path, depth)

    def _node(
        self,
        element: Element,
        attributes: dict[str, Any],
        rest: dict[str, Any],
        type: str,
        path: str,
        depth: int,
    ) -> None:
        written = "".join(f' {name}="{_escaped(_text(one))}"' for name, one in attributes.items())
        self._line_at(depth)
        self._add(f"<{element.name}{written}")
        if not rest:
            self._add("/>")
            return
        self._add(">")
        self._children(rest, elements_of(type), path, depth + 1)
        self._line_at(depth)
        self._add(f"</{element.name}>")

    def _line_at(self, depth: int) -> None:
        if self._line:
            self._add(self._line + "  " * depth)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _escaped(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text).translate(_ESCAPES)


def _narrative(div: Any) -> str:
    """A narrative as it is; one that is no XHTML becomes a text that shows what it says."""
    text = str(div).strip()
    for candidate in (text, _ENTITY.sub(_character, text)):
        try:
            if fromstring(candidate, forbid_dtd=True).tag == f"{{{XHTML}}}div":
                return candidate
        except (ParseError, DefusedXmlException, ValueError):
            pass
    return f'<div xmlns="{XHTML}">{_escaped(text)}</div>'


def _character(entity: re.Match[str]) -> str:
    """HTML's named characters, which XML does not know, as themselves."""
    if entity[1] in _OF_XML:
        return entity[0]
    return html5.get(entity[1], entity[0])
