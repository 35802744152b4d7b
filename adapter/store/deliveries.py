"""Who tells a subscription what, and how far it got.

A worker takes a lease of a subscription, so that nobody else tells it meanwhile and its events go
out in their order. A lease that ran out is anybody's: its worker is gone, or so slow that what it
sends is a repetition. Whatever a worker notes it notes under its lease, so one that lost it changes
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from adapter.store.transactions import Transaction


class Lease(Struct, frozen=True, kw_only=True):
    """A subscription that is one worker's to tell, for a while."""

    tenant: str
    subscription: str
    origin: str
    token: str


class Standing(Struct, frozen=True, kw_only=True):
    """How far a leased subscription got."""

    revision: int
    status: str
    events: int
    position: int
    #: Last number of the notification that was under way; 0: none.
    batch_last: int
    failures: int
    failing_since: int
    beat_at: int
    error: str
    #: The first of what was asked to be told again; 0: nothing.
    resend_first: int
    resend_last: int
    #: As it was asked, which stays the same while it is worked off.
    resend_key: int


def _joined(columns: str, rest: str) -> str:
    """A statement over subscriptions with what is known of each."""
    return (
        f"SELECT {columns} FROM delivery d"  # noqa: S608 - columns of ours
        " JOIN subscription s ON s.tenant = d.tenant AND s.id = d.subscription"
        f" JOIN event_counter c ON c.tenant = d.tenant AND c.subscription = d.subscription {rest}"
    )


def _under_lease(columns: str) -> str:
    """A change of a delivery that has no effect once the lease was lost."""
    return (
        f"UPDATE delivery SET {columns}"  # noqa: S608 - columns of ours
        " WHERE tenant = :tenant AND subscription = :subscription AND lease = :token"
    )


#: What there is to do: a handshake, events, what was asked for again, a heartbeat, an end.
_DUE = _joined(
    "d.tenant, d.subscription, s.origin",
    "WHERE d.next_at <= :now AND d.lease_until <= :now AND (s.status = 'requested'"
    " OR (s.status IN ('active', 'error') AND (d.beat_at BETWEEN 1 AND :now"
    " OR s.ends_at BETWEEN 1 AND :now))"
    " OR (s.status = 'active' AND (c.events > d.position OR EXISTS (SELECT 1 FROM resend r"
    " WHERE r.tenant = d.tenant AND r.subscription = d.subscription)))){closed}"
    " ORDER BY d.told_at, d.tenant, d.subscription LIMIT :most{locked}",
)
_LEASE = (
    "UPDATE delivery SET lease = :token, lease_until = :until"
    " WHERE tenant = :tenant AND subscription = :subscription"
)
_STANDING = _joined(
    "s.revision, s.status, c.events, d.position, d.batch_last, d.failures, d.failing_since,"
    " d.beat_at, d.error, COALESCE(r.first, 0), COALESCE(r.last, 0), COALESCE(r.asked_at, 0)",
    "LEFT JOIN resend r ON r.tenant = d.tenant AND r.subscription = d.subscription"
    " WHERE d.tenant = :tenant AND d.subscription = :subscription AND d.lease = :token"
    " ORDER BY r.first, r.last LIMIT 1",
)
_FORWARD = "position = CASE WHEN :position > position THEN :position ELSE position END,"
_NO_FAILURE = "batch_last = 0, failures = 0, failing_since = 0, next_at = 0,"
_BEGIN = _under_lease("batch_last = :last, lease_until = :until")
_TOLD = _under_lease(f"{_FORWARD} {_NO_FAILURE} told_at = :now, beat_at = :beat_at, error = ''")
_FAILED = _under_lease(
    "failures = :failures, failing_since = :failing_since, next_at = :next_at, error = :error"
)
_STOPPED = _under_lease(f"{_FORWARD} {_NO_FAILURE} beat_at = :beat_at, error = :error")
_BEAT = _under_lease("beat_at = :beat_at")
_RELEASE = _under_lease("lease = '', lease_until = 0")
_BURY = (
    "UPDATE event SET dead = 1 WHERE tenant = :tenant AND subscription = :subscription"
    " AND number BETWEEN :first AND :last"
)
_RESENT = (
    "DELETE FROM resend WHERE tenant = :tenant AND subscription = :subscription"
    " AND first = :first AND last = :last"
)
_RESEND_REST = (
    "INSERT INTO resend (tenant, subscription, first, last, asked_at)"
    " VALUES (:tenant, :subscription, :first, :last, :asked_at) ON CONFLICT DO NOTHING"
)


