"""Flask's sessions, kept in the store: the cookie holds a random id and nothing else.

Somebody who signs in gets a new id, so that nobody can know it beforehand. A session that ended, by
signing out or by time, has ended in every process, as each of them asks the store at each call.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from flask import Flask, Request, Response, request, session
from flask.sessions import SessionInterface, SessionMixin

from adapter import ids
from adapter.store.sessions import Sessions
from adapter.store.transactions import milliseconds
from adapter.workbench.guard import UNATTENDED_HEADER
from adapter.workbench.sign_in.account import Limits
from cds_hooks.errors import NotStored

#: `__Host-` makes a browser take it from this host alone, and over https alone.
SECURE_COOKIE, PLAIN_COOKIE = "__Host-ecm-session", "ecm-session"

_ID = re.compile(r"[A-Za-z0-9_-]{43}")
#: Who is on the way to the identity provider has so long to come back.
_ON_THE_WAY = 10 * 60_000
#: That somebody does something is noted when it matters: so many times in the time they have.
_NOTED = 20


class StoredSession(dict[str, Any], SessionMixin):
    """What is known of a browser; `who` and `csrf` are there where somebody is signed in."""

    def __init__(self, data: dict[str, Any], id: str = "", began: int = 0, used: int = 0) -> None:
        super().__init__(data)
        #: Empty: there is none yet.
        self.id, self.began, self.used = id, began, used
        #: Whether the store did not answer, so that nobody knows who this is.
        self.is_unknown = False
        #: Whether it gets a new id.
        self.is_renewed = False
        self._was = _encoded(data)

    @property
    def is_changed(self) -> bool:
        """Whether the data are others than those that were kept."""
        return _encoded(self) != self._was

    def begin_anew(self, data: dict[str, Any]) -> None:
        """Be a new session with nothing of the old one, which ends."""
        self.clear()
        self.update(data)
        self.is_renewed = True


def current_session() -> StoredSession:
    """That of the call which is answered, one to the workbench."""
    assert isinstance(session, StoredSession), "sessions are of the workbench"
    return session


class StoredSessions(SessionInterface):
    """Opens and keeps the sessions of the workbench.

    Args:
        sessions: the store's.
        limits: how long they last, as it is set now.
        now: the clock.
        is_secure: whether browsers come over https.
    """

    def __init__(
        self,
        sessions: Sessions,
        limits: Callable[[], Limits],
        now: Callable[[], datetime],
        *,
        is_secure: bool,
    ) -> None:
        self._sessions, self._limits, self._now = sessions, limits, now
        self._is_secure = is_secure
        self.cookie = SECURE_COOKIE if is_secure else PLAIN_COOKIE

    def open_session(self, app: Flask, asked: Request) -> StoredSession | None:
        """The session of a call to the workbench; None: it is none of its calls."""
        del app
        if asked.path != "/" and not asked.path.startswith("/workbench"):
            return None
        id = asked.cookies.get(self.cookie, "")
        if not _ID.fullmatch(id):
            return StoredSession({})
        now = milliseconds(self._now())
        try:
            kept = self._sessions.find(id, now)
        except NotStored:
            unknown = StoredSession({})
            unknown.is_unknown = True
            return unknown
        if kept is None:
            return StoredSession({})
        found = StoredSession(kept.data, id, kept.began, kept.used)
        if self._until(found, kept.used) <= now:
            found.clear()
        return found

    def seconds_left(self, session: StoredSession) -> int:
        """How long it lasts from this call on, if nobody does anything."""
        now = milliseconds(self._now())
        used = session.used if UNATTENDED_HEADER in request.headers else now
        return max(0, (self._until(session, used) - now) // 1000)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what became of it, and tell the browser of a new id."""
        del app
        if not isinstance(session, StoredSession) or session.is_unknown:
            return
        try:
            self._keep(session, response)
        except NotStored:
            # What was answered would not be true.
            response.status_code = 503
            response.headers.pop("Location", None)
            response.headers["Retry-After"] = "5"
            response.set_data("The database does not answer. Nothing was changed; try again.")
            response.mimetype = "text/plain"

    def _keep(self, session: StoredSession, response: Response) -> None:
        now = milliseconds(self._now())
        if session.id and (session.is_renewed or not session):
            self._sessions.end(session.id)
        if not session:
            if session.id:
                self._tell(response, "")
            return
        if session.is_renewed or not session.id:
            session.id, session.began, session.used = ids.new_secret(), now, now
            self._sessions.begin(session.id, dict(session), now, self._until(session, now))
            self._tell(response, session.id)
            return
        if session.is_changed:
            self._sessions.change(session.id, dict(session))
        is_attended = UNATTENDED_HEADER not in request.headers
        if is_attended and now - session.used > self._limits().idle // _NOTED:
            self._sessions.use(session.id, now, self._until(session, now))

    def _until(self, session: StoredSession, used: int) -> int:
        """When it ends if nobody does anything from then on."""
        if "who" not in session:
            return session.began + _ON_THE_WAY
        limits = self._limits()
        return min(session.began + limits.whole, used + limits.idle)

    def _tell(self, response: Response, id: str) -> None:
        response.set_cookie(
            self.cookie,
            id,
            max_age=None if id else 0,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="Lax",
        )


def _encoded(data: dict[str, Any]) -> bytes:
    return msgspec.json.encode(dict(data), order="deterministic")
