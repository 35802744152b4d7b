"""Several statements to a PostgreSQL in one round trip, by libpq itself.

The driver's own pipeline costs more than the round trips it spares to a server nearby: every
statement is parsed, and waited for, by itself. Here statements are sent with numbered parameters as
they are, prepared where they come again, and read together
(https://www.postgresql.org/docs/current/libpq-pipeline-mode.html).

Texts, and lists of anything, are sent as texts of a type that the statement gives them; whole
numbers as bigint, bytes as they are.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection, DataError, OperationalError, errors
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from adapter.store.statements import Answer, Statement

#: Uses after which a statement is prepared, and how many are kept on a connection.
_PREPARE_AFTER = 2
_PREPARED_AT_MOST = 400
_USES_AT_MOST = 2000

_BIGINT, _DOUBLE, _BYTES, _BOOLEAN = 20, 701, 17, 16
_FAULTS = (ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE)


class Wire:
    """One connection; used by one thread at a time."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._libpq = connection.pgconn
        self._load = Transformer(connection)
        self._uses: dict[tuple[bytes, tuple[int, ...]], int] = {}
        self._names: dict[tuple[bytes, tuple[int, ...]], bytes] = {}
        self._numbers = count()
        self._is_under_way = False

    @property
    def is_lost(self) -> bool:
        """Whether the connection is of no use any more."""
        return self._libpq.status == ConnStatus.BAD or self._is_under_way

    @property
    def is_idle(self) -> bool:
        """Whether it is in no transaction, and nothing is under way."""
        return self._libpq.transaction_status == TransactionStatus.IDLE

    def send(self, *statements: Statement) -> list[Answer]:
        """Carry out statements one after the other, up to the first that fails.

        Raises:
            psycopg.Error: of the first that failed.
        """
        ready = [(one.sql.encode(), _dumped(one.values)) for one in statements]
        if self._is_under_way:
            raise OperationalError("what was sent before was not read to its end")
        libpq = self._libpq
        self._is_under_way = True
        libpq.enter_pipeline_mode()
        # For each result that comes, whether it is a statement's.
        ours = self._forget_some()
        for sql, dumped in ready:
            ours += self._put(sql, *dumped)
        libpq.pipeline_sync()
        results = self._results()
        libpq.exit_pipeline_mode()
        self._is_under_way = False
        for result in results:
            if result.status in _FAULTS:
                raise _fault(result)
        return [self._answer(one) for one, is_ours in zip(results, ours, strict=True) if is_ours]

    def _forget_some(self) -> list[bool]:
        if len(self._names) < _PREPARED_AT_MOST:
            return []
        self._names.clear()
        self._uses.clear()
        self._libpq.send_query_params(b"DEALLOCATE ALL", None)
        return [False]

    def _put(
        self, sql: bytes, values: list[bytes | None], types: tuple[int, ...], formats: list[int]
    ) -> list[bool]:
        libpq = self._libpq
        known = (sql, types)
        name = self._names.get(known)
        if name is not None:
            libpq.send_query_prepared(name, values, formats, 1)
            return [True]
        uses = self._uses[known] = self._uses.get(known, 0) + 1
        if uses <= _PREPARE_AFTER:
            if len(self._uses) > _USES_AT_MOST:
                self._uses.clear()
            libpq.send_query_params(sql, values, types, formats, 1)
            return [True]
        name = self._names[known] = b"ecm_%d" % next(self._numbers)
        libpq.send_prepare(name, sql, types)
        libpq.send_query_prepared(name, values, formats, 1)
        return [False, True]

    def _results(self) -> list[PGresult]:
        libpq = self._libpq
        poll = select.poll()
        poll.register(libpq.socket, select.POLLIN | select.POLLOUT)
        while libpq.flush():
            if any(event & select.POLLIN for _, event in poll.poll()):
                libpq.consume_input()
        poll.modify(libpq.socket, select.POLLIN)
        found: list[PGresult] = []
        while True:
            while libpq.is_busy():
                poll.poll()
                libpq.consume_input()
            result = libpq.get_result()
            if result is None:
                if libpq.status == ConnStatus.BAD:
                    raise OperationalError("the connection was lost")
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                return found
            found.append(result)

    def _answer(self, result: PGresult) -> Answer:
        self._load.set_pgresult(result)
        rows = self._load.load_rows(0, result.ntuples, tuple) if result.ntuples else []
        tag = (result.command_status or b"").decode()
        return Answer(rows, result.command_tuples or 0, tag)


_WIRES: WeakKeyDictionary[Any, Wire] = WeakKeyDictionary()


def wire_of(connection: Any) -> Wire:
    """That of a connection, with what is prepared there."""
    found = _WIRES.get(connection)
    if found is None:
        found = _WIRES[connection] = Wire(connection)
    return found


def _fault(result: PGresult) -> Exception:
    state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
    try:
        of_state = errors.lookup(state)
    except KeyError:
        of_state = OperationalError
    return of_state(
        (result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b"").decode("utf-8", "replace")
    )


def _dumped(
    values: Sequence[Any],
) -> tuple[list[bytes | None], tuple[int, ...], list[int]]:
    """Bytes, type and format of each."""
    written, types, formats = [], [], []
    for value in values:
        as_bytes, type = _written(value)
        written.append(as_bytes)
        types.append(type)
        formats.append(1 if type == _BYTES else 0)
    return written, tuple(types), formats


def _written(value: Any) -> tuple[bytes | None, int]:
    """Bytes and type; 0: the one that the statement gives it."""
    if isinstance(value, str):
        return _text(value), 0
    if isinstance(value, bool):
        return (b"t" if value else b"f"), _BOOLEAN
    if isinstance(value, int):
        return b"%d" % value, _BIGINT
    if value is None:
        return None, 0
    if isinstance(value, bytes):
        return value, _BYTES
    if isinstance(value, float):
        return repr(value).encode(), _DOUBLE
    return _text(_array(value)), 0


def _text(value: str) -> bytes:
    found = value.encode()
    if b"\0" in found:  # where libpq would end it
        raise DataError("a text holds the character U+0000")
    return found


def _array(values: Sequence[Any]) -> str:
    """As PostgreSQL writes an array."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, bytes):
        return '"\\\\x' + value.hex() + '"'
    if value is None:
        return "NULL"
    return repr(value)
