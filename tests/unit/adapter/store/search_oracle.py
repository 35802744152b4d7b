"""What a search finds, told by looking at every resource; no index and no SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapter.search.matching import meets
from adapter.search.query import Clause, Include, Parameter, Query
from adapter.store.records import Viewer
from tests.unit.adapter.store.search_world import Record, World


class Oracle:
    """The world as one viewer sees it."""

    def __init__(self, world: World, viewer: Viewer, now: int) -> None:
        self._permits, self._viewer, self._now = world.permits, viewer, now
        self._seen = [one for one in world.records if self._sees(one)]
        self._places = {(one.type, one.entry.id): one for one in self._seen}

    def matches(self, query: Query) -> list[Record]:
        """All matches in order."""
        found = [
            one
            for one in self._seen
            if one.type == query.type and all(self._meets(each, one) for each in query.clauses)
        ]
        found.sort(key=lambda one: one.key, reverse=bool(query.sort and query.sort[0][1]))
        for parameter, is_down in reversed(query.sort):
            # Sorting is stable, so the last parameter is sorted by first.
            found.sort(key=_by(parameter, is_down=is_down), reverse=is_down)
        return found

    def included(self, query: Query, matches: list[Record]) -> set[int]:
        """Keys of what comes along."""
        along: set[int] = set()
        begin, first = matches, True
        while begin:
            new = {
                one.key: one
                for record in begin
                for include in query.includes
                if first or include.iterate
                for one in self._referred(record, include)
            }
            new |= {
                one.key: one
                for record in begin
                for include in query.revincludes
                if first or include.iterate
                for one in self._referring(record, include)
            }
            begin = [one for key, one in new.items() if key not in along and one not in matches]
            along |= {one.key for one in begin}
            first = False
        return along

    def _sees(self, record: Record) -> bool:
        viewer = self._viewer
        if record.is_deleted or record.tenant != viewer.tenant:
            return False
        if not viewer.operator and not record.grants & set(viewer.parties):
            return False
        if record.author == viewer.party:
            return True
        permitted = {
            one.label
            for one in self._permits
            if (one.patient, one.party) == (record.patient, viewer.party)
            and one.start <= self._now < one.end
        }
        if "*" not in viewer.clearance and record.labels - viewer.clearance - permitted:
            return False
        return viewer.covered or record.patient is None or bool(permitted & (record.labels | {"*"}))

    def _meets(self, clause: Clause, record: Record) -> bool:
        if clause.chain:
            return any(
                type == one.type
                and (target := self._places.get((type, id))) is not None
                and self._meets(one, target)
                for one in clause.chain
                for type, id in _targets(clause.parameter, record)
            )
        if clause.has:
            return any(
                one.type == clause.parameter.type
                and (record.type, record.entry.id) in _targets(clause.parameter, one)
                and all(self._meets(each, one) for each in clause.has)
                for one in self._seen
            )
        return meets(clause, record.entry)

    def _referred(self, record: Record, include: Include) -> list[Record]:
        places = _targets(include.parameter, record)
        found = [
            one
            for type, id in places
            if include.target in ("", type)
            and _leads(include.parameter, type)
            and (one := self._places.get((type, id))) is not None
        ]
        if include.parameter.name == "questionnaire" and include.target in ("", "Questionnaire"):
            urls = {row[3] for row in record.entry.rows.references if row[3]}
            found += [
                one
                for one in self._seen
                if one.type == "Questionnaire"
                and one.resource.get("url") in urls
                and include.parameter.type == record.type
            ]
        return found

    def _referring(self, record: Record, include: Include) -> list[Record]:
        if include.target not in ("", record.type) or not _leads(include.parameter, record.type):
            return []
        place = (record.type, record.entry.id)
        return [one for one in self._seen if place in _targets(include.parameter, one)]


def _leads(parameter: Parameter, type: str) -> bool:
    return not parameter.stored or type in parameter.targets


def _targets(parameter: Parameter, record: Record) -> list[tuple[str, str]]:
    return [
        (type, id)
        for param, type, id, _, _ in record.entry.rows.references
        if param == parameter.param and id
    ]


def _by(parameter: Parameter, *, is_down: bool) -> Callable[[Record], Any]:
    """The least or greatest value, and before it whether there is none."""

    def value(record: Record) -> tuple[bool, Any]:
        rows = record.entry.rows
        values: list[Any]
        match parameter.kind:
            case _ if parameter.name == "_id":
                values = [record.entry.id]
            case _ if parameter.name == "_lastUpdated":
                values = [record.entry.updated_at]
            case "date":
                values = [row[2 if is_down else 1] for row in rows.dates if row[0] == param]
            case "quantity":
                values = [row[2 if is_down else 1] for row in rows.numbers if row[0] == param]
            case "string":
                values = [row[1] for row in rows.strings if row[0] == param]
            case "reference":
                values = [
                    f"{row[1]}/{row[2]}{row[3]}" for row in rows.references if row[0] == param
                ]
            case _:
                values = [row[2] for row in rows.tokens if row[0] == param]
        values = [one for one in values if one != ""]
        if is_down:
            return (True, max(values)) if values else (False, 0)
        return (False, min(values)) if values else (True, 0)

    param = parameter.param
    return value
