"""Who calls the FHIR endpoint, by its access token; in development mode, anybody on this machine.

RFC 6750. A token that is missing, unknown or old gets one and the same 401. The tenant, the
organization and all they may see come from the registry, by the client the token was given to.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime

from adapter.fhir_api.faults import Issue, Refused
from adapter.security.checks import bearer
from adapter.security.clients import Clients
from adapter.security.rules import Rule
from adapter.security.scope_grammar import Malformed, Permissions, granted, read_scope
from adapter.security.viewers import DEVELOPMENT, Parties, parties_of, viewer_of
from adapter.setting_values import names_this_machine
from adapter.store.access_tokens import AccessTokens
from adapter.store.records import Viewer

_LOG = logging.getLogger(__name__)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
#: Tokens one process remembers, so that the database is not asked on every call.
_MOST_KEPT = 4096


class Bearers:
    """Tells whose eyes a request has; many threads may ask at once.

    Args:
        clients: those that may call; None: development mode.
        tokens: the access tokens given out.
        now: the clock.
    """

    def __init__(
        self, clients: Clients | None, tokens: AccessTokens, now: Callable[[], datetime]
    ) -> None:
        self._clients, self._tokens, self._now = clients, tokens, now
        #: The organizations that take part.
        self.parties: Parties = parties_of(clients)
        #: What a token stands for does not change while it is good.
        self._known: dict[str, tuple[Viewer, int]] = {}

    def identify(self, authorization: str | None, host: str) -> Viewer:
        """The viewer of a request.

        Args:
            authorization: header of that name.
            host: header `Host`.

        Raises:
            Refused: 401, it is nobody's.
            NotStored: the database failed.
        """
        if self._clients is None:
            if not names_this_machine(host):
                _LOG.warning("a call in development mode came under the name of another machine")
                raise _nobody("")
            return DEVELOPMENT
        token = bearer(authorization)
        if isinstance(token, Rule):
            _LOG.warning("an access token was refused: %s", token.kind)
            raise _nobody("")
        viewer = self._viewer(token, self._clients)
        if viewer is None:
            _LOG.warning("an access token was refused: unknown or expired")
            raise _nobody(' error="invalid_token"')
        return viewer

    def _viewer(self, token: str, clients: Clients) -> Viewer | None:
        if not _TOKEN.fullmatch(token):
            return None
        now = self._now()
        known = self._known.get(token)
        if known is None:
            found = self._tokens.find(token, now)
            client = clients.find(found.client) if found is not None else None
            if found is None or client is None or not client.organization:
                return None
            try:
                # It may have been registered anew since, with less.
                scopes = granted(map(read_scope, found.scopes), map(read_scope, client.scopes))
                Permissions(scopes)
            except Malformed:
                return None
            known = (viewer_of(client, map(str, scopes)), found.until)
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[token] = known
        viewer, until = known
        return viewer if now.timestamp() * 1000 < until else None


def _nobody(error: str) -> Refused:
    return Refused(
        401,
        Issue(
            code="login",
            diagnostics="this call is not authenticated; send Authorization: Bearer with an access "
            "token of this service's token endpoint",
        ),
        headers={"WWW-Authenticate": f"Bearer{error}"},
    )
