"""A token endpoint with everything behind it, and a client that asks it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from adapter.security.bearers import Bearers
from adapter.security.client import Client
from adapter.security.clients import Clients
from adapter.security.key_sets import KeySets
from adapter.security.smart import ASSERTION_TYPE, TokenAnswer, TokenEndpoint
from adapter.security.tokens import Verifier
from adapter.store import Store
from adapter.store.access_tokens import AccessTokens
from adapter.store.database import Database
from adapter.store.records import AuditEntry
from tests.unit.adapter.security.signing import AT, BASE, NOW, claims, client, header, signed

TOKEN_URL = f"{BASE}/auth/token"
FORM = "application/x-www-form-urlencoded"
NPI = "http://hl7.org/fhir/sid/us-npi"


def partner(**changed: Any) -> Client:
    """A client of a provider that takes part."""
    given: dict[str, Any] = {
        "organization": f"{NPI}|1234567893",
        "organization_name": "Valley Health",
        "covered_entity": True,
        "scopes": ("system/Task.cru", "system/*.rs"),
    }
    return client(**(given | changed))


def assertion_claims(**changed: object) -> dict[str, Any]:
    """Claims of a good assertion, with changes."""
    return claims(iss="valley", sub="valley", aud=TOKEN_URL) | changed


def assertion(kind: str = "P-384", **changed: object) -> str:
    """A good assertion, but for the changed claims."""
    return signed(header(kind), assertion_claims(**changed), kind)


def request(sent: str | None = None, **changed: str | None) -> bytes:
    """A good request with this assertion, but for the changed parameters; None: left out."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": sent if sent is not None else assertion(),
        "scope": "system/Task.rs",
    } | changed
    return urlencode({name: value for name, value in form.items() if value is not None}).encode()


class Service:
    """The token endpoint and who is recognized by its tokens, over one SQLite file."""

    def __init__(self, folder: Path, *clients: Client, at: datetime = NOW) -> None:
        self.at = at
        self.audited: list[AuditEntry] = []
        url = f"sqlite:///{folder / 'ecm.sqlite'}"
        database = Database(url)
        store = Store(database, suppression_days={}, now=self.now)
        registered = Clients(clients or (partner(),))
        tokens = AccessTokens(database)
        verifier = Verifier(registered, KeySets(registered), store, BASE, self.now)
        self.endpoint = TokenEndpoint(verifier, tokens, self.audited.append, self.now)
        self.bearers = Bearers(registered, tokens, self.now)

    def now(self) -> datetime:
        """The time it takes for now."""
        return self.at

    def ask(self, body: bytes | None = None, content_type: str | None = FORM) -> TokenAnswer:
        """One POST to the token endpoint."""
        return self.endpoint.answer(content_type, request() if body is None else body)

    def token(self, **changed: str | None) -> str:
        """An access token."""
        answer = self.ask(request(**changed))
        assert answer.status == 200, answer.body
        return str(decoded(answer)["access_token"])


def decoded(answer: TokenAnswer) -> dict[str, Any]:
    """The JSON of an answer."""
    return msgspec.json.decode(answer.body, type=dict[str, Any])


__all__ = ["AT", "NPI", "Service", "assertion", "assertion_claims", "decoded", "partner", "request"]