def due(
    transaction: Transaction, now: int, closed: Sequence[str], most: int, *, locked: bool = False
) -> list[tuple[str, str, str]]:
    """Subscriptions there is something to do for and nobody is at: tenant, id and origin.

    Args:
        transaction: to look in.
        now: the instant.
        closed: origins of endpoints that must not be tried now.
        most: how many.
        locked: those that others have locked are passed over.
    """
    named = {f"closed_{place}": origin for place, origin in enumerate(closed)}
    listed = ", ".join(f":{name}" for name in named)
    sql = _DUE.format(
        closed=f" AND s.origin NOT IN ({listed})" if named else "",
        locked=" FOR UPDATE OF d SKIP LOCKED" if locked and not transaction.is_file else "",
    )
    rows = transaction.rows(sql, {"now": now, "most": most, **named})
    return [(str(row[0]), str(row[1]), str(row[2])) for row in rows]


def lease(
    transaction: Transaction, now: int, token: str, until: int, closed: Sequence[str], most: int
) -> list[Lease]:
    """Take subscriptions that are `due`.

    Args:
        transaction: a short one of its own.
        now: the instant.
        token: names the lease, and no other.
        until: when it runs out.
        closed: origins of endpoints that must not be tried now.
        most: how many to take.
    """
    taken = [
        Lease(tenant=tenant, subscription=subscription, origin=origin, token=token)
        for tenant, subscription, origin in due(transaction, now, closed, most, locked=True)
    ]
    for one in taken:
        transaction.run(_LEASE, {**_of(one), "until": until})
    return taken


def standing(transaction: Transaction, held: Lease) -> Standing | None:
    """How far it got; None: the lease was lost."""
    for row in transaction.rows(_STANDING, _of(held)):
        return Standing(**dict(zip(Standing.__struct_fields__, row, strict=True)))
    return None


def begin(transaction: Transaction, held: Lease, last: int, until: int) -> None:
    """Note which notification is under way, so that a retry is the same one, and hold on longer."""
    transaction.run(_BEGIN, {**_of(held), "last": last, "until": until})


def told(transaction: Transaction, held: Lease, position: int, now: int, beat_at: int) -> None:
    """Note what the receiver took; `position` 0: no new event was in it."""
    values = {"position": position, "now": now, "beat_at": beat_at}
    transaction.run(_TOLD, {**_of(held), **values})


def resent(transaction: Transaction, held: Lease, at: Standing, last: int) -> None:
    """Note that what was asked for again was told up to a number."""
    place = {"tenant": held.tenant, "subscription": held.subscription}
    asked = {**place, "first": at.resend_first, "last": at.resend_last}
    transaction.run(_RESENT, asked)
    if last < at.resend_last:
        rest = {**asked, "first": last + 1, "asked_at": at.resend_key}
        transaction.run(_RESEND_REST, rest)


def failed(
    transaction: Transaction, held: Lease, at: Standing, now: int, next_at: int, error: str
) -> None:
    """Note a failure that may pass."""
    values = {
        "failures": at.failures + 1,
        "failing_since": at.failing_since or now,
        "next_at": next_at,
        "error": error,
    }
    transaction.run(_FAILED, {**_of(held), **values})


def stopped(transaction: Transaction, held: Lease, position: int, beat_at: int, error: str) -> None:
    """Note that it is told no more events; `position` 0: what waits goes on waiting."""
    values = {"position": position, "beat_at": beat_at, "error": error}
    transaction.run(_STOPPED, {**_of(held), **values})


def beat(transaction: Transaction, held: Lease, beat_at: int) -> None:
    """Say when the next heartbeat is due; 0: never."""
    transaction.run(_BEAT, {**_of(held), "beat_at": beat_at})


def bury(transaction: Transaction, held: Lease, first: int, last: int) -> None:
    """Make events dead letters."""
    place = {"tenant": held.tenant, "subscription": held.subscription}
    transaction.run(_BURY, {**place, "first": first, "last": last})


def release(transaction: Transaction, held: Lease) -> None:
    """Let others have it."""
    transaction.run(_RELEASE, _of(held))


def _of(held: Lease) -> dict[str, object]:
    return {"tenant": held.tenant, "subscription": held.subscription, "token": held.token}
