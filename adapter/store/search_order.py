"""The order of a search's matches, and where in it a page begins.

What has no value for a parameter comes last, whichever way it is sorted. Resources with the same
values come in the order they were created in, or the other way round if the first parameter goes
down. FHIR R4 search, `_sort`.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapter.fhir_api.faults import refused
from adapter.search.amounts import MOST
from adapter.search.instants import LAST
from adapter.search.parameters import OF_THE_ROW
from adapter.search.query import Parameter
from adapter.store.search_rows import Binding, table_of

#: In place of what is missing: after everything there is, or before it where that comes last.
_NO_DATE = 2 * LAST
_NO_TEXT = "\U0010ffff"

Place = Sequence[int | float | str]


class Order:
    """The order of one search."""

    def __init__(self, sort: tuple[tuple[Parameter, bool], ...]) -> None:
        """`sort`: as `Query.sort`."""
        self._sort = sort
        self._ways = [is_down for _, is_down in sort]
        self._ways.append(self._ways[0] if self._ways else False)
        self._names = [*(f"s{number}" for number in range(len(sort))), "key"]

    @property
    def needs_row(self) -> bool:
        """Whether it looks at more of a resource than its key."""
        return any(parameter.name in OF_THE_ROW for parameter, _ in self._sort)

    @property
    def by(self) -> str:
        """What stands after ORDER BY."""
        return ", ".join(
            f"m.{name} DESC" if is_down else f"m.{name}"
            for name, is_down in zip(self._names, self._ways, strict=True)
        )

    def columns(self, bind: Binding, key: str) -> str:
        """The values sorted by and the key of a row `r`, as columns."""
        values = [
            f"{_value(bind, parameter, is_down=is_down)} AS s{number}"
            for number, (parameter, is_down) in enumerate(self._sort)
        ]
        return ", ".join([*values, f"{key} AS key"])

    def after(self, bind: Binding, place: Place) -> str:
        """That a row `m` of these columns comes after the place; empty: from the beginning.

        Raises:
            Refused: 400, it is the place of another search.
        """
        if not place:
            return ""
        if len(place) != len(self._names):
            raise refused(400, "value", "this is no page of that search; search again")
        alternatives = []
        same: list[str] = []
        for name, is_down, value in zip(self._names, self._ways, place, strict=True):
            bound = bind(value)
            alternatives.append(
                " AND ".join([*same, f"m.{name} {'<' if is_down else '>'} {bound}"])
            )
            same.append(f"m.{name} = {bound}")
        return " OR ".join(f"({one})" for one in alternatives)


def _value(bind: Binding, parameter: Parameter, *, is_down: bool) -> str:
    """The least value a resource has, or the greatest where they go down."""
    if parameter.name == "_id":
        return "r.id"
    if parameter.name == "_lastUpdated":
        return "r.updated_at"
    end = "max" if is_down else "min"
    missing: float | str
    match parameter.kind:
        case "date":
            column = "i.high" if is_down else "i.low"
            missing = -_NO_DATE if is_down else _NO_DATE
        case "number" | "quantity":
            column = "i.high" if is_down else "i.low"
            missing = -MOST if is_down else MOST
        case kind:
            column = {
                "string": "NULLIF(i.norm, '')",
                "reference": "i.target_type || '/' || i.target_id || i.url",
            }.get(kind, "NULLIF(i.code, '')")
            missing = "" if is_down else _NO_TEXT
    return (
        f"COALESCE((SELECT {end}({column}) FROM {table_of(parameter, '')} i"  # noqa: S608
        f" WHERE i.key = r.key AND i.param = {bind(parameter.param)}), {bind(missing)})"
    )
