"""What this deployment makes of a token: by its registered clients, or as if the token's own were.

The same judgement as `ecm clients explain-token`; a deployment without registered clients asks for
no token, and says what it would make of one.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from adapter.errors import UnusableInput
from adapter.security.client import Client
from adapter.security.clients import Clients
from adapter.security.explain import Explanation, explain
from adapter.security.keys import NoKeySet, read_key_set
from adapter.workbench.hooks.tokens.reading import Decoded, bare


class Judged(Struct, frozen=True, kw_only=True):
    """What this deployment makes of a token."""

    explanation: Explanation
    #: The endpoint it was judged for.
    url: str
    #: Whether the client was made up from the token, as none is registered here.
    supposed: bool


def judge(
    sent: str, decoded: Decoded, clients: Clients | None, *, url: str, at: datetime, keys: bytes
) -> Judged:
    """Judge a token by the rules of this deployment.

    Args:
        sent: as pasted.
        decoded: the same, read.
        clients: who is registered; None: nobody, so it is judged as if its own client were.
        url: the endpoint that is called.
        at: when.
        keys: the client's key set; empty: the registered one.

    Raises:
        UnusableInput: the keys are no key set.
    """
    try:
        given = read_key_set(keys) if keys.strip() else None
    except NoKeySet as fault:
        raise UnusableInput(
            f"what stands under “Key set” is no JSON Web Key Set: {fault}; paste what the client "
            "publishes"
        ) from None
    supposed = clients is None
    found = explain(
        bare(sent),
        Clients([_supposed(decoded, keys)]) if clients is None else clients,
        url=url,
        at=at,
        keys=given,
        keys_asked="paste them under “Key set”",
    )
    if supposed and given is None and found.client:
        unknown = "the signature: paste the client's public keys under “Key set”"
        found = msgspec.structs.replace(found, open=(unknown, *found.open[1:]))
    return Judged(explanation=found, url=url, supposed=supposed)


def _supposed(decoded: Decoded, keys: bytes) -> Client:
    """A client registered as the token says of itself."""
    claims = {one.name: one.value for one in decoded.claims or ()}
    header = {one.name: one.value for one in decoded.header or ()}
    has_keys = bool(keys.strip())
    return Client(
        id="as-the-token-says",
        issuer=claims.get("iss", ""),
        tenant=claims.get("tenant", "any"),
        jwks=msgspec.json.decode(keys) if has_keys and "jku" not in header else None,
        jwks_url=header.get("jku", ""),
    )
