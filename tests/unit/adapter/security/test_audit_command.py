"""`ecm audit`: entries listed, changes of them found, an earlier note compared."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from adapter.cli.main import main
from adapter.store.database import Database
from adapter.store.records import AuditEntry
from adapter.store.resources import ResourceStore
from profiles.validate import validate

#: 2026-03-18T12:00:00-07:00
NOON = 1_773_860_400_000
DAY = 24 * 3600 * 1000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store with six entries, a day apart."""
    path = tmp_path / "ecm.sqlite"
    with closing(Database(f"sqlite:///{path}")) as database:
        for number in range(6):
            append(database, number)
    return path


def append(database: Database, number: int) -> None:
    with ResourceStore(database).reading() as unit:
        unit.audit(
            AuditEntry(
                at=NOON + number * DAY,
                tenant="plan",
                client=f"client-{number % 2}",
                party="s|v",
                action="read",
                outcome="refused" if number == 3 else "success",
                entity=f"Task/{number}",
                patient=f"p{number % 3}",
                detail="a\nb" if number == 0 else "",
            )
        )


@pytest.fixture
def run(file: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs `ecm audit` on the store: exit code, what it printed, what it complained of."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(("audit", *arguments, "--store", f"sqlite:///{file}"))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


Run = Callable[..., tuple[int, str, str]]


def test_what_nobody_changed_is_told_so(run: Run):
    """With the number of entries."""
    assert run("verify") == (0, "6 entries, nothing was changed\n", "")


@pytest.mark.parametrize(
    ("change", "entry"),
    (
        ("UPDATE audit SET outcome = 'success' WHERE number = 4", 4),
        ("DELETE FROM audit WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number = 6", 6),
        ("UPDATE audit SET number = 9 WHERE number = 5", 5),
        ("DELETE FROM audit_head WHERE shard = 0", 0),
    ),
)
def test_what_was_changed_is_told_with_its_place(run: Run, file: Path, change: str, entry: int):
    """And the exit code is 2, for whoever runs it every night."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(change)
        connection.commit()
    code, printed, complained = run("verify")
    assert (code, printed) == (2, "")
    assert f"chain 0, entry {entry}: " in complained


def test_an_audit_made_anew_is_found_by_an_earlier_note(run: Run, file: Path, tmp_path: Path):
    """Whoever can write the database can make its chains whole again, but not the note."""
    note = tmp_path / "ends.json"
    assert run("verify", "--note", str(note))[0] == 0
    with closing(Database(f"sqlite:///{file}")) as database:
        append(database, 6)
    code, printed, _ = run("verify", "--noted", str(note))
    assert (code, printed) == (
        0,
        "7 entries, nothing was changed, and what was noted is still there\n",
    )
    file.unlink()
    with closing(Database(f"sqlite:///{file}")) as database:
        for number in (0, 1, 2, 4, 5, 6, 7):
            append(database, number)
    assert run("verify")[0] == 0
    code, _, complained = run("verify", "--noted", str(note))
    assert code == 2
    assert "not the one that was noted" in complained


def test_a_note_that_is_none_is_told(run: Run, tmp_path: Path):
    """In one line."""
    other = tmp_path / "other.json"
    other.write_text("{}")
    assert "is no note of `ecm audit verify --note`" in run("verify", "--noted", str(other))[2]
    assert "cannot be read" in run("verify", "--noted", str(tmp_path / "nowhere"))[2]
    assert "cannot be written" in run("verify", "--note", str(tmp_path))[2]


@pytest.mark.parametrize(
    ("arguments", "tasks"),
    (
        ((), "543210"),
        (("--limit", "2"), "54"),
        (("--patient", "p1"), "41"),
        (("--patient", "Patient/p1", "--client", "client-0"), "4"),
        (("--outcome", "refused"), "3"),
        (("--entity", "Task/2"), "2"),
        (("--since", "2026-03-20", "--until", "2026-03-21"), "32"),
        (("--tenant", "other"), ""),
        (("--action", "update"), ""),
        (("--party", "s|v", "--action", "read", "--limit", "1"), "5"),
    ),
)
def test_entries_are_listed_the_newest_first(run: Run, arguments: tuple[str, ...], tasks: str):
    """Those that were asked for."""
    code, printed, _ = run("list", *arguments)
    assert code == 0
    listed = [line.partition("Task/")[2][0] for line in printed.splitlines()]
    assert "".join(listed) == tasks


def test_a_line_says_when_who_what_and_about_whom(run: Run):
    """And what cannot be printed never breaks it."""
    lines = run("list")[1].splitlines()
    assert lines[-1] == (
        "2026-03-18T19:00:00+00:00  plan  client-0  read  success  Task/0  Patient/p0  a�b"
    )


def test_entries_are_written_as_audit_events(run: Run):
    """One a line, each valid."""
    events = [json.loads(line) for line in run("list", "--format", "fhir")[1].splitlines()]
    assert len(events) == 6
    assert all(validate(event) == () for event in events)


def test_without_a_store_there_is_nothing_to_look_at(capsys: pytest.CaptureFixture[str]):
    """It says what to give."""
    assert main(("audit", "list")) == 2
    assert "give --store" in capsys.readouterr().err
