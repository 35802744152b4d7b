"""Where the next page of a search begins, kept here so that a link tells nothing.

A link holds a random token. The search, its values and where the page before ended may be about
patients: they stay in the database, for the client that asked, for a while.
"""

from __future__ import annotations

import msgspec

from adapter import ids
from adapter.search.query import Query
from adapter.store.records import Viewer
from adapter.store.transactions import Transaction

#: Milliseconds a link is good for.
KEPT = 24 * 3_600_000

_QUERY = msgspec.json.Decoder(Query)

_KEEP = """
    INSERT INTO search_page (token, tenant, client, query, after, until)
    VALUES (:token, :tenant, :client, :query, :after, :until)"""
_LOAD = """
    SELECT query, after FROM search_page
    WHERE token = :token AND tenant = :tenant AND client = :client AND until > :now"""
_FORGET = "DELETE FROM search_page WHERE until <= :now"


def keep_page(transaction: Transaction, viewer: Viewer, query: Query, after: str, now: int) -> str:
    """Keep where a page begins.

    Args:
        transaction: what it is written with.
        viewer: who asked; nobody else can use the token.
        query: the search.
        after: `Found.next`.
        now: milliseconds since 1970.

    Returns:
        A token for the link.
    """
    token = ids.new_secret()
    transaction.run(
        _KEEP,
        {
            "token": token,
            "tenant": viewer.tenant,
            "client": viewer.client,
            "query": msgspec.json.encode(msgspec.structs.replace(query, after="")).decode(),
            "after": after,
            "until": now + KEPT,
        },
    )
    return token


def load_page(transaction: Transaction, viewer: Viewer, token: str, now: int) -> Query | None:
    """The search, with the place where the page begins.

    None: the token is unknown, another's, or too old; the client has to search again.
    """
    if len(token) > 100 or not token.isascii() or not token.isprintable():
        return None
    values = {"token": token, "tenant": viewer.tenant, "client": viewer.client, "now": now}
    rows = transaction.rows(_LOAD, values)
    if not rows:
        return None
    query, after = rows[0]
    try:
        return msgspec.structs.replace(_QUERY.decode(query), after=after)
    except msgspec.DecodeError:  # kept by another version of this program
        return None


def forget_pages(transaction: Transaction, now: int) -> int:
    """Forget pages whose time is over; how many."""
    return transaction.run(_FORGET, {"now": now})
