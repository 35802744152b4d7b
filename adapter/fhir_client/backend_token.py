"""Access tokens of SMART Backend Services, as a client asks for them.

SMART App Launch 2.2, "Backend Services" and "Client Authentication: Asymmetric": the token endpoint
is where `/.well-known/smart-configuration` under the FHIR base says; a JWT of at most five minutes,
signed with RS384 or ES384, says who asks. An access token is kept until shortly before it ends and
is for one FHIR server alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from msgspec import Struct

from adapter import clock
from adapter.cds_client.keys import SigningKey
from adapter.cds_client.tokens import Signer
from adapter.fhir_client.partner_faults import NotAuthorized, PartnerFault, Unreachable, fault_of
from adapter.fhir_client.servers import Base, read_base

#: How long before its end a token is renewed.
_MARGIN = timedelta(seconds=30)
#: RFC 6749, 5.1: where the answer does not say how long it lasts.
_UNSAID_SECONDS = 60

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Identity(Struct, frozen=True, kw_only=True):
    """Who we are to a partner."""

    #: As the partner gave it: `iss` and `sub`.
    client_id: str
    key: SigningKey
    #: Asked for.
    scope: str


class BackendToken:
    """The access token for one FHIR server; any number of threads may use it."""

    def __init__(
        self,
        base: Base,
        identity: Identity,
        session: requests.Session,
        *,
        seconds: float,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """Ask nobody yet.

        Args:
            base: the FHIR server.
            identity: who asks.
            session: guarded.
            seconds: for each of the two calls.
            now: the clock.
        """
        self._base = base
        self._identity = identity
        self._session = session
        self._seconds = seconds
        self._now = now
        self._lock = Lock()
        self._endpoint = ""
        self._token = ""
        self._until = datetime.min.replace(tzinfo=now().tzinfo)

    def get(self) -> str:
        """The token, asked for if there is none that lasts.

        Raises:
            PartnerFault: it could not be had.
        """
        with self._lock:
            if self._now() >= self._until:
                self._renew()
            return self._token

    def forget(self, token: str) -> None:
        """Ask for another the next time: the server does not take this one."""
        with self._lock:
            if token == self._token:
                self._until = datetime.min.replace(tzinfo=self._until.tzinfo)

    def _renew(self) -> None:
        endpoint = self._endpoint or self._discovered()
        signer = Signer(
            key=self._identity.key,
            issuer=self._identity.client_id,
            subject=self._identity.client_id,
        )
        asked_at = self._now()
        try:
            granted = self._called(
                "POST",
                endpoint,
                "the token endpoint",
                data={
                    "grant_type": "client_credentials",
                    "scope": self._identity.scope,
                    "client_assertion_type": _ASSERTION,
                    "client_assertion": signer.token(endpoint),
                },
            )
        except PartnerFault:
            # The partner may have moved it.
            self._endpoint = ""
            raise
        token, kind = granted.get("access_token"), granted.get("token_type")
        if not _is_token(token) or str(kind).lower() != "bearer":
            raise NotAuthorized("the token endpoint gave no Bearer token")
        lasts = granted.get("expires_in")
        seconds = lasts if isinstance(lasts, int | float) and 0 < lasts < 86400 else _UNSAID_SECONDS
        self._endpoint = endpoint
        self._token = str(token)
        # A token that lasts no longer than the margin is good for one call.
        self._until = asked_at + max(timedelta(seconds=seconds) - _MARGIN, timedelta(0))

    def _discovered(self) -> str:
        url = f"{self._base.url}/.well-known/smart-configuration"
        found = self._called("GET", url, "the SMART configuration").get("token_endpoint")
        if not isinstance(found, str) or not _may_get_assertion(found, self._base):
            raise NotAuthorized(
                "the SMART configuration names no token endpoint that can be called; it has to be "
                "an https URL"
            )
        return found

    def _called(self, method: str, url: str, what: str, **sent: Any) -> dict[str, Any]:
        try:
            answer = self._session.request(
                method,
                url,
                headers={"Accept": "application/json", "User-Agent": "ecm-adapter"},
                timeout=self._seconds,
                **sent,
            )
        except requests.RequestException as fault:
            raise Unreachable(f"{what} did not answer ({type(fault).__name__})") from None
        try:
            body = msgspec.json.decode(answer.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            body = None
        except requests.RequestException as fault:
            raise Unreachable(f"{what} broke off ({type(fault).__name__})") from None
        if answer.status_code == 400:
            # RFC 6749, 5.2: what a token endpoint says to a client it does not know.
            raise NotAuthorized(str(fault_of(what, 400, body, None)), status=400)
        if answer.status_code != 200 or not isinstance(body, dict):
            raise fault_of(what, answer.status_code, body, None)
        return body


def _is_token(token: object) -> bool:
    return (
        isinstance(token, str)
        and bool(token)
        and all("!" <= character <= "~" for character in token)
    )


def _may_get_assertion(endpoint: str, base: Base) -> bool:
    """Whether it is a plain address, with https unless the FHIR server itself goes without."""
    try:
        parts = urlsplit(endpoint)
        origin = read_base(f"{parts.scheme}://{parts.netloc}")
    except ValueError:
        return False
    return origin is not None and (origin.scheme == "https" or base.scheme == "http")
