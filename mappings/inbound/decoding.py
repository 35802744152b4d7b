"""Bytes of one resource → the fields that are read; a fault is an issue, never an exception."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, ValidationError
from msgspec.json import Decoder

from eligibility.facts import Issue
from mappings.inbound.elements import AnyResource, Element, present
from mappings.inbound.envelopes import RAW_LIST, UNREADABLE, type_of, without_half_characters
from mappings.inbound.references import is_web
from mappings.inbound.resources import Resource

R = TypeVar("R", bound=AnyResource)

#: A resource and what was decoded of it.
Read = tuple[Resource, R]

_PATH = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_MOST_WRAPPED = 5


class _Meta(Element):
    last_updated: str | None = None


class _Versioned(Element):
    id: str | None = None
    meta: _Meta | None = None


_ANY = Decoder(AnyResource)
_VERSIONED = Decoder(_Versioned)


def decode_all(
    resources: list[Resource], decoder: Decoder[R], issues: list[Issue]
) -> tuple[list[Read[R]], bool]:
    """What could be decoded, each resource once, and whether that is all of them."""
    read: list[Read[R]] = []
    complete = True
    decode = decoder.decode
    for resource in resources:
        try:
            read.append((resource, decode(resource.raw)))
        except UNREADABLE as error:
            value = _rescued(resource, decoder, error, issues)
            if value is None:
                issues.append(unreadable(resource, resource.type, error))
                complete = False
            else:
                read.append((resource, value))
    if len({resource.name or value.id for resource, value in read}) < len(read):
        read = _without_repeats(read, issues)
    return read, complete


def unreadable(resource: Resource, element: str, error: Exception) -> Issue:
    """The issue of an element that could not be decoded."""
    found = _PATH.search(str(error))
    try:
        id = _ANY.decode(resource.raw).id
    except UNREADABLE:
        id = None
    return Issue(
        severity="error",
        code="unreadable",
        details="is not what FHIR R4 says it is and was left out: correct it at its source",
        resource=resource.called(id),
        expression=element + (_fhirpath(found[1]) if found else ""),
    )


def _fhirpath(path: str) -> str:
    return path.replace("[...]", "")


def _wrapped(resource: Resource, id: str | None, error: Exception) -> Issue:
    found = _PATH.search(str(error))
    return Issue(
        severity="warning",
        code="wrong-shape",
        details="one value stands where R4 has a list (older FHIR); it was read as a list of one",
        resource=resource.called(id),
        expression=resource.type + (_fhirpath(found[1]) if found else ""),
    )


def half_character(resource: str | None) -> Issue:
    """The issue of a text that was cut within a character."""
    details = "holds a lone surrogate, half of a character; it was read as U+FFFD"
    return Issue(severity="information", code="half-character", details=details, resource=resource)


def _rescued(
    resource: Resource, decoder: Decoder[R], error: Exception, issues: list[Issue]
) -> R | None:
    """One more try: half characters replaced, or single values put in lists.

    DSTU2 and STU3 had a single value in some places where R4 has many.
    """
    if not isinstance(error, ValidationError):
        mended = without_half_characters(bytes(resource.raw))
        if mended is None:
            return None
        try:
            value = decoder.decode(mended)
        except UNREADABLE:
            return None
        resource.raw = Raw(mended)
        issues.append(half_character(resource.called(value.id)))
        return value
    return _with_lists(resource, decoder, error, issues)


def _with_lists(
    resource: Resource, decoder: Decoder[R], error: Exception, issues: list[Issue]
) -> R | None:
    first = error
    raw: bytes | Raw = resource.raw
    for _ in range(_MOST_WRAPPED):
        message = str(error)
        path = _PATH.search(message)
        if path is None or not (
            message.startswith("Expected `array") and "got `object`" in message
        ):
            return None
        try:
            raw = _with_list_at(path[1], raw)
            value = decoder.decode(raw)
        except UNREADABLE as next_error:
            error = next_error
        else:
            issues.append(_wrapped(resource, value.id, first))
            return value
    return None


def _with_list_at(path: str, raw: bytes | Raw) -> bytes:
    root: dict[str, Any] = {"": msgspec.json.decode(raw)}
    holder: Any = root
    key: Any = ""
    for name, index in _STEP.findall(path):
        holder, key = holder[key], name or int(index)
    holder[key] = [holder[key]]
    return msgspec.json.encode(root[""])


def _without_repeats(read: list[Read[R]], issues: list[Issue]) -> list[Read[R]]:
    """Each resource once: the newest version, whatever order they came in.

    Two resources of one id on two servers are two resources; their addresses name them.
    """
    groups: dict[str, list[Read[R]]] = {}
    kept: list[Read[R]] = []
    for resource, value in read:
        if value.id is None or resource.name is not None:
            kept.append((resource, value))
        else:
            groups.setdefault(value.id, []).append((resource, value))
    for group in groups.values():
        servers = {resource.full_url for resource, _ in group if is_web(resource.full_url)}
        if len(servers) < 2:
            kept.append(_newest(group, issues))
            continue
        for url in sorted(filter(None, servers)):
            pair = _newest([pair for pair in group if pair[0].full_url == url], issues)
            pair[0].name = url
            kept.append(pair)
    return kept


def _newest(group: list[Read[R]], issues: list[Issue]) -> Read[R]:
    versions = {bytes(resource.raw) for resource, _ in group}
    resource, value = newest = max(group, key=lambda pair: _age_key(pair[0]))
    if len(versions) > 1:
        details = "was given in several versions; only the last updated one was read"
        issues.append(
            Issue(
                severity="information", code="repeated", details=details,
                resource=resource.called(value.id),
            )
        )  # fmt: skip
    return newest


def _age_key(resource: Resource) -> tuple[datetime, bool, bytes]:
    updated = datetime.min.replace(tzinfo=UTC)
    try:
        meta = _VERSIONED.decode(resource.raw).meta
        if meta is not None and meta.last_updated:
            stated = datetime.fromisoformat(meta.last_updated)
            updated = stated if stated.tzinfo else stated.replace(tzinfo=UTC)
    except (*UNREADABLE, ValueError):
        pass
    return updated, is_web(resource.full_url), bytes(resource.raw)


def contained(raw: Raw, reference: str, type: str) -> Resource | None:
    """The contained resource that `#id` means, if it is of this type."""
    for resource in contained_of(raw, type):
        try:
            if _ANY.decode(resource.raw).id == reference.removeprefix("#"):
                return resource
        except UNREADABLE:
            continue
    return None


def contained_of(raw: Raw, type: str) -> list[Resource]:
    """The contained resources of a type; what is not readable is not there."""
    if not present(raw):
        return []
    try:
        return [Resource(type, inner) for inner in RAW_LIST.decode(raw) if type_of(inner) == type]
    except UNREADABLE:
        return []
