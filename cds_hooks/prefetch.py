"""Prefetch: what the service asks for, and what came of it.

The template is made from the mappers' own declarations (`mappings.requirements`), one key each.
A client may honour any part of it (cds-hooks_2.0@37), and sends more states than the specification
names: a key that is null or an empty Bundle says that there is nothing; a key left out, an
OperationOutcome or a web page in place of a resource says nothing at all (@49-@53).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

import msgspec
from msgspec import Raw, Struct

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


def states(requirements: Iterable[DataRequirement], sent: Mapping[str, Raw]) -> dict[str, State]:
    """The state of every key of the template, in its order.

    Data under a key that was not asked for count for the template's keys of their resource type:
    some clients have their prefetch typed in by hand and name it as they like.
    """
    wanted = {one.key: one.resource_type for one in requirements}
    read = {key: _read(bytes(raw)) for key, raw in sent.items()}
    elsewhere = {
        resource_type: state
        for key, (state, resource_types) in read.items()
        if key not in wanted and state in (State.SENT, State.PARTIAL)
        for resource_type in resource_types
    }
    return {
        key: read[key][0] if key in read else elsewhere.get(resource_type, State.NOT_SENT)
        for key, resource_type in wanted.items()
    }


class _OutcomeIssue(Struct):
    severity: str = "error"


class _Resource(Struct, rename="camel"):
    resource_type: str = ""
    issue: list[_OutcomeIssue] = []


class _Link(Struct):
    relation: str = ""


class _Entry(Struct):
    resource: _Resource | None = None


class _Response(Struct):
    status: str | int = ""


class _Value(_Resource):
    """A resource, a Bundle, or the `{response, resource}` wrapper of CDS Hooks 1.0."""

    entry: list[_Entry] = []
    link: list[_Link] = []
    response: _Response | None = None
    resource: Raw = Raw(b"null")


_VALUE = msgspec.json.Decoder(_Value)
_LIST = msgspec.json.Decoder(list[_Resource])

_Read = tuple[State, frozenset[str]]
_ERROR: _Read = (State.ERROR, frozenset())
_NONE: _Read = (State.NONE, frozenset())


def _read(data: bytes) -> _Read:
    """The state of one value and the resource types in it. Never raises."""
    try:
        if data == b"null":
            return _NONE
        if data.startswith(b"["):
            return _of_resources(_LIST.decode(data))
        if data.startswith(b"{"):
            return _of_object(_VALUE.decode(data))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    return _ERROR


def _of_object(value: _Value) -> _Read:
    if value.response is not None and not value.resource_type:
        ok = str(value.response.status).startswith("2")
        return _read(bytes(value.resource)) if ok else _ERROR
    if value.resource_type in ("", "OperationOutcome"):
        return _ERROR
    if value.resource_type != "Bundle":
        return State.SENT, frozenset({value.resource_type})
    state, types = _of_resources([e.resource for e in value.entry if e.resource is not None])
    if state is not State.ERROR and any(link.relation == "next" for link in value.link):
        return State.PARTIAL, types
    return state, types


def _of_resources(resources: list[_Resource]) -> _Read:
    """Epic answers an empty search with an OperationOutcome of severity warning: nothing found."""
    types = frozenset(r.resource_type for r in resources if r.resource_type != "OperationOutcome")
    outcomes = [r for r in resources if r.resource_type == "OperationOutcome"]
    failed = any(
        not outcome.issue or any(i.severity in ("error", "fatal") for i in outcome.issue)
        for outcome in outcomes
    )
    if failed:
        return State.ERROR, types
    return (State.SENT, types) if types else _NONE
