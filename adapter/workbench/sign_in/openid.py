"""Signing in by an identity provider: OpenID Connect, authorization code with PKCE, by Authlib.

State, nonce and verifier are kept in the session, so an answer counts once and for the browser that
asked. The provider is called at addresses it publishes over https, as nobody else's; what signs an
ID Token is chosen from the sign-in file, whatever the provider would take.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.flask_client import (  # type: ignore[import-untyped]
    FlaskIntegration,
    FlaskOAuth2App,
)
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]
from flask import request
from joserfc.errors import JoseError
from msgspec import Struct
from werkzeug.wrappers import Response

from adapter.fhir_client.guarded import guarded_session
from adapter.setting_values import is_loopback
from adapter.workbench.sign_in.account import Group, Known, OpenId

_LOG = logging.getLogger(__name__)

_DISCOVERY = "/.well-known/openid-configuration"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
#: What is taken of the provider's description of itself, and how long it is believed.
_TAKEN = (*_ENDPOINTS, "issuer", "authorization_response_iss_parameter_supported")
_BELIEVED_SECONDS = 3600.0
_TIMEOUT_SECONDS = 10.0
_LEEWAY_SECONDS = 60

#: All that Authlib, the connection and a provider's answer can end in.
_FAULTS = (AuthlibBaseError, JoseError, OSError, ValueError, KeyError, TypeError, RuntimeError)


class NotSignedIn(Exception):
    """The provider did not say who it is, or it is nobody who may sign in; says so to people."""


class Person(Struct, frozen=True, kw_only=True):
    """Who the provider says it is."""

    #: The first group of the file that they are in.
    group: Group
    #: Names them in the audit, apart from every account: `openid:ana`.
    user: str
    name: str
    subject: str


class Provider:
    """The identity provider of the file.

    Args:
        known: with `openid`.
        callback: the URL it sends people back to.
        ca_file: authorities to trust; None: certifi's.
    """

    def __init__(self, known: Known, callback: str, ca_file: Path | None) -> None:
        assert known.openid is not None
        self._openid, self._groups, self._callback = known.openid, known.groups, callback
        self._app = _App(known.openid, known.secret, ca_file)

    def leave(self) -> Response:
        """Send somebody there.

        Raises:
            NotSignedIn: it cannot be reached, or does not say what it has to.
        """
        try:
            sent: Response = self._app.authorize_redirect(self._callback)
        except _FAULTS as fault:
            raise self._told("cannot be asked", fault) from None
        return sent

    def come_back(self) -> Person:
        """Who came back, by the answer in the address.

        Raises:
            NotSignedIn: it is not an answer to what this browser asked, or not what it has to be.
        """
        try:
            self._check_sender()
            claims = self._claims()
            subject = claims["sub"]
            name = claims.get(self._openid.name_claim) or subject
            if not _is_name(subject) or not _is_name(name):
                raise ValueError("sub")
        except _FAULTS as fault:
            raise self._told("did not say who this is", fault) from None
        held = set(_held(claims, self._openid.groups_claim))
        group = next((one for one in self._groups if one.value in held), None)
        if group is None:
            _LOG.warning("sign-in: somebody of the identity provider is in no group of the file")
            raise NotSignedIn(
                f"{self._openid.title} says who you are, but you are in no group that may use the "
                "workbench. Ask whoever runs this service."
            )
        return Person(group=group, user=f"openid:{name}", name=name, subject=subject)

    def _claims(self) -> dict[str, Any]:
        # Exactly what was asked for: a code without an ID Token tells nothing of who it is.
        token = self._app.authorize_access_token(
            claims_options={
                "iss": {"essential": True, "value": self._openid.issuer},
                "aud": {"essential": True, "value": self._openid.client_id},
                "exp": {"essential": True},
                "nonce": {"essential": True},
            },
            leeway=_LEEWAY_SECONDS,
        )
        return dict(token["userinfo"])

    def _check_sender(self) -> None:
        """RFC 9207: the answer says which provider it is of."""
        issuer = request.args.get("iss")
        metadata = self._app.load_server_metadata()
        is_needed = bool(metadata.get("authorization_response_iss_parameter_supported"))
        if issuer not in ((self._openid.issuer,) if is_needed else (None, self._openid.issuer)):
            raise ValueError("iss")

    def _told(self, words: str, fault: Exception) -> NotSignedIn:
        # An exception may quote a token; its kind says enough to who looks for a cause.
        error = getattr(fault, "error", "")
        kind = f"{type(fault).__name__} {error}" if isinstance(error, str) else type(fault).__name__
        _LOG.warning("sign-in: the identity provider %s (%s)", words, kind[:100])
        return NotSignedIn(
            f"{self._openid.title[:1].upper()}{self._openid.title[1:]} {words}. Try again; if it "
            "stays so, tell whoever runs this service."
        )


class _App(FlaskOAuth2App):  # type: ignore[misc]
    """Authlib's client, which believes only what is checked."""

    server_metadata: dict[str, Any]

    def __init__(self, openid: OpenId, secret: str, ca_file: Path | None) -> None:
        self._openid, self._lock = openid, Lock()
        is_local = is_loopback(urlsplit(openid.issuer).hostname or "")

        class Session(OAuth2Session):  # type: ignore[misc]
            """Calls no address that it must not, follows no redirect, waits for no stalled one."""

            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, default_timeout=_TIMEOUT_SECONDS, **options)
                self.trust_env = False
                guarded = guarded_session(
                    allow_private=openid.allow_private_addresses or is_local, ca_file=ca_file
                )
                self.adapters = guarded.adapters

            def get_redirect_target(self, resp: Any) -> None:
                del resp

        self.client_cls = Session
        super().__init__(
            FlaskIntegration("openid"),
            name="openid",
            client_id=openid.client_id,
            client_secret=secret,
            client_kwargs={"scope": openid.scope, "code_challenge_method": "S256"},
            user_agent="ecm-adapter",
        )

    def load_server_metadata(self) -> dict[str, Any]:
        """What the provider says of itself, as far as it is used, asked again once an hour."""
        with self._lock:
            until: float = self.server_metadata.get("_until", 0.0)
            if until <= monotonic():
                with self._get_session() as session:
                    url = self._openid.issuer.rstrip("/") + _DISCOVERY
                    answer = session.request("GET", url, withhold_token=True)
                if answer.status_code != 200:
                    raise ValueError("discovery")
                found = _checked(answer.json(), self._openid)
                # Keys that were withdrawn are forgotten with the rest.
                self.server_metadata = found | {"_until": monotonic() + _BELIEVED_SECONDS}
            return self.server_metadata

    def _get_oauth_client(self, **metadata: Any) -> Any:
        method = metadata.get("token_endpoint_auth_method")
        chosen = {"token_endpoint_auth_method": method} if method else {}
        return super()._get_oauth_client(**chosen)


def _checked(said: Any, openid: OpenId) -> dict[str, Any]:
    """What is taken of what a provider says of itself."""
    if not isinstance(said, dict) or said.get("issuer") != openid.issuer:
        raise ValueError("issuer")
    for name in _ENDPOINTS:
        parts = urlsplit(said[name])
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise ValueError(name)
    found = {name: said[name] for name in _TAKEN if name in said}
    found["id_token_signing_alg_values_supported"] = list(openid.algorithms)
    methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if "client_secret_basic" not in methods:
        found["token_endpoint_auth_method"] = "client_secret_post"  # noqa: S105 - a name of a way
    return found


def _held(claims: dict[str, Any], path: str) -> Iterable[str]:
    """What a claim holds: of that whole name, else where its dots lead."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
    values = found if isinstance(found, list) else [found]
    return [one for one in values if isinstance(one, str)]


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()
