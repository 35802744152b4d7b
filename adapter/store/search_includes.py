"""What comes along with the matches of a search: `_include`, `_revinclude` and `:iterate`.

Everything that comes along is seen by the viewer by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapter.search.parameters import parameter
from adapter.search.query import Include, Parameter, Query
from adapter.store.records import Viewer
from adapter.store.search_conditions import Conditions
from adapter.store.search_rows import NEVER, Binding, either
from adapter.store.transactions import Transaction

#: Resources that one answer includes.
MOST_INCLUDED = 1000
#: Steps from a match, with `:iterate`.
_STEPS = 8


class Inclusion:
    """What comes along in one search."""

    def __init__(self, transaction: Transaction, viewer: Viewer, query: Query, now: int) -> None:
        """`now`: the instant that consents have to be in force at."""
        self._transaction, self._viewer, self._query, self._now = transaction, viewer, query, now

    def keys_along(self, matches: Sequence[int]) -> tuple[list[int], bool]:
        """Keys in ascending order, without those of the matches, and whether there were more."""
        query = self._query
        found: set[int] = set()
        begin, includes, revincludes = list(matches), query.includes, query.revincludes
        for _ in range(_STEPS):
            new: set[int] = set()
            if includes:
                new.update(self._referred(begin, includes))
            if revincludes:
                new.update(self._referring(begin, revincludes))
            new -= found
            new.difference_update(matches)
            if not new:
                break
            found |= new
            if len(found) > MOST_INCLUDED:
                return sorted(found)[:MOST_INCLUDED], True
            begin = sorted(new)
            includes = tuple(one for one in includes if one.iterate)
            revincludes = tuple(one for one in revincludes if one.iterate)
            if not includes and not revincludes:
                break
        return sorted(found), False

    def _referred(self, keys: list[int], includes: tuple[Include, ...]) -> set[int]:
        """What these resources refer to."""
        bind, conditions = self._begin()
        ways = either(_way(bind, one, "i.target_type") for one in includes)
        found = self._keys(
            f"SELECT DISTINCT o.key FROM {bind.listed(keys)} CROSS JOIN reference_index i"  # noqa: S608
            " CROSS JOIN resource o WHERE i.key = k.value AND o.type = i.target_type"
            f" AND o.id = i.target_id AND ({ways}) AND {conditions.seen('o')}",
            bind,
        )
        canonical = [one for one in includes if _url_of(one) is not None]
        return found | self._by_url(keys, canonical) if canonical else found

    def _by_url(self, keys: list[int], includes: list[Include]) -> set[int]:
        """What these resources name by its canonical URL."""
        bind, conditions = self._begin()
        ways = either(
            f"i.param = {bind(one.parameter.param)} AND u.param = {bind(url.param)}"
            for one in includes
            if (url := _url_of(one)) is not None
        )
        return self._keys(
            f"SELECT DISTINCT o.key FROM {bind.listed(keys)} CROSS JOIN reference_index i"  # noqa: S608
            " CROSS JOIN token_index u CROSS JOIN resource o WHERE i.key = k.value"
            f" AND i.url <> '' AND u.tenant = {bind(self._viewer.tenant)} AND u.code = i.url"
            f" AND o.key = u.key AND ({ways}) AND {conditions.seen('o')}",
            bind,
        )

    def _referring(self, keys: list[int], includes: tuple[Include, ...]) -> set[int]:
        """What refers to these resources."""
        bind, conditions = self._begin()
        ways = either(_way(bind, one, "t.type") for one in includes)
        return self._keys(
            f"SELECT DISTINCT o.key FROM {bind.listed(keys)} CROSS JOIN resource t"  # noqa: S608
            " CROSS JOIN reference_index i CROSS JOIN resource o WHERE t.key = k.value"
            f" AND i.tenant = {bind(self._viewer.tenant)} AND i.target_id = t.id"
            f" AND i.target_type = t.type AND o.key = i.key AND ({ways})"
            f" AND {conditions.seen('o')}",
            bind,
        )

    def _begin(self) -> tuple[Binding, Conditions]:
        bind = Binding(is_file=self._transaction.is_file)
        return bind, Conditions(bind, self._viewer, self._now)

    def _keys(self, sql: str, bind: Binding) -> set[int]:
        sql = f"{sql} ORDER BY o.key LIMIT {MOST_INCLUDED + 1}"
        return {int(row[0]) for row in self._transaction.rows(sql, bind.values)}


def _way(bind: Binding, include: Include, column: str) -> str:
    """That a row `i` is of the reference, and leads to a type it may lead to."""
    of = include.parameter
    types = of.targets if of.stored else ()
    if include.target:
        if types and include.target not in types:
            return NEVER
        types = (include.target,)
    if not types:
        return f"i.param = {bind(of.param)}"
    return f"i.param = {bind(of.param)} AND {bind.any_of(column, types)}"


def _url_of(include: Include) -> Parameter | None:
    """The parameter that finds what a canonical leads to; None: it leads to nothing we keep."""
    if "Questionnaire" not in include.parameter.targets:
        return None
    return parameter("Questionnaire", "url") if include.target in ("", "Questionnaire") else None
