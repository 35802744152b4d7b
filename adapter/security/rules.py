"""Every rule a token is refused by: its name in the log, what it says, and how to keep it.

A caller learns none of this: each failure gets the same 401 (CDS Hooks best practices). The log of
the operator has the name; `ecm clients explain-token` shows the words. Rules from CDS Hooks 2.0,
"Trusting CDS Clients" and "JWT Signing Algorithm", and from SMART App Launch 2.2, asymmetric client
authentication and Backend Services.
"""

from __future__ import annotations

from enum import Enum


class Rule(Enum):
    """A reason to refuse a token."""

    NO_ASSERTION = (
        "no-assertion",
        "there is no client assertion that is a signed JWT",
        (
            "send `client_assertion_type` "
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer and `client_assertion`, and "
            "no other authentication"
        ),
    )
    CLIENT_ID = (
        "client-id",
        "`iss`, `sub` and `client_id` are not one and the same",
        "set both claims to the client's `id` or its `issuer`; leave `client_id` out",
    )
    NO_PART = (
        "no-part",
        "the client has no part in the referral exchange",
        "register its `organization`, `role` and `scopes`",
    )
    NO_TOKEN = (
        "no-token",
        "there is no `Authorization: Bearer` header with a token",
        "send `Authorization: Bearer TOKEN` on every call, discovery and feedback included",
    )
    TOO_LONG = (
        "too-long",
        "the token is longer than 8 KB",
        "leave claims out that this service does not read",
    )
    MALFORMED = (
        "malformed",
        "the token is not three base64url parts, the first two of them JSON objects",
        "send a signed JWT in compact form, as it came from the library that signed it",
    )
    TYPE = ("type", "header `typ` is not `JWT`", "set header `typ` to `JWT`")
    KEY_ID = (
        "key-id",
        "header `kid` is missing or empty",
        "set header `kid` to the id of the signing key in the registered key set",
    )
    CRITICAL = (
        "critical",
        "the header asks for an extension (`crit` or `b64`), and this service knows none",
        "leave `crit` and `b64` out",
    )
    ISSUER = (
        "issuer",
        "no client is registered with the value of claim `iss`",
        "make `iss` and the client's `issuer` the same text, to the slash at the end",
    )
    WHICH_CLIENT = (
        "which-client",
        "several clients share this issuer, and neither `tenant` nor `sub` tells which one calls",
        "send the claim by which the registered clients differ",
    )
    TENANT = (
        "tenant",
        "claim `tenant` is not the client's",
        "send the registered tenant, or leave the claim out",
    )
    SUBJECT = (
        "subject",
        "claim `sub` is not a text, or not the client's",
        "send the registered `subject`",
    )
    ALGORITHM = (
        "algorithm",
        "header `alg` is none of the client's algorithms",
        (
            "sign with RS384 or ES384, or add the algorithm to the client's `algorithms`; `none` "
            "and algorithms with a shared secret are never taken"
        ),
    )
    KEY_SET_URL = (
        "key-set-url",
        "header `jku` is not the client's registered `jwks_url`",
        "make both the same text, or leave `jku` out unless the client has `jku_required`",
    )
    NO_KEYS = (
        "no-keys",
        "the client's key set could not be had",
        (
            "see that this service reaches the client's `jwks_url` and gets JSON of at most 256 KB "
            "within 3 seconds, without a redirect; private addresses need `allow_private_addresses`"
        ),
    )
    UNKNOWN_KEY = (
        "unknown-key",
        "the client's key set holds no usable key with the token's `kid`",
        "publish the key; a set at a URL is read again at most once a minute",
    )
    UNFIT_KEY = (
        "unfit-key",
        "the key of the token's `kid` is not for the token's `alg`",
        "use an RSA key for RS384, a key on P-384 for ES384",
    )
    SIGNATURE = (
        "signature",
        "the signature is not the registered key's",
        "sign with the private half of the key that `kid` names; do not change a signed token",
    )
    AUDIENCE = (
        "audience",
        "claim `aud` is not the address of the endpoint called",
        (
            "set `aud` to the very URL called, as the outside sees it; it differs for discovery, "
            "each service and its feedback. Values typed by hand go to the client's `audiences`"
        ),
    )
    EXPIRY = (
        "expiry",
        "claim `exp` is missing or no number of seconds",
        "set `exp` to seconds since 1970, as a number",
    )
    EXPIRED = ("expired", "the token has expired", "make a new token for each call")
    TOO_LONG_LIVED = (
        "too-long-lived",
        "the token lives longer than this client's tokens may",
        "set `exp` closer to `iat`, or raise the client's `max_token_seconds` (at most 3600)",
    )
    ISSUED_AT = (
        "issued-at",
        "claim `iat` is missing, no number of seconds, or after `exp`",
        "set `iat` to the seconds since 1970 at which the token is made, as a number",
    )
    ISSUED_LATER = (
        "issued-later",
        "the token is issued in the future",
        "set the clock of the machine that signs, or raise the client's `leeway_seconds`",
    )
    NOT_YET = (
        "not-yet",
        "claim `nbf` is in the future, or no number of seconds",
        "send a token whose time has come, or leave `nbf` out",
    )
    TOKEN_ID = (
        "token-id",
        "claim `jti` is missing or empty",
        "set `jti` to a text that no other token of this issuer has",
    )
    REPLAYED = (
        "replayed",
        "a token with this `jti` was used before",
        "make a new token for each call",
    )

    def __init__(self, kind: str, says: str, remedy: str) -> None:
        #: As the log names it.
        self.kind = kind
        self.says = says
        self.remedy = remedy
