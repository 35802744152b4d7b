"""Whatever is done to an entry of the audit afterwards is found, and where."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256

import pytest

from adapter.store.audit import End, Verified, chained, verify_audit
from adapter.store.database import Database
from adapter.store.resources import ResourceStore
from cds_hooks.errors import NotStored
from tests.unit.adapter.store.drafting import TENANT, entry, put_next

#: Columns of an entry, each with something else to write into it.
EDITS = {
    "at": "at + 1",
    "tenant": "'other'",
    "client": "'another'",
    "party": "''",
    "action": "'read'",
    "outcome": "'refused'",
    "entity": "'Task/666'",
    "version": "version + 1",
    "patient": "'p2'",
    "purpose": "'HOPERAT'",
    "consent": "'Consent/1'",
    "labels": "'eth'",
    "detail": "'x'",
    "hash": "(SELECT hash FROM audit b WHERE b.shard = audit.shard AND b.number = 5)",
}


@pytest.fixture
def filled(resources: ResourceStore) -> ResourceStore:
    """A store with twelve entries in one chain."""
    resources._turns = iter([3] * 12)  # type: ignore[assignment]
    with resources.unit() as unit:
        for number in range(10):
            unit.audit(entry(unit, f"Task/{number}", patient="p1"))
    with resources.reading() as unit:
        unit.audit(entry(unit, "Task/10"))
    with resources.unit(durable=False) as unit:
        unit.audit(entry(unit, "Task/11", detail='7 found; "ü" \n'))
    return resources


def verified(resources: ResourceStore, noted: dict[int, End] | None = None) -> Verified:
    with resources.reading() as unit:
        return verify_audit(unit.connection, noted)


def tamper(resources: ResourceStore, sql: str, **values: object) -> None:
    with resources.unit() as unit:
        assert unit.connection.run(sql, values)


def broken(resources: ResourceStore) -> list[tuple[int, str]]:
    return [(fault.number, fault.what) for fault in verified(resources).faults]


def test_a_chain_nobody_touched_has_no_fault(filled: ResourceStore):
    found = verified(filled)
    assert (found.entries, found.faults) == (12, ())
    assert sum(end.number for end in found.ends) == 12


def test_the_hash_can_be_computed_without_this_program(filled: ResourceStore):
    """As the module says: for an auditor who does not trust it."""
    with filled.reading() as unit:
        rows = unit.connection.rows("SELECT * FROM audit ORDER BY number", {})
    before = b""
    for shard, number, *fields, written in rows:
        told = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
        place = shard.to_bytes(4, "big") + number.to_bytes(8, "big")
        before = sha256(sha256(told).digest() + before + place).digest()
        assert before == written


def test_an_entry_that_was_changed_is_found(filled: ResourceStore):
    """Each entry, in each of its parts; each change is undone before the next."""
    for number in range(1, 13):
        for column, value in EDITS.items():
            edit = f"UPDATE audit SET {column} = {value} WHERE number = :n AND number <> 5"  # noqa: S608
            with suppress(ZeroDivisionError), filled.unit() as unit:
                changed = unit.connection.run(edit, {"n": number})
                faults = verify_audit(unit.connection).faults
                assert [fault.number for fault in faults][:changed] == [number] * changed
                raise ZeroDivisionError
    assert broken(filled) == []


@pytest.mark.parametrize("number", (1, 6, 12))
def test_an_entry_that_was_taken_out_is_found(filled: ResourceStore, number: int):
    tamper(filled, "DELETE FROM audit WHERE number = :n", n=number)
    last = "the chain does not end where it ended"
    assert broken(filled) == [(number, last if number == 12 else "1 entries are gone")]


@pytest.mark.parametrize(("one", "other"), ((1, 2), (5, 6), (2, 11)))
def test_entries_that_changed_places_are_found(filled: ResourceStore, one: int, other: int):
    for old, new in ((one, -1), (other, one), (-1, other)):
        tamper(filled, "UPDATE audit SET number = :new WHERE number = :old", old=old, new=new)
    assert {one, other} <= {number for number, _ in broken(filled)}


def test_an_entry_put_into_another_chain_is_found(filled: ResourceStore):
    tamper(filled, "UPDATE audit SET shard = shard + 1 WHERE number = 12")
    assert broken(filled)


@pytest.mark.parametrize("many", (1, 5, 12))
def test_a_tail_that_was_cut_off_is_found(filled: ResourceStore, many: int):
    tamper(filled, "DELETE FROM audit WHERE number > :n", n=12 - many)
    assert broken(filled) == [(13 - many, "the chain does not end where it ended")]


def test_an_entry_that_was_made_up_is_found(filled: ResourceStore):
    """Between two others there is no place; at the end it takes the next one's."""
    tamper(
        filled,
        "INSERT INTO audit SELECT shard, 13, at, tenant, client, party, action, outcome, entity,"
        " version, patient, purpose, consent, labels, detail, hash FROM audit WHERE number = 12",
    )
    assert broken(filled) == [(13, "there are entries after its end")]


