"""What was answered to a write with an Idempotency-Key, so that it is answered again and not done.

Kept in the transaction of the write: what was done and what is answered cannot differ.
"""

from __future__ import annotations

import msgspec

from adapter.store.records import Replay
from adapter.store.transactions import Transaction

#: How long a client may try again.
KEEP_MILLISECONDS = 7 * 24 * 60 * 60 * 1000
_CLEAR_AT_MOST = 100

_FIND = (
    "SELECT digest, status, headers, body FROM reply"
    " WHERE tenant = :tenant AND client = :client AND key = :key"
)
_KEEP = (
    "INSERT INTO reply (tenant, client, key, digest, status, headers, body, at) VALUES"
    " (:tenant, :client, :key, :digest, :status, :headers, :body, :at)"
)
_CLEAR = (
    "DELETE FROM reply WHERE (tenant, client, key) IN (SELECT tenant, client, key FROM reply"
    " WHERE at < :before ORDER BY at LIMIT :most)"
)
_HEADERS = msgspec.json.Decoder(dict[str, str])


def find_reply(transaction: Transaction, tenant: str, client: str, key: str) -> Replay | None:
    """What was answered; None: nothing yet, and nobody else is about to answer it."""
    transaction.wait_for(f"reply {tenant} {client} {key}")
    rows = transaction.rows(_FIND, {"tenant": tenant, "client": client, "key": key})
    if not rows:
        return None
    digest, status, headers, body = rows[0]
    return Replay(digest=digest, status=status, headers=_HEADERS.decode(headers), body=body)


def keep_reply(
    transaction: Transaction, tenant: str, client: str, key: str, replay: Replay, now: int
) -> None:
    """Keep what is answered, and forget some of what is too old to be asked for again."""
    transaction.later(
        _KEEP,
        {
            "tenant": tenant,
            "client": client,
            "key": key,
            "digest": replay.digest,
            "status": replay.status,
            "headers": msgspec.json.encode(replay.headers).decode(),
            "body": replay.body,
            "at": now,
        },
    )
    transaction.later(_CLEAR, {"before": now - KEEP_MILLISECONDS, "most": _CLEAR_AT_MOST})
