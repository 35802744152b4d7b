"""What the people of the sign-in file must look like, each fault with its remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from adapter.security.registration import PURPOSES
from adapter.security.viewers import Parties
from adapter.setting_values import is_loopback
from adapter.workbench.sign_in.account import ALGORITHMS, Account, Group, Limits, OpenId, Rights
from adapter.workbench.sign_in.passwords import hash_fault

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,40}|\*")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,40}|")

#: Of a client's secret: enough that nobody guesses it.
_SHORTEST_SECRET = 24
_MADE_UP = re.compile(r"example|change.?me|password|your.?secret|client.?secret", re.IGNORECASE)


def account_faults(account: Account, parties: Parties | None) -> Iterator[str]:
    """What is wrong with an account; parties: None where nobody knows which there are."""
    if not _NAME.fullmatch(account.name):
        yield (
            "`name` is typed to sign in; write it with lower-case letters, digits and . _ @ -, 64 "
            "at most"
        )
    if said := hash_fault(account.password_hash):
        yield f"`password_hash` {said}"
    yield from _rights_faults(account, parties)


def group_faults(group: Group, parties: Parties | None) -> Iterator[str]:
    """The same of a group."""
    if not group.value.strip():
        yield "`value` is empty; write what the claim holds for those of the group"
    yield from _rights_faults(group, parties)


def shared_faults(accounts: tuple[Account, ...], groups: tuple[Group, ...]) -> Iterator[str]:
    """What only shows between several of them, told at the later one."""
    names: set[str] = set()
    hashes: dict[str, str] = {}
    for one in accounts:
        if one.name in names:
            yield f"account {one.name!r}: its name is another one's as well; give each their own"
        names.add(one.name)
        other = hashes.setdefault(one.password_hash, one.name)
        if other != one.name:
            yield (
                f"account {one.name!r}: its `password_hash` is that of {other!r}; have each make "
                "a password of their own"
            )
    values: set[str] = set()
    for group in groups:
        if group.value in values:
            yield f"group {group.value!r}: it is there twice; leave one of them out"
        values.add(group.value)


def openid_faults(openid: OpenId) -> Iterator[str]:
    """What is wrong with the identity provider, but for its secret."""
    yield from _issuer_faults(openid.issuer)
    if not openid.client_id.strip():
        yield "`client_id` is empty; register this service at the provider"
    if "openid" not in openid.scope.split():
        yield "`scope` lacks openid; without it nobody is told who signed in"
    if not openid.groups_claim or not openid.name_claim:
        yield "`groups_claim` and `name_claim` name claims of the ID Token; leave none empty"
    if not openid.algorithms:
        yield "`algorithms` is empty; leave it out for RS256"
    for name in openid.algorithms:
        if name not in ALGORITHMS:
            yield (
                f"`algorithms` holds {name!r}; choose of {', '.join(ALGORITHMS)}. `none` and "
                "algorithms with a shared secret are never taken"
            )


def secret_fault(secret: str) -> str:
    """Why it is no client's secret, and what to do; empty: it may be one."""
    if len(secret) < _SHORTEST_SECRET or len(set(secret)) < 10 or _MADE_UP.search(secret):
        return (
            f"holds no secret that nobody guesses ({_SHORTEST_SECRET} random characters at least); "
            "have the provider make one"
        )
    return ""


def limit_faults(limits: Limits, address_header: str) -> Iterator[str]:
    """What is wrong with the values beside the tables."""
    if not 0 < limits.idle_minutes <= 240:
        yield "`idle_minutes` is not more than 0 and 240 at most; 30 is usual"
    if not 0 < limits.session_hours <= 24:
        yield "`session_hours` is not more than 0 and 24 at most; 8 is usual"
    if not _HEADER.fullmatch(address_header):
        yield "`address_header` is no name of a header; X-Real-IP is usual, and empty is none"


def _rights_faults(rights: Rights, parties: Parties | None) -> Iterator[str]:
    if rights.purpose not in PURPOSES:
        yield f"`purpose` is {rights.purpose!r}; choose one of {', '.join(PURPOSES)}"
    for label in sorted(rights.clearance):
        if not _LABEL.fullmatch(label):
            yield f"`clearance` holds {label!r}; write codes of security labels, such as ETH or PSY"
    if rights.patient_data and rights.role != "engineer":
        yield "`patient_data` is an engineer's; leave it out, the role says what others see"
    if parties is None:
        return
    party = parties.find(rights.tenant, rights.organization)
    if party is None:
        yield _unknown(rights, parties)
    elif rights.role == "auditor" and not party.operator:
        yield (
            "`role` is auditor, and only the operator has the audit; write its `organization`, or "
            "another role"
        )


def _unknown(rights: Rights, parties: Parties) -> str:
    if rights.tenant not in parties.tenants:
        known = ", ".join(sorted(parties.tenants)) or "none"
        return f"`tenant` is {rights.tenant!r}; the clients file has {known}"
    known = ", ".join(sorted(one.id for one in parties.of(rights.tenant)))
    return (
        f"`organization` is {rights.organization!r}, which is no client's or partner's of the "
        f"tenant; register it, or write one of {known}"
    )


def _issuer_faults(issuer: str) -> Iterator[str]:
    try:
        parts = urlsplit(issuer)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if not host or parts.scheme not in ("https", "http") or parts.query or parts.fragment:
        yield "`issuer` is no address; write https://host[/path], as the provider publishes it"
    elif parts.username is not None:
        yield "`issuer` has a user; leave that out"
    elif parts.scheme == "http" and not is_loopback(host):
        yield "`issuer` is not https; who signs in could be made up on the way"


#: What elements of a few values are written like.
WRITTEN: Mapping[str, str] = {"role": '"engineer", "referrer", "plan", "provider" or "auditor"'}
