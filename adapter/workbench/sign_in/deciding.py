"""Who may be at the pages of a deployment: anybody on this machine, who signs in, or nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from adapter.assembly import Assembly
from adapter.store.attempts import Attempts
from adapter.store.database import Database
from adapter.store.records import AuditEntry
from adapter.store.sessions import Sessions
from adapter.workbench.sign_in.registry import Registry
from adapter.workbench.sign_in.signed_in import Nobody, SignedIn
from adapter.workbench.sign_in.stored_sessions import StoredSessions
from adapter.workbench.visiting import SandboxVisitors, Visitors


def visitors_of(assembly: Assembly, database: Database, now: Callable[[], datetime]) -> Visitors:
    """Who visits.

    Args:
        assembly: the exchange, with its settings.
        database: where sessions and attempts are kept.
        now: the clock.

    Raises:
        UnusableInput: the sign-in file has a fault.
    """
    settings = assembly.settings
    if settings.development:
        return SandboxVisitors(assembly.parties)
    if settings.sign_in is None:
        return Nobody()
    registry = Registry(settings.sign_in, assembly.parties)

    def audit(entry: AuditEntry) -> None:
        with assembly.store.reading() as unit:
            unit.audit(entry)

    return SignedIn(
        registry,
        assembly.parties,
        audit,
        now,
        sessions=StoredSessions(
            Sessions(database),
            lambda: registry.known.limits,
            now,
            is_secure=settings.public_base.startswith("https:"),
        ),
        attempts=Attempts(database),
    )
