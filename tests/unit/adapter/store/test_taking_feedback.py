"""Feedback that was taken is there, once, whatever happens; what was refused left nothing."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select, text

from adapter.store import Store
from adapter.store.retention import CLEAR_EVERY, KEEP_COMMENT_DAYS, KEEP_DAYS
from adapter.store.tables import METADATA
from cds_hooks.errors import NotStored
from cds_hooks.feedback import Feedback, read_feedback
from tests.unit.adapter.store.showing import ACCEPTED, CARD, NOON, VALLEY, card, opened, overridden

#: Takes feedback on one card after another and prints the number of each that was taken.
TAKER = """
import sys
from datetime import UTC, datetime
from adapter.store import Store
from cds_hooks.caller import Caller
from cds_hooks.feedback import Feedback

store = Store.open(sys.argv[1])
caller, now = Caller(client="c", tenant="t"), datetime(2026, 3, 2, tzinfo=UTC)
for number in range(100_000):
    store.take_feedback(caller, "s", [Feedback(card=str(number), outcome="overridden")], now)
    print(number, flush=True)
"""

#: Fills the disk, as far as this process may write, with feedback; then gets more room.
FILLER = """
import resource, sys
from datetime import UTC, datetime
from adapter.store import Store
from cds_hooks.caller import Caller
from cds_hooks.errors import NotStored
from cds_hooks.feedback import Feedback

store = Store.open(sys.argv[1])
caller, now = Caller(client="c", tenant="t"), datetime(2026, 3, 2, tzinfo=UTC)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, most))
taken = 0
try:
    while True:
        one = Feedback(card=str(taken), outcome="overridden", comment="x" * 2000)
        store.take_feedback(caller, "s", [one], now)
        taken += 1
