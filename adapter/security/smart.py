"""SMART Backend Services, server side: what is announced, and the endpoint that gives out tokens.

SMART App Launch 2.2, "Backend Services" and "Asymmetric (public key) client authentication", with
errors as in RFC 6749, section 5.2. A caller learns which of three things was wrong and nothing
more; the log has one line with the rule. An access token is 256 random bits that mean nothing to
anybody else, good for five minutes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from adapter import ids
from adapter.security.assertions import ALGORITHMS, ENDPOINT
from adapter.security.client import Client
from adapter.security.rules import Rule
from adapter.security.scope_grammar import Malformed, Permissions, granted, read_scope, read_scopes
from adapter.security.tokens import AssertionRefused, Verifier
from adapter.store.access_tokens import AccessTokens, Granted
from adapter.store.records import AuditEntry

_LOG = logging.getLogger(__name__)

#: Below the base of the FHIR endpoint.
CONFIGURATION = "/.well-known/smart-configuration"

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: How long an access token is good for.
TOKEN_SECONDS = 300
#: An assertion of 8 KB, and a page of scopes.
MOST_BYTES = 32 * 1024

_FORM = "application/x-www-form-urlencoded"
_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def smart_configuration(public_base: str) -> dict[str, Any]:
    """What `/.well-known/smart-configuration` below the FHIR base says.

    Args:
        public_base: URL of this service as clients see it, without a slash at the end.
    """
    return {
        "token_endpoint": public_base + ENDPOINT,
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": ["system/*.cruds", "system/*.rs"],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }


class TokenAnswer(Struct, frozen=True, kw_only=True):
    """What the token endpoint answers: JSON."""

    status: int
    headers: dict[str, str]
    body: bytes


class TokenEndpoint:
    """Gives out access tokens.

    Args:
        verifier: who signed an assertion.
        tokens: where tokens are kept.
        audit: takes an entry for each token given out, and for each refusal of a known client.
        now: the clock.
    """

    def __init__(
        self,
        verifier: Verifier,
        tokens: AccessTokens,
        audit: Callable[[AuditEntry], None],
        now: Callable[[], datetime],
    ) -> None:
        self._verifier, self._tokens, self._audit, self._now = verifier, tokens, audit, now

    def answer(self, content_type: str | None, body: bytes) -> TokenAnswer:
        """Answer one POST.

        Args:
            content_type: header of that name.
            body: at most `MOST_BYTES`; more is refused.

        Raises:
            NotStored: the database failed; no token was given out.
        """
        client: Client | None = None
        try:
            form = _form(content_type, body)
            client = self._client(form)
            scopes = _scopes(form.get("scope"), client)
        except _Refused as refused:
            if client is not None:
                self._keep(client, "refused", refused.error)
            return refused.answer()
        token = ids.new_secret()
        until = int((self._now().timestamp() + TOKEN_SECONDS) * 1000)
        granted = Granted(client=client.id, scopes=scopes, until=until)
        self._tokens.keep(token, granted, self._now())
        self._keep(client, "success", " ".join(scopes))
        answer = {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": " ".join(scopes),
        }
        return TokenAnswer(status=200, headers=_NOT_KEPT, body=msgspec.json.encode(answer))

    def _client(self, form: dict[str, str]) -> Client:
        """Who asks, by its assertion; what else it asks for is looked at only then."""
        assertion = form.get("client_assertion", "")
        if form.get("client_assertion_type") != ASSERTION_TYPE or not assertion:
            _LOG.warning("an assertion was refused: %s (client unknown)", Rule.NO_ASSERTION.kind)
            raise _Refused("invalid_client")
        try:
            client = self._verifier.verify_assertion(assertion, ENDPOINT)
        except AssertionRefused as refused:
            if refused.client is not None:
                self._keep(refused.client, "refused", refused.rule.kind)
            raise _Refused("invalid_client") from None
        if form.get("client_id", client.subject) != client.subject:
            _LOG.warning("an assertion was refused: %s (client %s)", Rule.CLIENT_ID.kind, client.id)
            self._keep(client, "refused", Rule.CLIENT_ID.kind)
            raise _Refused("invalid_client")
        return client

    def _keep(self, client: Client, outcome: str, detail: str) -> None:
        self._audit(
            AuditEntry(
                at=int(self._now().timestamp() * 1000),
                tenant=client.tenant,
                client=client.id,
                party=client.organization,
                action="token",
                outcome=outcome,
                purpose=client.purpose,
                detail=detail,
            )
        )


class _Refused(Exception):
    """A request that gets no token, by its code in RFC 6749."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error

    def answer(self) -> TokenAnswer:
        """The same for every reason of one code."""
        is_client = self.error == "invalid_client"
        headers = _NOT_KEPT | ({"WWW-Authenticate": "Bearer"} if is_client else {})
        body = msgspec.json.encode({"error": self.error})
        return TokenAnswer(status=401 if is_client else 400, headers=headers, body=body)


def _form(content_type: str | None, body: bytes) -> dict[str, str]:
    """The parameters, each of which may come once (RFC 6749, section 3.2)."""
    media, _, _ = (content_type or "").partition(";")
    try:
        if media.strip().lower() != _FORM or len(body) > MOST_BYTES:
            raise ValueError
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=50,
        )
    except ValueError:
        raise _malformed() from None
    form = dict(pairs)
    if len(form) != len(pairs) or "grant_type" not in form:
        raise _malformed()
    if form["grant_type"] != "client_credentials":
        _LOG.warning("a token was refused: grant-type")
        raise _Refused("unsupported_grant_type")
    return form


def _malformed() -> _Refused:
    _LOG.warning("a token was refused: malformed request")
    return _Refused("invalid_request")


def _scopes(asked: str | None, client: Client) -> tuple[str, ...]:
    """What of the scopes asked for the client gets, at least one."""
    try:
        if asked is None:
            raise Malformed
        found = granted(read_scopes(asked), map(read_scope, client.scopes))
        Permissions(found)
    except Malformed:
        found = ()
    if not found:
        _LOG.warning("a token was refused: scope (client %s)", client.id)
        raise _Refused("invalid_scope")
    return tuple(map(str, found))
