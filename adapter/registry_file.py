"""A file in which an operator registers clients, partners or accounts: TOML, a table for each.

Faults are told with file, table and remedy. What makes a table one of them stands in
`adapter.security.clients`, `adapter.partners.registry` and `adapter.workbench.sign_in.registry`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from adapter.errors import UnusableInput

#: Far more than a registry needs.
_MOST_BYTES = 4 * 2**20

#: What an element is written like, by what the decoder expected.
_WRITTEN = {
    "str": 'a text in quotes, "…"',
    "array": 'a list in brackets, ["…"]',
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a table",
}


def read_document(path: Path, name: str) -> dict[str, Any]:
    """What a file says; `name`: `clients`, `partners` or `accounts`.

    Raises:
        UnusableInput: the file is not there, or is no TOML.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1).decode()
    except OSError as fault:
        raise UnusableInput(f"{path} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise UnusableInput(f"{path} is not UTF-8; save it as that") from None
    if len(text) > _MOST_BYTES:
        raise UnusableInput(f"{path} is larger than 4 MB; name the file of the {name}")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise UnusableInput(f"{path} is not TOML: {fault}") from None


def read_tables(path: Path, name: str) -> list[Any]:
    """The tables of a file, each of which should be one; `name`: `clients` or `partners`.

    Raises:
        UnusableInput: the file is not there, or is no TOML, or holds something else.
    """
    document = read_document(path, name)
    if unknown := sorted(document.keys() - {name}):
        raise UnusableInput(
            f"{path}: {unknown[0]!r} has no meaning here; write [[{name}]] tables and nothing else"
        )
    return listed(document, path, name)


def listed(document: Mapping[str, Any], path: Path, name: str) -> list[Any]:
    """The tables of that name.

    Raises:
        UnusableInput: there is one that is not doubled.
    """
    tables = document.get(name, [])
    if not isinstance(tables, list):
        raise UnusableInput(f"{path}: `{name}` is a single table; write [[{name}]], doubled")
    return tables


def refuse_faults(found: Sequence[str], name: str) -> None:
    """Have nothing used of a file with faults.

    Raises:
        UnusableInput: the first fault, and how many more there are.
    """
    if found:
        more = f" ({len(found) - 1} more; see `ecm {name} check`)" if len(found) > 1 else ""
        raise UnusableInput(found[0] + more)


def named(table: Any, place: int) -> str:
    """How a table is called in a fault: by its id, or by its place, from 1."""
    id = table.get("id") if isinstance(table, dict) else None
    return repr(id) if isinstance(id, str) else f"number {place}"


def shape_faults(
    table: object,
    record: type[Struct],
    fault: msgspec.ValidationError,
    name: str,
    written: Mapping[str, str] | None = None,
) -> list[str]:
    """Why a table is no such record.

    Every element that has no meaning and every one that is missing, of which the decoder tells one;
    else what it found, with a remedy.

    Args:
        table: as it was read.
        record: what it should be.
        fault: what the decoder said.
        name: `clients`, `partners` or `accounts`.
        written: what an element of a few values is written like, by element.
    """
    return _elements(table, record) or [_told(fault, name, written or {})]


def _elements(table: object, record: type[Struct]) -> list[str]:
    if not isinstance(table, dict):
        return []
    known = record.__struct_fields__
    found = []
    for name in table:
        if name not in known:
            (meant,) = get_close_matches(name, known, n=1, cutoff=0.6) or ("",)
            remedy = f"did you mean `{meant}`?" if meant else f"there are {', '.join(known)}"
            found.append(f"`{name}` has no meaning; {remedy}")
    required = [field.name for field in msgspec.structs.fields(record) if field.required]
    return [*found, *(f"`{name}` is missing; add it" for name in required if name not in table)]


def _told(fault: msgspec.ValidationError, name: str, written: Mapping[str, str]) -> str:
    words = str(fault)
    place = re.search(r"`\$\.([a-z_]+)", words)
    expected = re.match(r"Expected `(\w+)", words)
    like = expected and _WRITTEN.get(expected[1])
    if place and (like := written.get(place[1]) or like):
        return f"`{place[1]}` is not as it should be; write {like}"
    return f"{words}; see `ecm {name} --help`"
