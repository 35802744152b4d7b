"""Signs the JWT a CDS client sends with each call (CDS Hooks 2.0, Trusting CDS Clients, @178-@196).

A token is for one endpoint and one call: `aud` is the very URL called, `jti` is new each time.
"""

from __future__ import annotations

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from msgspec import Struct

from adapter import clock, ids
from adapter.cds_client.keys import SigningKey
from adapter.errors import UnusableInput

#: How long a token is good for: what SMART allows, and less than any service has to allow.
LIFE_SECONDS = 300


class Signer(Struct, frozen=True, kw_only=True):
    """A client that signs its calls."""

    key: SigningKey
    #: `iss`, as registered with the service.
    issuer: str
    tenant: str | None = None
    #: `sub`, which SMART Backend Services wants to be the issuer again; None: it is left out.
    subject: str | None = None
    #: Where the JWK Set is published; None: it was agreed upon otherwise.
    key_set_url: str | None = None
    #: `aud` in place of the URL called, for services that want another.
    audience: str | None = None
    life_seconds: int = LIFE_SECONDS
    #: How long ago the token says it was made; to see whether a service takes an old one.
    made_seconds_ago: int = 0

    def token(self, url: str) -> str:
        """A JWT for one call of the endpoint `url`.

        Raises:
            UnusableInput: the key cannot sign with the algorithm it names.
        """
        now = int(clock.now().timestamp()) - self.made_seconds_ago
        claims: dict[str, str | int] = {
            "iss": self.issuer,
            "aud": self.audience or url,
            "iat": now,
            "exp": now + self.life_seconds,
            "jti": ids.new_uuid(),
        }
        if self.subject:
            claims["sub"] = self.subject
        if self.tenant:
            claims["tenant"] = self.tenant
        headers = {"kid": self.key.kid, "typ": "JWT"}
        if self.key_set_url:
            headers["jku"] = self.key_set_url
        try:
            return jwt.encode(
                claims, self.key.private, algorithm=self.key.algorithm, headers=headers
            )
        except (jwt.PyJWTError, UnsupportedAlgorithm, NotImplementedError, TypeError, ValueError):
            raise UnusableInput(
                f"the key cannot sign {self.key.algorithm}, which its file names as `alg`; "
                "RSA keys sign RS384, P-384 keys ES384"
            ) from None