except NotStored:
    pass
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
store.take_feedback(caller, "s", [Feedback(card="after", outcome="overridden")], now)
print(taken + 1)
store.close()
"""


def rows(store: Store, table: str) -> int:
    """How many rows a table has."""
    with store._database.reading() as connection:
        counted = connection.execute(select(func.count()).select_from(METADATA.tables[table]))
        return counted.scalar_one()


def test_the_same_batch_a_hundred_times_at_once_is_stored_once(store: Store):
    """Clients that are not sure send again, and several of their processes do so together."""
    store.remember(VALLEY, [CARD], NOON)
    batch = [ACCEPTED, overridden("need-more-information", comment="which county?"), ACCEPTED]
    with ThreadPoolExecutor(8) as threads:
        list(
            threads.map(
                lambda _: store.take_feedback(VALLEY, CARD.service, batch, NOON), range(100)
            )
        )
    assert (rows(store, "feedback"), rows(store, "feedback_comment")) == (2, 1)


@pytest.mark.parametrize(
    "other",
    (
        overridden("member-declined", "already-enrolled"),
        overridden("member-declined", at="2026-03-02T12:00:01Z"),
        overridden("member-declined", comment="again"),
        overridden("member-declined", card="another"),
        overridden("already-enrolled"),
        overridden("member-declined", system="urn:other"),
        ACCEPTED,
    ),
)
def test_feedback_that_differs_is_other_feedback(store: Store, other: Feedback):
    first = overridden("member-declined")
    store.take_feedback(VALLEY, CARD.service, [first, other], NOON)
    assert rows(store, "feedback") == 2


def test_the_order_of_reasons_makes_no_difference(store: Store):
    one = overridden("member-declined", "already-enrolled")
    store.take_feedback(VALLEY, CARD.service, [one], NOON)
    again = replace(one, reasons=one.reasons[::-1])
    store.take_feedback(VALLEY, CARD.service, [again], NOON)
    assert rows(store, "feedback") == 1


def test_when_one_item_cannot_be_stored_none_is(store: Store):
    """The batch breaks at its second item; its first is not there afterwards."""
    with store._database.durable() as connection:
        connection.execute(text("DROP TABLE feedback_comment"))
    batch = [overridden("member-declined"), overridden(comment="this one needs the table")]
    with pytest.raises(NotStored):
        store.take_feedback(VALLEY, CARD.service, batch, NOON)
    assert rows(store, "feedback") == 0


def test_a_failure_is_told_and_logged_without_what_it_was_about(
    store: Store, caplog: pytest.LogCaptureFixture
):
    """Neither the message nor the log holds an id, a comment or a statement."""
    for table in ("feedback", "card", "used_token", "suppression"):
        with store._database.durable() as connection:
            connection.execute(text(f"DROP TABLE {table}"))
    canary = "CANARY"
    calls = (
        lambda: store.first_time(canary, canary, NOON),
        lambda: store.remember(VALLEY, [card(uuid=canary, patient_id=canary)], NOON),
        lambda: store.is_suppressed(VALLEY, canary, canary, canary, NOON),
        lambda: store.take_feedback(VALLEY, canary, [overridden(canary, comment=canary)], NOON),
    )
    with caplog.at_level(logging.DEBUG):
        for call in calls:
            with pytest.raises(NotStored, match="please send it again") as failed:
                call()
            assert failed.value.__cause__ is None
            assert canary not in str(failed.value)
    assert canary not in caplog.text
    assert "INSERT" not in caplog.text
    assert len([one for one in caplog.records if one.name.startswith("adapter.store")]) >= 4


def test_calls_go_on_after_a_failure(store: Store):
    """What failed is over: no call after it finds a broken connection or a lost turn."""
    for _ in range(20):
        with store._database.durable() as connection:
            connection.execute(text("ALTER TABLE card RENAME TO elsewhere"))
        with pytest.raises(NotStored):
            store.remember(VALLEY, [CARD], NOON)
        with store._database.durable() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO card"))
        store.remember(VALLEY, [CARD], NOON)
    assert rows(store, "card") == 1


def test_feedback_waits_for_the_disk_and_nothing_else_does(store: Store):
    """SQLite: 2 is FULL, 1 is NORMAL. PostgreSQL: whether a commit waits for its log."""
    is_file = store._database._is_file
    ask = text("PRAGMA synchronous" if is_file else "SHOW synchronous_commit")
    with store._database.durable() as connection:
        durable = connection.execute(ask).scalar_one()
    with store._database.quick() as connection:
        quick = connection.execute(ask).scalar_one()
    with store._database.at_once() as kept:
        (at_once,) = kept.execute(str(ask)).fetchone()
    assert (durable, quick, at_once) == ((2, 1, 1) if is_file else ("on", "off", "off"))


def test_what_was_acknowledged_survives_a_killed_process(url: str):
    """Killed in the middle of its work; every item it had said was taken is there."""
    Store.open(url).close()
    taker = subprocess.Popen((sys.executable, "-c", TAKER, url), stdout=subprocess.PIPE, text=True)
    assert taker.stdout is not None
    for _ in range(100):
        taken = int(taker.stdout.readline())
    taker.send_signal(signal.SIGKILL)
    taken = max([taken, *map(int, taker.communicate()[0].split("\n")[:-1])])
    store = opened(url)
    assert taken + 1 <= rows(store, "feedback") <= taken + 2
    store.close()


def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path):
    """What was taken is there, what was not was refused, and with room again it goes on."""
    url = f"sqlite:///{tmp_path}/store.sqlite"
    filled = subprocess.run(
        (sys.executable, "-c", FILLER, url), capture_output=True, text=True, timeout=60, check=True
    )
    taken = int(filled.stdout)
    assert taken > 10
    store = opened(url)
    assert rows(store, "feedback") == taken
    store.close()


@pytest.mark.parametrize(
    "odd", ("\0x", "\ud7ff", "😀" * 60, "\u202eabc", "%s %(a)s :a ?", "'; --", "\\")
)
def test_any_text_is_taken_and_reported(store: Store, odd: str):
    """As a client sends it, on either database."""
    reason = {"code": odd, "system": odd}
    sent: dict[str, object] = {"card": odd, "outcome": "overridden", "outcomeTimestamp": odd}
    sent["overrideReason"] = {"reason": reason, "userComment": odd}
    feedback, _ = read_feedback(json.dumps({"feedback": [sent]}).encode())
    store.remember(VALLEY, [card(uuid=feedback[0].card)], NOON)
    store.take_feedback(VALLEY, CARD.service, feedback, NOON)
    period = (NOON, NOON + timedelta(seconds=1))
    (line,) = store.feedback_report(*period).lines(["reason"])
    assert odd.replace("\0", "") in line.of["reason"]
    assert [one.text for one in store.comments(*period)] == [odd.replace("\0", "")]


def test_nothing_in_the_database_names_the_member(tmp_path: Path):
    """Neither patient id, FHIR server, tenant nor token stands in the file or beside it."""
    store = opened(f"sqlite:///{tmp_path}/store.sqlite")
    store.first_time("https://issuer-canary.example.org", "jti-canary", NOON)
    store.remember(VALLEY, [card(patient_id="patient-canary", server="https://srv-canary")], NOON)
    store.take_feedback(VALLEY, CARD.service, [overridden("member-declined")], NOON)
    assert store.is_suppressed(VALLEY, "https://srv-canary", "patient-canary", CARD.topic, NOON)
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    store.close()
    assert CARD.uuid.encode() in written
    assert b"canary" not in written


def test_old_cards_feedback_and_comments_are_forgotten(store: Store):
    """Comments after a season; cards and what became of them after more than two years."""
    day = timedelta(days=1)
    for number, age in enumerate((KEEP_DAYS + 1, KEEP_DAYS - 1, KEEP_COMMENT_DAYS + 1, 0)):
        uuid, then = f"card-{number}", NOON - age * day
        store.remember(VALLEY, [card(uuid=uuid)], then)
        store.take_feedback(VALLEY, CARD.service, [overridden(card=uuid, comment="why")], then)
    for number in range(CLEAR_EVERY):
        store.first_time("https://a.example.org", str(number), NOON)
    left = [rows(store, table) for table in ("card", "feedback", "feedback_comment")]
    assert left == [3, 3, 1]
