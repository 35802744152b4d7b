"""Prefetch: what the service asks for, and what came of it.

The template is made from the mappers' own declarations (`mappings.requirements`), one key each.
A client may honour any part of it (cds-hooks_2.0@37), and sends more states than the specification
names: a key that is null or an empty Bundle says that there is nothing; a key left out, an
OperationOutcome or a web page in place of a resource says nothing at all (@49-@53).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

import msgspec
from msgspec import Raw, Struct

from mappings.inbound.envelopes import UNREADABLE, type_first, type_of
from mappings.inbound.requirement import DataRequirement


class State(Enum):
    """What is known of the data behind one key."""

    #: Resources came.
    SENT = "sent"
    #: The client looked: there are none.
    NONE = "none"
    #: The key was not sent, so nobody has looked.
    NOT_SENT = "not sent"
    #: Something came that is no data: an OperationOutcome, a failed response, a web page.
    ERROR = "error"
    #: A page of a longer list.
    PARTIAL = "partial"


def template(requirements: Iterable[DataRequirement]) -> dict[str, str]:
    """Discovery's `prefetch`: key to query, in the order of the declarations."""
    return {one.key: one.search for one in requirements}


def states(
    requirements: Iterable[DataRequirement], sent: Mapping[str, Raw], patient_id: str = ""
) -> dict[str, State]:
    """The state of every key of the template, in its order.

    Data under a key that was not asked for, or is of another type, count for the template's key of
    their resource type: some clients have their prefetch typed in by hand and name it as they like.
    Where the template has several keys of that type nobody knows for which, so they count for none.

    Args:
        requirements: what was asked for.
        sent: values of the prefetch, by key.
        patient_id: whose data count under a key that is not theirs; empty: anybody's.
    """
    wanted = {one.key: one.resource_type for one in requirements}
    keys_of_type = Counter(wanted.values())
    read = {key: _alone(raw) for key, raw in sent.items()}
    own: dict[str, State] = {}
    elsewhere: dict[str, State] = {}
    for key, (state, resource_types) in read.items():
        if key in wanted and (wanted[key] in resource_types or not resource_types):
            own[key] = state
        elif state in (State.SENT, State.PARTIAL) and _names(sent[key], patient_id):
            for one in resource_types:
                if keys_of_type[one] == 1 and elsewhere.get(one) is not State.PARTIAL:
                    elsewhere[one] = state
    return {
        key: own.get(key) or elsewhere.get(resource_type, State.NOT_SENT)
        for key, resource_type in wanted.items()
    }


def _names(raw: Raw, patient_id: str) -> bool:
    """Whether anything in a value names the patient, by reference or as the patient itself."""
    if not patient_id:
        return True
    return re.search(rb'[/:"]%s["/|]' % re.escape(patient_id.encode()), raw) is not None


def next_page(raw: Raw) -> str | None:
    """The URL of the page that follows, as the client wrote it; None: none is named.

    Of several pages under one key the last that names another counts.
    """
    try:
        match _first(raw):
            case b"[":
                urls = [next_page(each) for each in _LIST.decode(raw)]
                return next((url for url in reversed(urls) if url), None)
            case b"{":
                value, resource_type = _VALUE.decode(raw), type_of(raw)
                if not resource_type:
                    return next_page(value.resource)
                if resource_type != "Bundle":
                    return None
                urls = [link.url for link in value.link or () if link.relation == "next"]
                return next((url for url in urls if isinstance(url, str) and url), None)
    except UNREADABLE:
        pass
    return None


_NULL = Raw(b"null")
_HARMLESS = ("warning", "information", "success")
_DOCUMENTS = (b"Bundle", b"OperationOutcome")
#: Bundles in Bundles beyond this many are not looked into.
_DEEPEST = 8


class _OutcomeIssue(Struct):
    severity: Any = None


class _Outcome(Struct):
    issue: list[_OutcomeIssue] | None = None


class _Link(Struct):
    relation: Any = None
    url: Any = None


class _Response(Struct):
    status: Any = None


class _Entry(Struct):
    """An entry of a Bundle; CDS Hooks 1.0 had the like under a prefetch key as well."""

    resource: Raw = _NULL
    response: _Response | None = None


class _Value(_Entry):
    """What may stand under a prefetch key, but for an array: a Bundle, or that wrapper."""

    entry: list[_Entry | None] | None = None
    link: list[_Link] | None = None


_VALUE = msgspec.json.Decoder(_Value)
_OUTCOME = msgspec.json.Decoder(_Outcome)
_LIST = msgspec.json.Decoder(list[Raw])

_Read = tuple[State, frozenset[str]]
_ERROR: _Read = (State.ERROR, frozenset())
_NONE: _Read = (State.NONE, frozenset())


def _alone(raw: Raw) -> _Read:
    """The state of the value of a key, and the resource types in it. Never raises."""
    try:
        return _read(raw, _DEEPEST, alone=True)
    except UNREADABLE:
        return _ERROR


def _first(raw: Raw) -> bytes:
    return bytes(memoryview(raw)[:1])


def _read(raw: Raw, deepest: int, *, alone: bool = False) -> _Read:
    match _first(raw):
        case b"{":
            return _of_object(raw, deepest, alone=alone)
        case b"[":
            return _together([_read(each, deepest) for each in _LIST.decode(raw)])
        case b"n":
            return _NONE
    return _ERROR


def _of_object(raw: Raw, deepest: int, *, alone: bool) -> _Read:
    resource_type = type_of(raw)
    if resource_type == "OperationOutcome":
        if alone:
            return _ERROR  # in place of data an outcome is none, however harmless
        # Epic answers an empty search with one of severity warning: nothing found.
        issues = _OUTCOME.decode(raw).issue
        harmless = issues and all(issue.severity in _HARMLESS for issue in issues)
        return _NONE if harmless else _ERROR
    if resource_type and resource_type != "Bundle":
        return State.SENT, frozenset({resource_type})
    value = _VALUE.decode(raw)
    if not deepest:
        return _ERROR
    if not resource_type:
        said = value.response is not None and value.response.status is not None
        return _of_entry(value, deepest - 1) if said or value.resource != _NULL else _ERROR
    state, types = _of_entries(value.entry or [], deepest - 1)
    if state is not State.ERROR and any(link.relation == "next" for link in value.link or ()):
        return State.PARTIAL, types
    return state, types


def _of_entries(entries: list[_Entry | None], deepest: int) -> _Read:
    plain: set[bytes] = set()
    others: list[_Read] = []
    for entry in entries:
        if entry is None:
            continue
        match = type_first(entry.resource)
        if match is None or match[1] in _DOCUMENTS or entry.response is not None:
            others.append(_of_entry(entry, deepest))
        else:
            plain.add(match[1])
    if plain:
        others.append((State.SENT, frozenset(type.decode() for type in plain)))
    return _together(others)


def _of_entry(entry: _Entry, deepest: int) -> _Read:
    status = entry.response.status if entry.response is not None else None
    if status is not None and str(status)[:1] not in ("2", "3"):
        return _ERROR
    return _read(entry.resource, deepest)


def _together(parts: list[_Read]) -> _Read:
    if not parts:
        return _NONE
    found = [state for state, _ in parts]
    types = parts[0][1].union(*(types for _, types in parts[1:]))
    for state in (State.ERROR, State.PARTIAL, State.SENT):
        if state in found:
            return state, types
    return _NONE
