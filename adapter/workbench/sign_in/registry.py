"""The file of those who may sign in to the workbench, and what it says now.

TOML: an `[[accounts]]` table for everybody with a password here, an `[openid]` table for an
identity provider with a `[[groups]]` table for each group of people there, and how long a session
lasts. It is read again when it changed, so that somebody who is taken out of it is out at once.
"""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from adapter.errors import UnusableInput
from adapter.registry_file import listed, read_document, refuse_faults, shape_faults
from adapter.security.viewers import Parties
from adapter.workbench.sign_in.account import Account, Group, Known, Limits, OpenId
from adapter.workbench.sign_in.registration import (
    WRITTEN,
    account_faults,
    group_faults,
    limit_faults,
    openid_faults,
    secret_fault,
    shared_faults,
)

_LOG = logging.getLogger(__name__)

_NAMES = ("accounts", "openid", "groups", "idle_minutes", "session_hours", "address_header")
#: What a secret file holds at most.
_MOST_BYTES = 10_000

T = TypeVar("T", bound=Struct)


def read_accounts(path: Path, parties: Parties | None = None) -> Known:
    """Those who may sign in by a file.

    Args:
        path: the file.
        parties: the organizations there are; None: not known, and so not looked at.

    Raises:
        UnusableInput: it cannot be read, or has a fault: the first, with place and remedy, and how
            many more there are.
    """
    known, found = check_accounts(path, parties)
    refuse_faults(found, "accounts")
    return known


def check_accounts(path: Path, parties: Parties | None = None) -> tuple[Known, tuple[str, ...]]:
    """The same, with every fault as a value.

    Raises:
        UnusableInput: the file is not there, or is no TOML.
    """
    document = read_document(path, "accounts")
    found: list[str] = []
    if said := _open_to_all(path):
        found.append(f"{path}: {said}")
    found += (
        f"{path}: {name!r} has no meaning here; there are {', '.join(_NAMES)}"
        for name in sorted(document.keys() - set(_NAMES))
    )
    accounts = tuple(_tables(document, path, "accounts", Account, "name", found))
    groups = tuple(_tables(document, path, "groups", Group, "value", found))
    found += (
        f"{path}: account {one.name!r}: {fault}"
        for one in accounts
        for fault in account_faults(one, parties)
    )
    found += (
        f"{path}: group {one.value!r}: {fault}"
        for one in groups
        for fault in group_faults(one, parties)
    )
    found += (f"{path}: {fault}" for fault in shared_faults(accounts, groups))
    openid, secret = _provider(document, path, groups, found)
    if not document.get("accounts") and openid is None and "openid" not in document:
        found.append(f"{path}: nobody may sign in; add an [[accounts]] or an [openid] table")
    limits, header = _limits(document, path, found)
    known = Known(
        accounts={one.name: one for one in accounts},
        groups=groups,
        openid=openid,
        secret=secret,
        limits=limits,
        address_header=header,
    )
    return known, tuple(found)


class Registry:
    """What the file says now; many threads may ask at once.

    Raises:
        UnusableInput: it has a fault when it is read for the first time.
    """

    def __init__(self, path: Path, parties: Parties) -> None:
        self._path, self._parties, self._lock = path, parties, Lock()
        self._read = self._state()
        self._known = read_accounts(path, parties)

    @property
    def known(self) -> Known:
        """Those who may sign in. Where the file has a fault now, as it was before."""
        if self._state() != self._read:
            with self._lock:
                self._read_again()
        return self._known

    def _read_again(self) -> None:
        state = self._state()
        if state == self._read:
            return
        self._read = state
        try:
            self._known = read_accounts(self._path, self._parties)
        except UnusableInput as fault:
            _LOG.error("who may sign in stays as it was: %s", fault)
        else:
            _LOG.info("who may sign in was read again")

    def _state(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError:
            return ()
        return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)


def _tables(
    document: dict[str, Any], path: Path, name: str, record: type[T], key: str, found: list[str]
) -> Iterable[T]:
    for place, table in enumerate(listed(document, path, name), start=1):
        try:
            yield msgspec.convert(table, record)
        except msgspec.ValidationError as fault:
            id = table.get(key) if isinstance(table, dict) else None
            called = f"{name[:-1]} {repr(id) if isinstance(id, str) else f'number {place}'}"
            said = shape_faults(table, record, fault, "accounts", WRITTEN)
            found += (f"{path}: {called}: {words}" for words in said)


def _provider(
    document: dict[str, Any], path: Path, groups: tuple[Group, ...], found: list[str]
) -> tuple[OpenId | None, str]:
    table = document.get("openid")
    if table is None:
        if groups:
            found.append(f"{path}: [[groups]] are an identity provider's; add its [openid] table")
        return None, ""
    if not document.get("groups"):
        found.append(f"{path}: openid: nobody of it may sign in; add a [[groups]] table")
    try:
        openid = msgspec.convert(table, OpenId)
    except msgspec.ValidationError as fault:
        said = shape_faults(table, OpenId, fault, "accounts")
        found += (f"{path}: openid: {words}" for words in said)
        return None, ""
    found += (f"{path}: openid: {fault}" for fault in openid_faults(openid))
    secret, said_of_it = _secret(path.parent / openid.client_secret_file)
    if said_of_it:
        found.append(f"{path}: openid: `client_secret_file` {said_of_it}")
    return openid, secret


def _secret(file: Path) -> tuple[str, str]:
    """What the file holds, and what is wrong with it."""
    try:
        with file.open("rb") as opened:
            secret = opened.read(_MOST_BYTES).decode().strip()
    except OSError as fault:
        return "", f"{file} cannot be read: {fault.strerror}"
    except UnicodeDecodeError:
        return "", f"{file} is no text"
    if said := _open_to_all(file) or secret_fault(secret):
        return "", f"{file} {said}"
    return secret, ""


def _open_to_all(file: Path) -> str:
    """Why a file with secrets must not be used; empty: it may be."""
    if file.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP):
        return f"can be read by anybody on this machine; chmod 600 {file}"
    return ""


def _limits(document: dict[str, Any], path: Path, found: list[str]) -> tuple[Limits, str]:
    given = {name: document[name] for name in ("idle_minutes", "session_hours") if name in document}
    header = document.get("address_header", "")
    try:
        limits = msgspec.convert(given, Limits)
    except msgspec.ValidationError:
        found.append(f"{path}: `idle_minutes` and `session_hours` are numbers")
        return Limits(), ""
    if not isinstance(header, str):
        found.append(
            f'{path}: `address_header` is not as it should be; write a text in quotes, "…"'
        )
        return limits, ""
    found += (f"{path}: {fault}" for fault in limit_faults(limits, header))
    return limits, header
