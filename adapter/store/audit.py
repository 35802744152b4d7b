"""The audit: who did what to whose data, each entry chained to the one before it.

An entry's hash is SHA-256 over the SHA-256 of the entry (a JSON array of its fields in the order of
`records.AuditEntry`, without blanks, in UTF-8), the hash before it, the number of the chain (4
bytes) and its own number in the chain (8 bytes, both with the highest byte first). Where a chain
ends is kept apart. So an entry that was changed, taken out, put elsewhere or cut off the end is
found. Whoever may write both tables could make the whole chain anew: note the ends elsewhere
(`Verified.ends`) and have them compared.

There are several chains, as each has one writer at a time; a SQLite file has one writer anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

import msgspec
from msgspec import Struct, structs

from adapter.store.postgresql import PostgresTransaction
from adapter.store.records import AuditEntry
from adapter.store.transactions import Row, Rows, Transaction
from cds_hooks.errors import NotStored

_LOG = logging.getLogger(__name__)

#: Chains of a PostgreSQL database.
SHARDS = 16
#: Entries read at once.
_BATCH = 1000

_NAMES = AuditEntry.__struct_fields__
_FIELDS = ", ".join(_NAMES)
_WHOLE = ("at", "version")

_ENTRIES = Rows(
    "audit", ("number", *_NAMES, "hash"), ("bigint",) * (len(_NAMES) + 2), fixed=("shard",)
)
_HEAD = "SELECT number, hash FROM audit_head WHERE shard = :shard"
_MOVE = "UPDATE audit_head SET number = :number, hash = :hash WHERE shard = :shard"
_NEXT_HASH = "sha256({digest} || hash || int4send({shard}) || int8send(number + 1))"
# A chain whose end is gone takes no entry: its number is null, which the table refuses.
_APPEND_ONE = (
    "head{n} AS (UPDATE audit_head SET number = number + 1, hash = "  # noqa: S608 - names of ours
    + _NEXT_HASH.format(digest="CAST(:digest AS bytea)", shard="shard")
    + " WHERE shard = :shard RETURNING number, hash), entry{n} AS"  # noqa: S608
    f" (INSERT INTO audit (shard, number, {_FIELDS}, hash) VALUES (:shard,"
    f" (SELECT number FROM head{{n}}), {', '.join(f':{name}' for name in _NAMES)},"
    " (SELECT hash FROM head{n})))"
)
_TYPED = ", ".join(f":all_{name}::{'bigint' if name in _WHOLE else 'text'}[]" for name in _NAMES)
_APPEND_MANY = (
    "end{n} AS MATERIALIZED (SELECT number, hash FROM audit_head WHERE shard = :shard FOR UPDATE),"  # noqa: S608
    " chain{n} (place, number, hash) AS (SELECT 0, (SELECT number FROM end{n}),"
    " (SELECT hash FROM end{n}) UNION ALL SELECT place + 1, number + 1, "
    + _NEXT_HASH.format(digest="(CAST(:digests AS bytea[]))[place + 1]", shard=":shard::int")
    + " FROM chain{n} WHERE place < :many), entry{n} AS"  # noqa: S608
    f" (INSERT INTO audit (shard, number, {_FIELDS}, hash) SELECT :shard, c.number,"
    f" {', '.join(f'e.{name}' for name in _NAMES)}, c.hash FROM chain{{n}} c JOIN"
    f" unnest({_TYPED}) WITH ORDINALITY AS e ({_FIELDS}, place) ON e.place = c.place),"
    " moved{n} AS (UPDATE audit_head SET number = last.number, hash = last.hash FROM"
    " (SELECT number, hash FROM chain{n} ORDER BY place DESC LIMIT 1) AS last"
    " WHERE shard = :shard)"
)
_READ = (
    f"SELECT number, {_FIELDS}, hash FROM audit WHERE shard = :shard AND number > :after"  # noqa: S608
    " AND number <= :last ORDER BY number LIMIT :most"
)


class Fault(Struct, frozen=True):
    """A place where a chain is broken."""

    shard: int
    #: Of the first entry that is missing or wrong.
    number: int
    what: str


class End(Struct, frozen=True):
    """Where a chain ended when it was verified."""

    shard: int
    number: int
    #: Hexadecimal.
    hash: str


class Verified(Struct, frozen=True, kw_only=True):
    """What verifying found."""

    entries: int
    #: To be noted where whoever writes the database cannot write.
    ends: tuple[End, ...]
    #: None: nothing was changed.
    faults: tuple[Fault, ...]

    def note(self) -> bytes:
        """Where the chains end, to be kept elsewhere."""
        return msgspec.json.encode(self.ends) + b"\n"


def read_note(note: bytes) -> dict[int, End]:
    """The ends of a `Verified.note` by chain.

    Raises:
        ValueError: it is none.
    """
    try:
        return {one.shard: one for one in msgspec.json.decode(note, type=list[End])}
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ValueError("no note of where the chains end") from None


def append(transaction: Transaction, entries: Sequence[AuditEntry], shard: int) -> None:
    """Chain and write entries, as the last thing a transaction does: others wait for the chain.

    Args:
        transaction: of a file one that began; of a server it may be none for entries that are
            written by themselves.
        entries: in their order.
        shard: which chain; of a file there is only one.

    Raises:
        NotStored: the chain has no end to go on from; of a server when the transaction ends.
    """
    if isinstance(transaction, PostgresTransaction):
        _append_there(transaction, entries, shard % SHARDS)
        return
    ends = transaction.rows(_HEAD, {"shard": 0})
    if not ends:
        _LOG.error("store: where the audit ends is gone; have it verified (ecm audit verify)")
        raise NotStored
    number, last = ends[0]
    rows: list[Row] = []
    for entry in entries:
        number += 1
        last = chained(_digest(entry), last, 0, number)
        rows.append((number, *structs.astuple(entry), last))
    transaction.add_rows(_ENTRIES, (0,), rows)
    transaction.run(_MOVE, {"shard": 0, "number": number, "hash": last})


def _append_there(
    transaction: PostgresTransaction, entries: Sequence[AuditEntry], shard: int
) -> None:
    if len(entries) == 1:
        values = structs.asdict(entries[0])
        values |= {"shard": shard, "digest": _digest(entries[0])}
        transaction.later_parts(_APPEND_ONE, values)
        return
    columns = zip(_NAMES, zip(*map(structs.astuple, entries), strict=True), strict=True)
    values = {f"all_{name}": list(column) for name, column in columns}
    digests = [_digest(entry) for entry in entries]
    values |= {"shard": shard, "digests": digests, "many": len(entries)}
    transaction.later_parts(_APPEND_MANY, values)


def chained(digest: bytes, before: bytes, shard: int, number: int) -> bytes:
    """The hash of an entry, 32 bytes."""
    place = shard.to_bytes(4, "big") + number.to_bytes(8, "big")
    return sha256(digest + before + place).digest()


def _digest(entry: AuditEntry) -> bytes:
    return sha256(msgspec.json.encode(structs.astuple(entry))).digest()


def verify_audit(transaction: Transaction, noted: Mapping[int, End] | None = None) -> Verified:
    """Compute every chain anew; entries written meanwhile are not waited for.

    Args:
        transaction: to read with.
        noted: ends of an earlier time by chain, which have to be where they were.
    """
    ends, faults, entries = [], [], 0
    heads = transaction.rows("SELECT shard, number, hash FROM audit_head ORDER BY shard", {})
    missing = set(range(SHARDS)) - {shard for shard, _, _ in heads}
    faults += [Fault(shard, 0, "where it ends is gone") for shard in sorted(missing)]
    for shard, number, last in heads:
        told = noted.get(shard) if noted else None
        found = _Chain(transaction, shard, number, last, told)
        faults += list(found.faults())
        entries += found.entries
        ends.append(End(shard, number, bytes(last).hex()))
    return Verified(entries=entries, ends=tuple(ends), faults=tuple(faults))


class _Chain:
    """One chain while it is verified."""

    def __init__(
        self, transaction: Transaction, shard: int, number: int, last: bytes, noted: End | None
    ) -> None:
        self._transaction, self._shard, self._end, self._noted = (
            transaction,
            shard,
            (number, last),
            noted,
        )
        self.entries = 0

    def faults(self) -> Iterator[Fault]:
        """Each place where it is broken, in order."""
        before, number, is_noted = b"", 0, self._noted is None or self._noted.number == 0
        for found, entry, written in self._rows():
            if found != number + 1:
                yield Fault(self._shard, number + 1, f"{found - number - 1} entries are gone")
            elif written != chained(_digest(entry), before, self._shard, found):
                yield Fault(self._shard, found, "the entry is not what was written")
            number, before = found, written
            if self._noted is not None and self._noted.number == number:
                is_noted = self._noted.hash == written.hex()
        if self._more():
            yield Fault(self._shard, number + 1, "there are entries after its end")
        if (number, before) != self._end:
            yield Fault(self._shard, number + 1, "the chain does not end where it ended")
        if not is_noted and self._noted is not None:
            yield Fault(self._shard, self._noted.number, "the chain is not the one that was noted")

    def _more(self) -> bool:
        """Whether there are entries that nobody wrote in the way they are written."""
        sql = "SELECT max(number) FROM audit WHERE shard = :shard"
        newest = self._transaction.rows(sql, {"shard": self._shard})[0][0] or 0
        ends = self._transaction.rows(_HEAD, {"shard": self._shard})
        return newest > (ends[0][0] if ends else 0)

    def _rows(self) -> Iterator[tuple[int, AuditEntry, bytes]]:
        after = 0
        while True:
            values = {"shard": self._shard, "after": after, "last": self._end[0], "most": _BATCH}
            rows = self._transaction.rows(_READ, values)
            for number, *fields, written in rows:
                self.entries += 1
                yield number, AuditEntry(**dict(zip(_NAMES, fields, strict=True))), written
            if not rows:
                return
            after = rows[-1][0]
