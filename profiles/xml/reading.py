"""A FHIR resource in JSON, from its XML (https://hl7.org/fhir/R4/xml.html)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from profiles.validate.definitions import Element, attributes_of, elements_of
from profiles.xml.tree import XHTML, Node, NotFhirXml, read_tree

#: A number as both JSON and FHIR write it.
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def to_json(document: bytes) -> bytes:
    """A resource in JSON.

    Raises:
        NotFhirXml: it cannot be read; what was found and where.
    """
    root = read_tree(document)
    return msgspec.json.encode(_resource(root, root.name))


def _resource(node: Node, path: str) -> dict[str, Any]:
    elements = elements_of(node.name)
    if "meta" not in elements:  # a data type
        raise NotFhirXml(f"{path} is no resource type of FHIR R4")
    if node.attributes:
        raise NotFhirXml(f"{path} is a resource and has attributes; write them as elements")
    return {"resourceType": node.name, **_object(node, elements, path)}


def _object(node: Node, elements: dict[str, Element], path: str) -> dict[str, Any]:
    found: dict[str, list[Node]] = {}
    for child in node.children:
        if child.name not in elements:
            raise NotFhirXml(f"{path} has an element that FHIR R4 does not know in this place")
        found.setdefault(child.name, []).append(child)
    made: dict[str, Any] = {}
    for name, element in elements.items():
        nodes = found.get(name)
        if nodes is None:
            continue
        here = f"{path}.{name}"
        if len(nodes) > 1 and not element.repeats:
            raise NotFhirXml(f"{here} stands more than once; it may not repeat")
        for key, values in _members(element, nodes, here):
            made[key] = values if element.repeats else values[0]
    return made


def _members(element: Element, nodes: list[Node], path: str) -> Iterator[tuple[str, list[Any]]]:
    """The JSON members an element becomes: one, or two where a primitive has extensions."""
    if element.kind == "resource":
        yield element.name, [_only_resource(node, path) for node in nodes]
    elif element.kind == "complex":
        yield element.name, [_complex(node, element.type, path) for node in nodes]
    else:
        values = [_primitive(node, element, path) for node in nodes]
        extras = [_extras(node, path) for node in nodes]
        if any(value is not None for value in values):
            yield element.name, values
        if any(extras):
            yield f"_{element.name}", [extra or None for extra in extras]


def _only_resource(node: Node, path: str) -> dict[str, Any]:
    if len(node.children) != 1 or node.attributes:
        raise NotFhirXml(f"{path} has to hold one resource")
    return _resource(node.children[0], path)


def _complex(node: Node, type: str, path: str) -> dict[str, Any]:
    allowed = attributes_of(type)
    made: dict[str, Any] = {}
    for name, value in node.attributes.items():
        if name not in allowed:
            raise NotFhirXml(f"{path} has an attribute that FHIR R4 does not know in this place")
        made[name] = value
    made |= _object(node, elements_of(type), path)
    if not made:
        raise NotFhirXml(f"{path} is empty; leave it out")
    return made


def _primitive(node: Node, element: Element, path: str) -> Any:
    if element.kind == "xhtml":
        if node.xhtml is None:
            raise NotFhirXml(f'{path} is no XHTML; write <div xmlns="{XHTML}">')
        return node.xhtml
    value = node.attributes.get("value")
    if value is None:
        if not node.attributes and not node.children:
            raise NotFhirXml(f"{path} is empty; leave it out")
        return None
    if element.kind == "boolean":
        if value not in ("true", "false"):
            raise NotFhirXml(f"{path} is neither true nor false")
        return value == "true"
    if element.kind == "number":
        if not _NUMBER.fullmatch(value):
            raise NotFhirXml(f"{path} is no number")
        return msgspec.Raw(value.encode())
    return value


def _extras(node: Node, path: str) -> dict[str, Any]:
    """The id and the extensions of a primitive."""
    if node.xhtml is not None:
        return {}
    if set(node.attributes) - {"id", "value"}:
        raise NotFhirXml(f"{path} has an attribute that FHIR R4 does not know in this place")
    if any(child.name != "extension" for child in node.children):
        raise NotFhirXml(f"{path} has an element that FHIR R4 does not know in this place")
    extras: dict[str, Any] = {}
    if "id" in node.attributes:
        extras["id"] = node.attributes["id"]
    if node.children:
        extras["extension"] = [
            _complex(child, "Extension", f"{path}.extension") for child in node.children
        ]
    return extras
