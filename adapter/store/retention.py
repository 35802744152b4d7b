"""What is forgotten, and when: tokens that ran out, suppressions that ended, old cards.

A little at a time, by calls that write anyway, so that no job has to be set up and no call waits
long. What is cleared at once is more than what is written between two times, so nothing piles up.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

#: Clear after so many writes of a process …
CLEAR_EVERY = 256
#: … at most so many rows of each table.
CLEAR_AT_MOST = 1024

#: Cards and what became of them are kept for two years and some weeks: a report can compare a
#: year with the one before.
KEEP_DAYS = 800
#: Comments may name the patient, and are read soon or not at all.
KEEP_COMMENT_DAYS = 90

_DAY_SECONDS = 24 * 60 * 60


def _clearing(table: str, key: str, instant: str) -> str:
    return (
        f"DELETE FROM {table} WHERE ({key}) IN"  # noqa: S608 - names of ours
        f" (SELECT {key} FROM {table} WHERE {instant} < :before ORDER BY {instant} LIMIT :most)"
    )


#: Statement → how many days after the instant in its column a row is forgotten.
_CLEARINGS = {
    text(_clearing("used_token", "token", "until")): 0,
    text(_clearing("suppression", "member, topic", "until")): 0,
    text(_clearing("feedback_comment", "feedback", "received_at")): KEEP_COMMENT_DAYS,
    text(_clearing("feedback", "feedback", "received_at")): KEEP_DAYS,
    text(_clearing("card", "client, uuid", "shown_at")): KEEP_DAYS,
}


def clear(connection: Connection, now: datetime) -> None:
    """Forget some of what is too old, the oldest first."""
    for statement, days in _CLEARINGS.items():
        before = int(now.timestamp()) - days * _DAY_SECONDS
        connection.execute(statement, {"before": before, "most": CLEAR_AT_MOST})
