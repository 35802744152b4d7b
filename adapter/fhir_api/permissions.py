"""What the scopes of a token leave of an interaction: all of it, part of it, or nothing.

A scope may be narrowed by a search (`system/Task.rs?owner=…`). Then only what that search finds is
there for its bearer: the same answer as for what is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from adapter.fhir_api.faults import Refused
from adapter.search.parsing import parse
from adapter.search.query import Clause, Parameter, Query, Value
from adapter.security.scopes import demand, insufficient, narrowed_to
from adapter.store.records import Version, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit


def by_id(type: str, id: str) -> Query:
    """A search for one resource by its id."""
    clause = Clause(parameter=Parameter(type, "_id", "token"), values=(Value(text=id),))
    return Query(type=type, clauses=(clause,), count=1)


def narrowed(viewer: Viewer, query: Query) -> Query:
    """The search as far as the scopes allow it.

    Raises:
        Refused: 403, they do not allow it, or not what it asks about in a chain.
    """
    demand(viewer, query.type, "search-type")
    for clause in query.clauses:
        _check_chains(viewer, (*clause.chain, *clause.has))
    return msgspec.structs.replace(
        query, clauses=query.clauses + _clauses(viewer, query.type, "search-type")
    )


def within(unit: Unit, viewer: Viewer, type: str, id: str, interaction: str) -> bool:
    """Whether a resource that the viewer sees is among those its scopes are narrowed to."""
    clauses = _clauses(viewer, type, interaction)
    if not clauses:
        return True
    query = by_id(type, id)
    everything = msgspec.structs.replace(viewer, clearance=frozenset({"*"}), covered=True)
    wanted = msgspec.structs.replace(query, clauses=query.clauses + clauses)
    return bool(unit.search(everything, wanted).matches)


def demand_within(unit: Unit, viewer: Viewer, type: str, id: str, interaction: str) -> None:
    """Refuse what was written where its scopes do not reach.

    Raises:
        Refused: 403.
    """
    if not within(unit, viewer, type, id, interaction):
        raise insufficient(type, interaction)


def readable(
    unit: Unit, viewer: Viewer, versions: Iterable[Version], interaction: str
) -> list[Version]:
    """Those that may come along with a search."""
    return [
        one
        for one in versions
        if narrowed_to(viewer, one.type, interaction) is not None
        and within(unit, viewer, one.type, one.id, interaction)
    ]


def _clauses(viewer: Viewer, type: str, interaction: str) -> tuple[Clause, ...]:
    search = narrowed_to(viewer, type, interaction)
    if search is None:
        raise insufficient(type, interaction)
    return parse(type, list(search), strict=True).clauses if search else ()


def _check_chains(viewer: Viewer, clauses: Sequence[Clause]) -> None:
    """A chain tells something of what it goes through; a narrowed scope is no scope for that."""
    for clause in clauses:
        for type in {clause.type, clause.parameter.type}:
            if narrowed_to(viewer, type, "chain") != ():
                raise Refused(403, *insufficient(type, "chain").issues)
        _check_chains(viewer, (*clause.chain, *clause.has))