def test_a_chain_made_anew_is_found_by_an_end_that_was_noted(filled: ResourceStore):
    """Entry 4 is taken out, the others are moved up and chained again, and the end is set."""
    noted = {end.shard: end for end in verified(filled).ends}
    [shard] = [end.shard for end in noted.values() if end.number]
    with filled.unit() as unit:
        rows = unit.connection.rows("SELECT * FROM audit ORDER BY number", {})
        del rows[3]
        unit.connection.run("DELETE FROM audit", {})
        before = b""
        for number, (_, _, *fields, _) in enumerate(rows, 1):
            told = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
            before = chained(sha256(told).digest(), before, shard, number)
            names = [f"v{place}" for place in range(len(fields) + 3)]
            unit.connection.run(
                f"INSERT INTO audit VALUES ({', '.join(f':{name}' for name in names)})",  # noqa: S608
                dict(zip(names, (shard, number, *fields, before), strict=True)),
            )
        unit.connection.run(
            "UPDATE audit_head SET number = 11, hash = :hash WHERE shard = :shard",
            {"hash": before, "shard": shard},
        )
    assert verified(filled).faults == ()
    [fault] = verified(filled, noted).faults
    assert (fault.number, fault.what) == (12, "the chain is not the one that was noted")


def test_a_noted_end_is_still_there_when_the_chain_has_grown(filled: ResourceStore):
    noted = {end.shard: end for end in verified(filled).ends}
    filled._turns = iter([3])  # type: ignore[assignment]
    with filled.unit() as unit:
        unit.audit(entry(unit))
    assert verified(filled, noted).faults == ()


def test_where_its_end_is_gone_nothing_is_answered(filled: ResourceStore):
    """An access that cannot be audited does not take place."""
    tamper(filled, "DELETE FROM audit_head")
    filled._turns = iter([3] * 4)  # type: ignore[assignment]

    def write(entries: int) -> None:
        with filled.unit() as unit:
            put_next(unit, "1")
            unit.audited = [entry(unit)] * entries

    for entries in (1, 2):
        with pytest.raises(NotStored):
            write(entries)
    with filled.reading() as unit:
        assert unit.current(TENANT, "Task", "1") is None
    assert "where it ends is gone" in {what for _, what in broken(filled)}


def test_entries_of_many_writers_are_all_there(database: Database, resources: ResourceStore):
    """Of units and of those that only look, one at a time and several."""

    def write(writer: int) -> None:
        for number in range(6):
            with resources.unit() if number % 2 else resources.reading() as unit:
                for _ in range(1 + number % 3):
                    unit.audit(entry(unit, f"Task/{writer}-{number}"))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    found = verified(resources)
    assert (found.entries, found.faults) == (16 * 12, ())


def test_what_only_looked_and_failed_is_audited_all_the_same(resources: ResourceStore):
    def fail() -> None:
        with resources.reading() as unit:
            unit.audit(entry(unit))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert verified(resources).entries == 1
