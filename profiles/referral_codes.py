"""The codes a referral is told with: business statuses, reasons, queues, next events, and maps.

CodeSystems and ConceptMaps in `definitions/` are the single source; every table is keyed by code,
in the order of its CodeSystem. What a code is called by others (DHCS, BSeR and IHE 360X) is a
ConceptMap, so that a new release of theirs is a new file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

import msgspec
from msgspec import Struct

from profiles.canonicals import DEFAULT_BASE
from profiles.code_systems import concepts

Hop = Literal["plan", "provider", "any"]
Kind = Literal["closure", "return", "hold"]
Actor = Literal["owner", "requester", "queue", "operator"]
Equivalence = Literal["equivalent", "equal", "wider", "narrower", "inexact", "unmatched"]

_MAPS = Path(__file__).parent / "definitions" / "concept_maps"


class BusinessStatus(Struct, frozen=True, kw_only=True, gc=False):
    """How far a referral is: a code of `ecm-referral-business-status`."""

    code: str
    display: str
    #: What Task.status may be with it; the first is the usual one.
    task_statuses: tuple[str, ...]
    #: Of which Task it is said: the one that asks the plan, one that asks a provider, either.
    hop: Hop
    #: A code of `next_events`; None: nothing, the referral has ended here.
    next_event: str | None


class StatusReason(Struct, frozen=True, kw_only=True, gc=False):
    """Why a Task has its status: a code of `ecm-referral-status-reason`."""

    code: str
    display: str
    #: What Task.status it may lead to; the first is the usual one.
    task_statuses: tuple[str, ...]
    #: `closure` ends the referral, `return` sends it back to be corrected, `hold` pauses it.
    kind: Kind
    #: Whether Task.output has to say what was done.
    output: bool


class NextEvent(Struct, frozen=True, kw_only=True, gc=False):
    """What has to happen next: a code of `ecm-referral-next-event`."""

    code: str
    display: str
    actor: Actor


class Target(Struct, frozen=True, kw_only=True, gc=False):
    """What a code is in another system, by a ConceptMap."""

    system: str
    #: None: the other system has no such code, and `comment` says why.
    code: str | None = None
    display: str | None = None
    equivalence: Equivalence
    comment: str | None = None


@cache
def business_statuses() -> Mapping[str, BusinessStatus]:
    """Give the business statuses."""
    return MappingProxyType(
        {
            one.code: BusinessStatus(
                code=one.code,
                display=one.display,
                task_statuses=_codes_of("ecm-business-status-to-task-status", one.code),
                hop=cast(Hop, one.codes("hop")[0]),
                next_event=next(iter(one.codes("next-event")), None),
            )
            for one in concepts("ecm-referral-business-status")
        }
    )


@cache
def status_reasons() -> Mapping[str, StatusReason]:
    """Give the reasons of a status; those of kind closure are the outcomes of a referral."""
    return MappingProxyType(
        {
            one.code: StatusReason(
                code=one.code,
                display=one.display,
                task_statuses=one.codes("task-status"),
                kind=cast(Kind, one.codes("kind")[0]),
                output=one.flag("output") is True,
            )
            for one in concepts("ecm-referral-status-reason")
        }
    )


@cache
def next_events() -> Mapping[str, NextEvent]:
    """Give what may have to happen next."""
    return MappingProxyType(
        {
            one.code: NextEvent(
                code=one.code, display=one.display, actor=cast(Actor, one.codes("actor")[0])
            )
            for one in concepts("ecm-referral-next-event")
        }
    )


@cache
def queues() -> Mapping[str, str]:
    """Give the display of each queue that a Task without owner may wait in."""
    return MappingProxyType({one.code: one.display for one in concepts("ecm-referral-queue")})


@cache
def discontinuation_reasons() -> Mapping[str, str]:
    """Give the display of each reason why an enrolment ended (an EpisodeOfCare, no Task)."""
    found = concepts("ecm-discontinuation-reason")
    return MappingProxyType({one.code: one.display for one in found})


def mapped(concept_map: str, code: str, base: str = DEFAULT_BASE) -> tuple[Target, ...]:
    """Give what a code is by a shipped ConceptMap.

    Args:
        concept_map: its id: `ecm-business-status-to-task-status`, `ecm-business-status-to-dhcs`,
            `ecm-business-status-to-bser`, `ecm-status-reason-to-dhcs`,
            `peer-task-status-to-task-status`, `peer-task-status-to-business-status`.
        code: of the map's source; a code the map does not name has no target.
        base: our canonical base, which the systems of the targets may stand under.

    Raises:
        KeyError: there is no such map.
    """
    return _maps(base.rstrip("/"))[concept_map].get(code, ())


def taken_in(task_status: str) -> tuple[str, str | None]:
    """Give the status under which a peer's Task is kept, and the business status it then shows.

    SDOH Clinical Care leaves `received` and `ready` out of a referral's Task, and peers write them.

    Args:
        task_status: as the peer wrote it. Every other status stays, with no business status (None).
    """
    status = _codes_of("peer-task-status-to-task-status", task_status)
    if not status:
        return task_status, None
    business = _codes_of("peer-task-status-to-business-status", task_status)
    return status[0], business[0] if business else None


class _Target(Struct, gc=False):
    equivalence: Equivalence
    code: str | None = None
    display: str | None = None
    comment: str | None = None


class _Element(Struct, gc=False):
    code: str
    target: list[_Target]


class _Group(Struct, gc=False):
    source: str
    target: str
    element: list[_Element]


class _ConceptMap(Struct, gc=False):
    id: str
    group: list[_Group]


def _codes_of(concept_map: str, code: str) -> tuple[str, ...]:
    return tuple(one.code for one in mapped(concept_map, code) if one.code is not None)


@cache
def _maps(base: str) -> Mapping[str, Mapping[str, tuple[Target, ...]]]:
    decoder = msgspec.json.Decoder(_ConceptMap)
    files = (file.read_bytes() for file in sorted(_MAPS.glob("*.json")))
    read = [decoder.decode(each.replace(DEFAULT_BASE.encode(), base.encode())) for each in files]
    return MappingProxyType({one.id: _targets(one) for one in read})


def _targets(concept_map: _ConceptMap) -> Mapping[str, tuple[Target, ...]]:
    found: dict[str, tuple[Target, ...]] = {}
    for group in concept_map.group:
        for element in group.element:
            found[element.code] = found.get(element.code, ()) + tuple(
                Target(
                    system=group.target,
                    code=one.code,
                    display=one.display,
                    equivalence=one.equivalence,
                    comment=one.comment,
                )
                for one in element.target
            )
    return MappingProxyType(found)
