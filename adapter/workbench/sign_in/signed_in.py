"""Who is at a page where people sign in: by the session, and by the file as it is now."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime

from flask import Request

from adapter import ids
from adapter.security.viewers import Parties, Party
from adapter.store.attempts import Attempts
from adapter.store.records import AuditEntry
from adapter.store.transactions import milliseconds
from adapter.workbench.roles import Page, Visitor
from adapter.workbench.sign_in.account import Account, Rights
from adapter.workbench.sign_in.registry import Registry
from adapter.workbench.sign_in.stored_sessions import StoredSessions, current_session
from cds_hooks.errors import NotStored


class SignedIn:
    """Tells who is at a page, and remembers who signs in.

    Args:
        registry: who may sign in.
        parties: the organizations there are.
        audit: takes an entry.
        now: the clock.
        sessions: where those who did are kept.
        attempts: counts who tries.
    """

    def __init__(
        self,
        registry: Registry,
        parties: Parties,
        audit: Callable[[AuditEntry], None],
        now: Callable[[], datetime],
        *,
        sessions: StoredSessions,
        attempts: Attempts,
    ) -> None:
        self.registry, self._parties, self._audit, self._now = registry, parties, audit, now
        self.sessions, self.attempts = sessions, attempts

    def visitor(self, asked: Request, page: Page | None) -> Visitor | None:
        """Who is signed in; None: nobody, or nobody who may be any more.

        Raises:
            NotStored: the database failed, so nobody knows.
        """
        del asked, page
        here = current_session()
        if here.is_unknown:
            raise NotStored
        key = here.get("who", "")
        known = self.registry.known
        rights = known.rights(key) if key else None
        party = self._party(rights) if rights is not None else None
        if rights is None or party is None:
            if key:
                here.clear()
            return None
        if not hmac.compare_digest(known.mark(key), here["mark"]):
            # Somebody changed the password, the role or anything else: it was of another time.
            here.clear()
            return None
        return Visitor(
            name=here["name"],
            role=rights.role,
            party=party,
            viewer=rights.viewer(party, here["user"]),
            csrf=here["csrf"],
        )

    def sign_in(self, key: str, *, user: str, name: str, how: str) -> None:
        """Begin a session for somebody who proved who they are.

        Args:
            key: `account:NAME` or `group:VALUE`.
            user: what the audit names them by.
            name: what pages call them.
            how: how they proved it and from where, for the audit.

        Raises:
            NotStored: it could not be noted in the audit, and so did not happen.
        """
        known = self.registry.known
        self.note("sign-in", "success", known.rights(key), user, how)
        current_session().begin_anew(
            {
                "who": key,
                "mark": known.mark(key),
                "user": user,
                "name": name,
                "csrf": ids.new_secret(),
            }
        )

    def sign_out(self, how: str) -> None:
        """End the session, in every process."""
        here = current_session()
        if "who" in here:
            rights = self.registry.known.rights(here["who"])
            self.note("sign-out", "success", rights, here["user"], how)
        here.clear()

    def note(
        self, action: str, outcome: str, rights: Rights | None, user: str, detail: str
    ) -> None:
        """Write it into the audit.

        Args:
            action: `sign-in` or `sign-out`.
            outcome: `success` or `refused`.
            rights: of whom; None: of nobody who is known.
            user: names the person; empty: nobody who is known.
            detail: how and from where; no secret.
        """
        self._audit(
            AuditEntry(
                at=milliseconds(self._now()),
                tenant=rights.tenant if rights else "",
                client=f"user:{user}" if user else "",
                party=rights.organization if rights else "",
                action=action,
                outcome=outcome,
                detail=detail,
            )
        )

    def _party(self, rights: Rights) -> Party | None:
        return self._parties.find(rights.tenant, rights.organization)


class Nobody:
    """Where nobody can sign in."""

    def visitor(self, asked: Request, page: Page | None) -> Visitor | None:
        """Nobody."""
        del asked, page
        return None


def called(account: Account) -> str:
    """What pages call somebody with an account."""
    return account.full_name or account.name
