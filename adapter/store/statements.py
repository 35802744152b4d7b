"""SQL as a PostgreSQL takes it: values by number; many rows, and many statements, as one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from adapter.store.transactions import Row, Rows

_NAME = re.compile(r"(?<![:\w]):([a-z]\w*)")


def columns(kind: Rows, fixed: Row, rows: Sequence[Row]) -> dict[str, Any]:
    """The values of `add_all` and `drop_all`: of each column an array."""
    by_name = zip(kind.columns, zip(*rows, strict=True), strict=True)
    return {
        **dict(zip(kind.fixed, fixed, strict=True)),
        **{f"all_{name}": list(values) for name, values in by_name},
    }


def _unnested(kind: Rows) -> str:
    arrays = (f":all_{name}::{type}[]" for name, type in zip(kind.columns, kind.types, strict=True))
    return f"unnest({', '.join(arrays)})"


@lru_cache(maxsize=64)
def add_all(kind: Rows) -> str:
    """Inserts rows."""
    names = ", ".join((*kind.fixed, *kind.columns))
    fixed = ", ".join(f":{name}" for name in kind.fixed)
    return (
        f"INSERT INTO {kind.table} ({names})"  # noqa: S608
        f" SELECT {fixed}, one.* FROM {_unnested(kind)} AS one"
    )


@lru_cache(maxsize=64)
def drop_all(kind: Rows) -> str:
    """Deletes rows."""
    alike = [f"{kind.table}.{name} = :{name}" for name in kind.fixed]
    for name, type in zip(kind.columns, kind.types, strict=True):
        # Only what is told which order its texts have is compared with a column of another order.
        order = ' COLLATE "C"' if type == "text" else ""
        alike.append(f"{kind.table}.{name} = one.{name}{order}")
    return (
        f"DELETE FROM {kind.table} USING {_unnested(kind)} AS one ({', '.join(kind.columns)})"  # noqa: S608
        f" WHERE {' AND '.join(alike)}"
    )


class Statement(Struct, frozen=True):
    """A statement with its values, `$1` first."""

    sql: str
    values: Sequence[Any] = ()


class Answer(Struct, frozen=True):
    """What one statement gave."""

    rows: list[tuple[Any, ...]]
    #: How many rows it gave or changed.
    count: int
    #: As the server tells it: `COMMIT`.
    tag: str


class Numbered(Struct, frozen=True):
    """A statement with `$1`, and which value of which part each number stands for."""

    sql: str
    names: tuple[tuple[int, str], ...]


@lru_cache(maxsize=2048)
def numbered(sql: str) -> Numbered:
    """A statement by itself."""
    names: dict[tuple[int, str], int] = {}
    return Numbered(_replaced(sql, 0, names), tuple(names))


@lru_cache(maxsize=2048)
def joined(definitions: tuple[str, ...]) -> Numbered:
    """One statement that carries out several, of which none sees what another writes."""
    names: dict[tuple[int, str], int] = {}
    parts = [
        _replaced(one.replace("{n}", str(number)), number, names)
        for number, one in enumerate(definitions)
    ]
    return Numbered(f"WITH RECURSIVE {', '.join(parts)} SELECT 1", tuple(names))


def _replaced(sql: str, part: int, names: dict[tuple[int, str], int]) -> str:
    def number(match: re.Match[str]) -> str:
        return f"${names.setdefault((part, match[1]), len(names) + 1)}"

    return _NAME.sub(number, sql)
