"""The clauses of a search as conditions in SQL, and as the keys that one of them leaves.

The condition of who sees what stands on every resource a clause looks at: the match itself, what a
chain leads to, and what `_has` comes from. So nobody learns by a search what is another's.
"""

from __future__ import annotations

from msgspec import Struct

from adapter.search.parameters import OF_THE_ROW
from adapter.search.query import Clause, Parameter
from adapter.store.records import Viewer
from adapter.store.search_rows import (
    NEVER,
    Binding,
    either,
    found_rows,
    param_of,
    ranged,
    table_of,
)
from adapter.store.visibility import seen_by


class Source(Struct, frozen=True):
    """A statement that gives the keys of resources which may match; some may come twice."""

    sql: str
    #: Whether whatever it gives meets the clause it was made from.
    is_exact: bool = True
    #: Whether they are resources of the type and the tenant alone.
    is_of_type: bool = True
    #: Whether it gives keys in ascending order from one range of an index.
    is_ordered: bool = False


class Conditions:
    """Conditions on rows of `resource` in one statement, for one viewer."""

    def __init__(self, bind: Binding, viewer: Viewer, now: int) -> None:
        """`now`: the instant that consents have to be in force at."""
        self._bind, self._viewer, self._now = bind, viewer, now
        self._aliases = 0

    @property
    def sees_all(self) -> bool:
        """Whether the viewer sees whatever its tenant has."""
        return seen_by(self._viewer, self._now).sql == "r.tenant = :seen_tenant"

    def seen(self, row: str) -> str:
        """That the viewer sees the resource, and it is not deleted."""
        there = f"{row}.tenant = {self._bind(self._viewer.tenant)} AND {row}.method <> 'delete'"
        if self.sees_all:
            return there
        condition = seen_by(self._viewer, self._now, row=row)
        self._bind.values.update(condition.values)
        # In brackets of its own it is asked row by row, and not joined with all that was granted.
        return f"{there} AND (SELECT 1 WHERE {condition.sql}) IS NOT NULL"

    def met(self, clause: Clause, row: str) -> str:
        """That the resource meets a clause."""
        if clause.chain:
            return either(self._chained(clause.parameter, one, row) for one in clause.chain)
        if clause.has:
            return self._referred(clause.parameter, clause.has, row)
        if clause.parameter.name in OF_THE_ROW:
            return f"({self._own(clause, row)})"
        return f"({self._indexed(clause, row)})"

    def source(self, clause: Clause) -> Source | None:
        """The keys that a clause leaves; None: no index tells, as of what is not so."""
        if clause.modifier in ("not", "missing", "contains"):
            return None
        if clause.chain:
            return self._chain_source(clause)
        if clause.has:
            return self._has_source(clause)
        tenant = f"tenant = {self._bind(self._viewer.tenant)}"
        if clause.parameter.name in OF_THE_ROW:
            # By when it is written any version is found, so that the head row has one index less
            # to be kept with every write.
            table = "resource" if clause.parameter.name == "_id" else "resource_version"
            return Source(
                f"SELECT i.key FROM {table} i WHERE i.{tenant}"  # noqa: S608
                f" AND i.type = {self._bind(clause.type)} AND i.method <> 'delete'"
                f" AND ({self._own(clause, 'i')})",
                is_exact=False,
            )
        selects = [
            f"SELECT i.key FROM {table_of(one, clause.modifier)} i WHERE i.{tenant}"  # noqa: S608
            f" AND i.param = {self._bind(param_of(one, clause.modifier))}"
            f" AND ({found_rows(self._bind, clause, one)})"
            for one in (clause.parameter, *clause.alternatives)
        ]
        return Source(" UNION ALL ".join(selects), is_ordered=_is_ordered(clause))

    def granted(self) -> Source | None:
        """The keys that the viewer was granted; None: no grant is asked for."""
        if self._viewer.operator:
            return None
        parties = self._bind.any_of("i.party", self._viewer.parties)
        sql = f"SELECT i.key FROM resource_grant i WHERE {parties}"  # noqa: S608
        return Source(sql, is_exact=False, is_of_type=False)

    def _alias(self, letter: str) -> str:
        self._aliases += 1
        return f"{letter}{self._aliases}"

    def _own(self, clause: Clause, row: str) -> str:
        bind = self._bind
        if clause.parameter.name == "_id":
            return bind.any_of(
                f"{row}.id", (one.text for one in clause.values if one.system is None)
            )
        at = f"{row}.updated_at"
        return either(
            ranged(bind, one, int(one.low), int(one.high), at, at) for one in clause.values
        )

    def _indexed(self, clause: Clause, row: str) -> str:
        found = either(
            # A subquery with a value is looked up row by row; an EXISTS may be joined with all the
            # rows of the index, which is slower for a page.
            f"(SELECT 1 FROM {table_of(one, clause.modifier)} i WHERE i.key = {row}.key"  # noqa: S608
            f" AND i.param = {self._bind(param_of(one, clause.modifier))} AND ({rows})"
            " LIMIT 1) IS NOT NULL"
            for one in (clause.parameter, *clause.alternatives)
            if (rows := found_rows(self._bind, clause, one)) != NEVER
        )
        is_wanted = (
            clause.modifier != "not"
            and (clause.modifier, clause.values[0].text) != ("missing", "true")
        )  # fmt: skip
        return found if is_wanted else f"NOT ({found})"

    def _chained(self, by: Parameter, clause: Clause, row: str) -> str:
        """That `by` leads to a resource that the viewer sees and that meets the clause."""
        to, i, bind = self._alias("t"), self._alias("i"), self._bind
        type = bind(clause.type)
        return (
            f"(SELECT 1 FROM reference_index {i} JOIN resource {to} ON {to}.type = {type}"  # noqa: S608
            f" AND {to}.id = {i}.target_id AND {self.seen(to)} WHERE {i}.key = {row}.key"
            f" AND {i}.param = {bind(by.param)} AND {i}.target_type = {type}"
            f" AND {i}.target_id <> '' AND {self.met(clause, to)} LIMIT 1) IS NOT NULL"
        )

    def _referred(self, by: Parameter, clauses: tuple[Clause, ...], row: str) -> str:
        """That a resource which the viewer sees and which meets the clauses leads here by `by`."""
        of, i, bind = self._alias("s"), self._alias("i"), self._bind
        met = " AND ".join(self.met(one, of) for one in clauses)
        return (
            f"(SELECT 1 FROM reference_index {i} JOIN resource {of} ON {of}.key = {i}.key"  # noqa: S608
            f" AND {self.seen(of)} WHERE {i}.tenant = {bind(self._viewer.tenant)}"
            f" AND {i}.param = {bind(by.param)} AND {i}.target_id = {row}.id"
            f" AND {i}.target_type = {row}.type AND {met} LIMIT 1) IS NOT NULL"
        )

    def _chain_source(self, clause: Clause) -> Source | None:
        bind = self._bind
        selects = []
        for one in clause.chain:
            inner = self.source(one)
            if inner is None:
                return None
            d, to, i = self._alias("d"), self._alias("t"), self._alias("i")
            selects.append(
                f"SELECT {i}.key FROM ({inner.sql}) {d} CROSS JOIN resource {to}"  # noqa: S608
                f" CROSS JOIN reference_index {i} WHERE {to}.key = {d}.key"
                f" AND {i}.tenant = {bind(self._viewer.tenant)}"
                f" AND {i}.param = {bind(clause.parameter.param)} AND {i}.target_id = {to}.id"
                f" AND {i}.target_type = {bind(one.type)}"
            )
        return Source(" UNION ALL ".join(selects), is_exact=False, is_of_type=False)

    def _has_source(self, clause: Clause) -> Source | None:
        inner = self.source(clause.has[0])
        if inner is None:
            return None
        d, to, i, bind = self._alias("d"), self._alias("t"), self._alias("i"), self._bind
        return Source(
            f"SELECT {to}.key FROM ({inner.sql}) {d} CROSS JOIN reference_index {i}"  # noqa: S608
            f" CROSS JOIN resource {to} WHERE {i}.key = {d}.key"
            f" AND {i}.param = {bind(clause.parameter.param)}"
            f" AND {i}.target_type = {bind(clause.type)}"
            f" AND {to}.tenant = {bind(self._viewer.tenant)}"
            f" AND {to}.type = {bind(clause.type)} AND {to}.id = {i}.target_id",
            is_exact=False,
            is_of_type=False,
        )


def _is_ordered(clause: Clause) -> bool:
    if len(clause.values) != 1 or clause.alternatives or clause.modifier:
        return False
    value = clause.values[0]
    if clause.parameter.kind == "reference":
        return bool(value.url or value.target_type)
    return clause.parameter.kind in ("token", "uri") and bool(value.text)


def needs_row(clause: Clause) -> bool:
    """Whether a clause looks at more of the resource than its key."""
    return bool(clause.has) or clause.parameter.name in OF_THE_ROW
