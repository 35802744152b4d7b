"""Answering a search: the page of matches, their number, and what comes along with them.

Which index a page is read by is decided here, not by the database: a SQLite knows nothing of how
often a value stands in it, and a PostgreSQL may prefer to read all rows of a common value. The rows
of each clause are counted up to a bound, and the clause with the fewest gives the candidates; the
other clauses are looked up candidate by candidate. Where all have many, the candidates come in the
order of the page, so that it is full soon.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from adapter.fhir_api.faults import refused
from adapter.search.query import Query
from adapter.store.records import Version, Viewer
from adapter.store.search_conditions import Conditions
from adapter.store.search_includes import Inclusion
from adapter.store.search_order import Order, Place
from adapter.store.search_rows import Binding
from adapter.store.transactions import Row, Transaction

#: Matches are counted up to here, unless the exact number is asked for.
COUNTED = 1000
#: A clause with fewer rows gives the candidates at once.
_FEW = 1000
#: In place of the number of a clause: what the viewer was granted.
_GRANTED = -1

#: Of a page, kept by the service and not shown to the client.
_PLACE = msgspec.json.Decoder(tuple[int | None, tuple[int | float | str, ...]])


class Found(Struct, frozen=True, kw_only=True):
    """The answer to a search."""

    matches: list[Version]
    #: By `_include` and `_revinclude`; none of the matches.
    included: list[Version]
    #: Of all matches; None: nobody counted.
    total: int | None
    #: Where the next page begins (`Query.after`); empty: this is the last one.
    next: str
    #: Whether there was more to include than an answer takes.
    is_cut: bool = False


class _Candidates(Struct, frozen=True):
    """What is looked at, one by one, to find the matches; everything of the type, unless it says."""

    #: Number of the clause that leaves them, or `_GRANTED`.
    clause: int | None = None
    #: Whether they are collected first; or they come in the order of keys.
    is_few: bool = False


def search(transaction: Transaction, viewer: Viewer, query: Query, now: int) -> Found:
    """What of what the viewer sees a search finds.

    Args:
        transaction: what it reads with.
        viewer: whose eyes.
        query: as `adapter.search.parsing` read it.
        now: the instant that consents have to be in force at.

    Raises:
        Refused: 400, `query.after` is no place.
    """
    return _Search(transaction, viewer, query, now).found()


class _Search:
    def __init__(self, transaction: Transaction, viewer: Viewer, query: Query, now: int) -> None:
        self._transaction, self._viewer, self._query, self._now = transaction, viewer, query, now
        self._order = Order(query.sort)

    def found(self) -> Found:
        query = self._query
        if not query.count:
            total = self._number(self._candidates())
            return Found(matches=[], included=[], total=total, next="")
        keys, total, following = self._page()
        matches = self._versions(keys)
        included: list[Version] = []
        is_cut = False
        if matches and (query.includes or query.revincludes):
            inclusion = Inclusion(self._transaction, self._viewer, query, self._now)
            along, is_cut = inclusion.keys_along(keys)
            included = self._versions(along)
        return Found(matches=matches, included=included, total=total, next=following, is_cut=is_cut)

    def _page(self) -> tuple[list[int], int | None, str]:
        """The keys of the page, the number of matches, and where the next page begins."""
        query = self._query
        total, place = _place(query.after)
        is_first = not query.after
        counts = is_first and query.total == ""
        candidates = self._candidates()
        # A page in the order of keys is counted as it is read.
        limit = max(query.count, COUNTED if counts and not query.sort else 0) + 1
        rows = self._rows(candidates, place, limit)
        if is_first and query.total != "none":
            if len(rows) < limit:
                total = len(rows)
            elif query.total:
                total = self._number(candidates)
            elif query.sort:
                counted = self._number(candidates, COUNTED + 1)
                total = None if counted > COUNTED else counted
        following = ""
        if len(rows) > query.count:
            following = msgspec.json.encode((total, rows[query.count - 1])).decode()
        return [int(row[-1]) for row in rows[: query.count]], total, following

    def _candidates(self) -> _Candidates:
        """Count what each clause leaves and choose."""
        bind, conditions = self._begin()
        sources = [
            (source, number)
            for number, clause in enumerate(self._query.clauses)
            if (source := conditions.source(clause)) is not None
        ]
        if granted := conditions.granted():
            sources.append((granted, _GRANTED))
        if not sources:
            return _Candidates()
        counts = ", ".join(
            f"(SELECT count(*) FROM (SELECT 1 FROM ({source.sql}) AS d LIMIT {_FEW}) AS n)"  # noqa: S608
            for source, _ in sources
        )
        numbers = self._transaction.rows(f"SELECT {counts}", bind.values)[0]
        least = min(range(len(sources)), key=lambda place: int(numbers[place]))
        if numbers[least] < _FEW:
            return _Candidates(sources[least][1], is_few=True)
        for source, number in sources:
            if source.is_ordered and not self._query.sort:
                return _Candidates(number)
        return _Candidates()

    def _begin(self) -> tuple[Binding, Conditions]:
        bind = Binding(is_file=self._transaction.is_file)
        return bind, Conditions(bind, self._viewer, self._now)

    def _rows(self, candidates: _Candidates, place: Place, limit: int) -> list[Row]:
        """The values sorted by and the key of each match after the place, in order."""
        bind, conditions = self._begin()
        sql = self._matches(bind, conditions, candidates)
        after = self._order.after(bind, place)
        sql = f"{sql} WHERE {after}" if after else sql
        return self._transaction.rows(f"{sql} ORDER BY {self._order.by} LIMIT {limit}", bind.values)

    def _number(self, candidates: _Candidates, limit: int = 0) -> int:
        """How many match; no more than the limit, if there is one."""
        bind, conditions = self._begin()
        sql = self._matches(bind, conditions, candidates, sorts=False)
        bounded = f" LIMIT {limit}" if limit else ""
        sql = f"SELECT count(*) FROM ({sql}{bounded}) AS n"  # noqa: S608
        return int(self._transaction.rows(sql, bind.values)[0][0])

    def _matches(
        self, bind: Binding, conditions: Conditions, candidates: _Candidates, *, sorts: bool = True
    ) -> str:
        """A statement with a row `m` for each match; a condition and an order may follow."""
        clauses = list(self._query.clauses)
        source = None
        if candidates.clause == _GRANTED:
            source = conditions.granted()
        elif candidates.clause is not None:
            source = conditions.source(clauses[candidates.clause])
            if source is not None and source.is_exact:
                del clauses[candidates.clause]
        key = "d.key" if source else "r.key"
        columns = self._order.columns(bind, key) if sorts else f"{key} AS key"
        holds = " AND ".join(
            [
                f"r.type = {bind(self._query.type)}",
                conditions.seen("r"),
                *(conditions.met(clause, "r") for clause in clauses),
            ]
        )
        if source is None:
            return f"SELECT m.* FROM (SELECT {columns} FROM resource r WHERE {holds}) AS m"  # noqa: S608
        joined = f"CROSS JOIN resource r WHERE r.key = d.key AND {holds}"
        if candidates.is_few:
            return (
                "SELECT m.* FROM (WITH d AS MATERIALIZED (SELECT DISTINCT q.key"  # noqa: S608
                f" FROM ({source.sql}) AS q) SELECT {columns} FROM d {joined}) AS m"
            )
        # The same key comes twice where a code has two systems, one right after the other.
        return f"SELECT DISTINCT m.* FROM (SELECT {columns} FROM ({source.sql}) AS d {joined}) AS m"  # noqa: S608

    def _versions(self, keys: list[int]) -> list[Version]:
        """The present versions of what the viewer still sees, in the order of the keys."""
        if not keys:
            return []
        bind, conditions = self._begin()
        rows = self._transaction.rows(
            "SELECT r.key, r.type, r.id, r.version, r.updated_at, r.method, v.body, r.author"  # noqa: S608
            " FROM resource r JOIN resource_version v ON v.key = r.key AND v.version = r.version"
            f" WHERE {bind.keys('r.key', keys)} AND {conditions.seen('r')}",
            bind.values,
        )
        found = {
            row[0]: Version(
                key=row[0], type=row[1], id=row[2], version=row[3], updated_at=row[4],
                method=row[5], body=bytes(row[6]), author=row[7],
            )
            for row in rows
        }  # fmt: skip
        return [found[key] for key in keys if key in found]


def _place(after: str) -> tuple[int | None, Place]:
    """The number of matches as it was counted on the first page, and where the page begins."""
    if not after:
        return None, ()
    try:
        return _PLACE.decode(after)
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise refused(400, "value", "this is no page of a search; search again") from None
