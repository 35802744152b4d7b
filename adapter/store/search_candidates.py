"""By which index the matches of a search are found.

That is decided here, not by the database: a SQLite knows nothing of how often a value stands in it,
and a PostgreSQL may prefer to read all rows of a common value. The rows of each clause are counted
up to a bound, and the clause with the fewest gives the candidates; the other clauses are looked up
candidate by candidate. Where all have many, the candidates come in the order of the page, so that
it is full soon.
"""

from __future__ import annotations

from msgspec import Struct

from adapter.search.query import Clause, Query
from adapter.store.records import Viewer
from adapter.store.search_conditions import Conditions, Source, needs_row
from adapter.store.search_order import Order
from adapter.store.search_rows import Binding
from adapter.store.transactions import Transaction

#: A clause with fewer rows gives all candidates at once.
_FEW = 5000
#: In place of the number of a clause: what the viewer was granted.
_GRANTED = -1


class Candidates(Struct, frozen=True):
    """What is looked at, one by one, to find the matches: everything of the type, or less."""

    #: Number of the clause that leaves them, or `_GRANTED`.
    clause: int | None = None
    #: Whether they are collected first; or they come in the order of keys.
    is_few: bool = False


def choose(transaction: Transaction, viewer: Viewer, query: Query, now: int) -> Candidates:
    """The least of what one clause leaves."""
    bind = Binding(is_file=transaction.is_file)
    conditions = Conditions(bind, viewer, now)
    sources = [
        (source, number)
        for number, clause in enumerate(query.clauses)
        if (source := conditions.source(clause)) is not None
    ]
    if granted := conditions.granted():
        sources.append((granted, _GRANTED))
    if not sources:
        return Candidates()
    counts = ", ".join(
        f"(SELECT count(*) FROM (SELECT 1 FROM ({source.sql}) AS d LIMIT {_FEW}) AS n)"  # noqa: S608
        for source, _ in sources
    )
    numbers = transaction.rows(f"SELECT {counts}", bind.values)[0]
    least = min(range(len(sources)), key=lambda place: int(numbers[place]))
    if numbers[least] < _FEW:
        return Candidates(sources[least][1], is_few=True)
    if not query.sort:
        for source, number in sources:
            if source.is_ordered:
                return Candidates(number)
    return Candidates()


def matching(
    bind: Binding, conditions: Conditions, *, query: Query, candidates: Candidates, order: Order
) -> str:
    """A statement with a row `m` for each match; a condition and an order may follow.

    Args:
        bind: takes its values.
        conditions: of the same statement.
        query: the search.
        candidates: as `choose` chose.
        order: what its columns are for.
    """
    source, clauses = _source(conditions, query, candidates)
    if source is None:
        holds = _holds(bind, conditions, query, clauses)
        columns = order.columns(bind, "r.key")
        return f"SELECT m.* FROM (SELECT {columns} FROM resource r WHERE {holds}) AS m"  # noqa: S608
    given = f"({source.sql})"
    if candidates.is_few:
        given = f"(SELECT DISTINCT q.key FROM {given} AS q)"  # noqa: S608
    if _is_of_keys(conditions, source, clauses, order):
        holds = " AND ".join(conditions.met(clause, "r") for clause in clauses) or "1 = 1"
        columns, rows = order.columns(bind, "r.key"), f"{given} AS r WHERE {holds}"
    else:
        holds = _holds(bind, conditions, query, clauses)
        columns = order.columns(bind, "d.key")
        rows = f"{given} AS d CROSS JOIN resource r WHERE r.key = d.key AND {holds}"
    # The same key comes twice where a code has two systems, one right after the other.
    distinct = "" if candidates.is_few else "DISTINCT "
    return f"SELECT {distinct}m.* FROM (SELECT {columns} FROM {rows}) AS m"  # noqa: S608


def _source(
    conditions: Conditions, query: Query, candidates: Candidates
) -> tuple[Source | None, list[Clause]]:
    """What gives the candidates, and the clauses they still have to meet."""
    clauses = list(query.clauses)
    if candidates.clause is None:
        return None, clauses
    if candidates.clause == _GRANTED:
        return conditions.granted(), clauses
    source = conditions.source(clauses[candidates.clause])
    if source is not None and source.is_exact:
        del clauses[candidates.clause]
    return source, clauses


def _is_of_keys(
    conditions: Conditions, source: Source, clauses: list[Clause], order: Order
) -> bool:
    """Whether the keys alone tell which resources match."""
    return (
        conditions.sees_all
        and source.is_of_type
        and not order.needs_row
        and not any(map(needs_row, clauses))
    )


def _holds(bind: Binding, conditions: Conditions, query: Query, clauses: list[Clause]) -> str:
    return " AND ".join(
        [
            f"r.type = {bind(query.type)}",
            *(conditions.met(clause, "r") for clause in clauses),
            conditions.seen("r"),
        ]
    )
