"""What a registered client must look like, each fault with its remedy.

A client that cannot be trusted as it is registered is refused when the service starts, not when it
calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from urllib.parse import urlsplit

from adapter.fhir_client.servers import read_base
from adapter.security.client import Client
from adapter.security.exchange_registration import exchange_faults
from adapter.security.keys import ALGORITHMS, NoKeySet, key_set
from adapter.setting_values import is_loopback
from cds_hooks.cards.profiles import PROFILES
from eligibility.packs import plans

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,40}|\*")
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?")
_URL = re.compile(r"[!-~]+")

#: v3-PurposeOfUse, as far as a caller of this service may have one.
PURPOSES = (
    *("TREAT", "ETREAT", "CLINTRCH", "HOPERAT", "CAREMGT", "HPAYMT", "COVERAGE", "HMARKT"),
    *("HRESCH", "PATRQT", "FAMRQT", "PWATRNY", "SUPNWK", "PUBHLTH", "HSYSADMIN"),
)


def faults(client: Client) -> Iterator[str]:
    """What is wrong with one client: what was found, and what to do."""
    yield from _name_faults(client)
    yield from _key_faults(client)
    yield from _token_faults(client)
    yield from _answer_faults(client)
    yield from _address_faults(client)
    yield from exchange_faults(client)


def shared_issuer_faults(clients: tuple[Client, ...]) -> Iterator[tuple[Client, str]]:
    """Pairs of clients of which a token could be either's, told at the later one."""
    for one, other in combinations(clients, 2):
        if one.id == other.id:
            yield other, "its id is another client's as well; give each its own"
        if one.issuer != other.issuer:
            continue
        subjects_differ = one.subject and other.subject and one.subject != other.subject
        if not subjects_differ and one.tenant == other.tenant:
            words = (
                f"it has the issuer of {one.id!r} and also its tenant, so a token could be "
                "either's; give each its own `subject` (claim `sub`) or `tenant`"
            )
            yield other, words


def _name_faults(client: Client) -> Iterator[str]:
    if not _ID.fullmatch(client.id):
        yield "`id` is for logs; write it with lower-case letters, digits and hyphens"
    if ":" not in client.issuer or re.search(r"\s", client.issuer):
        yield "`issuer` is no URI; write claim `iss` of its tokens, to the last character"
    if not client.tenant.strip():
        yield "`tenant` is empty; name the organization whose data it brings"


def _key_faults(client: Client) -> Iterator[str]:
    # The keys of a file have been read into `jwks`.
    if bool(client.jwks_url) == (client.jwks is not None):
        yield "it needs exactly one of `jwks_url`, `jwks_file` and `jwks`, which hold its keys"
    if client.jku_required and not client.jwks_url:
        yield "`jku_required` compares a token's `jku` with `jwks_url`; register that"
    if client.jwks_url:
        yield from _key_set_url_faults(client)
    if client.jwks is not None:
        where = "`jwks_file`" if client.jwks_file else "`jwks`"
        try:
            keys = key_set(client.jwks)
        except NoKeySet as fault:
            yield f"{where} is no JSON Web Key Set: {fault}"
            return
        yield from (f"{where}, {fault}" for fault in keys.faults)
        if not len(keys):
            yield f"{where} holds no key that can be used; add a public RSA or P-384 key"


def _token_faults(client: Client) -> Iterator[str]:
    if not client.algorithms:
        yield "`algorithms` is empty; leave it out for RS384 and ES384"
    for name in client.algorithms:
        if name not in ALGORITHMS:
            yield (
                f"`algorithms` holds {name!r}; choose of {', '.join(ALGORITHMS)}. `none` and "
                "algorithms with a shared secret are never taken"
            )
    if not 1 <= client.max_token_seconds <= 3600:
        yield "`max_token_seconds` is not from 1 to 3600, the most that CDS Hooks advises"
    if not 0 <= client.leeway_seconds <= 300:
        yield "`leeway_seconds` is not from 0 to 300; set the clocks instead"
    if not all(client.audiences):
        yield "`audiences` holds an empty text; write the `aud` its tokens have"


def _answer_faults(client: Client) -> Iterator[str]:
    for plan in client.plans:
        if plan not in plans():
            yield f"`plans` holds {plan!r}; choose of {', '.join(plans())}"
    if client.purpose not in PURPOSES:
        yield f"`purpose` is {client.purpose!r}; choose one of {', '.join(PURPOSES)}"
    if client.card_profile not in PROFILES:
        yield f"`card_profile` is {client.card_profile!r}; choose one of {', '.join(PROFILES)}"
    for coding in client.order_codings:
        if not all(coding.rpartition("|")[::2]):
            yield f"`order_codings` holds {coding!r}; write each as system|code"
    for label in sorted(client.clearance):
        if not _LABEL.fullmatch(label):
            yield f"`clearance` holds {label!r}; write codes of security labels, such as ETH or PSY"


def _address_faults(client: Client) -> Iterator[str]:
    for server in client.fhir_servers:
        if (base := read_base(server)) is None:
            yield (
                f"`fhir_servers`: {server!r} is no plain address; write https://host/path, without "
                "user, query or percent signs"
            )
        else:
            found = _reach_faults(client, base.scheme, base.host)
            yield from (f"`fhir_servers`: {server!r} {fault}" for fault in found)
    for origin in client.origins:
        if not _ORIGIN.fullmatch(origin):
            yield (
                f"`origins` holds {origin!r}; write scheme, host and port as a browser sends them "
                "(lower case, nothing after), for example https://ehr.example.org. There is no *"
            )
    if not 0.1 <= client.deadline_seconds <= 30:
        yield "`deadline_seconds` is not from 0.1 to 30; clients give up after a few seconds"


def _key_set_url_faults(client: Client) -> Iterator[str]:
    url = client.jwks_url
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        yield "`jwks_url` is no address; write https://host/path"
        return
    if not host or parts.scheme not in ("https", "http") or not _URL.fullmatch(url):
        yield "`jwks_url` is no address; write https://host/path"
        return
    if "@" in parts.netloc or "#" in url:
        yield "`jwks_url` has a user or a fragment; leave that out"
    found = _reach_faults(client, parts.scheme, host)
    yield from (f"`jwks_url` {fault}" for fault in found)


def _reach_faults(client: Client, scheme: str, host: str) -> Iterator[str]:
    if client.allow_private_addresses:
        return
    if scheme == "http":
        yield "is not https; http is for `allow_private_addresses = true` alone"
    if is_loopback(host.strip("[]")):
        yield "is this machine; set `allow_private_addresses = true` if that is meant"
