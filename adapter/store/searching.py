"""Answering a search: the page of matches, their number, and what comes along with them."""

from __future__ import annotations

import msgspec

from adapter.fhir_api.faults import refused
from adapter.search.query import Query
from adapter.store.records import Found, Version, Viewer
from adapter.store.search_candidates import Candidates, choose, matching
from adapter.store.search_conditions import Conditions
from adapter.store.search_includes import Inclusion
from adapter.store.search_order import Order, Place
from adapter.store.search_rows import Binding
from adapter.store.transactions import Row, Transaction

#: Matches are counted up to here, unless the exact number is asked for.
COUNTED = 500
#: Of a page, kept by the service and not shown to the client.
_PLACE = msgspec.json.Decoder(tuple[int | None, tuple[int | float | str, ...]])


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
            number = self._number(choose(self._transaction, self._viewer, query, self._now))
            return Found(matches=[], included=[], total=number, next="")
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
        candidates = choose(self._transaction, self._viewer, query, self._now)
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

    def _begin(self) -> tuple[Binding, Conditions]:
        bind = Binding(is_file=self._transaction.is_file)
        return bind, Conditions(bind, self._viewer, self._now)

    def _rows(self, candidates: Candidates, place: Place, limit: int) -> list[Row]:
        """The values sorted by and the key of each match after the place, in order."""
        bind, conditions = self._begin()
        sql = matching(
            bind, conditions, query=self._query, candidates=candidates, order=self._order
        )
        after = self._order.after(bind, place)
        sql = f"{sql} WHERE {after}" if after else sql
        return self._transaction.rows(f"{sql} ORDER BY {self._order.by} LIMIT {limit}", bind.values)

    def _number(self, candidates: Candidates, limit: int = 0) -> int:
        """How many match; no more than the limit, if there is one."""
        bind, conditions = self._begin()
        sql = matching(bind, conditions, query=self._query, candidates=candidates, order=Order(()))
        bounded = f" LIMIT {limit}" if limit else ""
        sql = f"SELECT count(*) FROM ({sql}{bounded}) AS n"  # noqa: S608
        return int(self._transaction.rows(sql, bind.values)[0][0])

    def _versions(self, keys: list[int]) -> list[Version]:
        """The present versions of what the viewer still sees, in the order of the keys."""
        if not keys:
            return []
        bind, conditions = self._begin()
        rows = self._transaction.rows(
            "SELECT r.key, r.type, r.id, r.version, r.updated_at, r.method, v.body, r.author"  # noqa: S608
            f" FROM {bind.listed(keys)} CROSS JOIN resource r CROSS JOIN resource_version v"
            " WHERE r.key = k.value AND v.key = r.key AND v.version = r.version"
            f" AND {conditions.seen('r')}",
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
