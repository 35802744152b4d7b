"""What a client in the referral exchange must look like, each fault with its remedy.

What is a fact of law or trust has no default: whether an organization is a covered entity is said
by who registers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from adapter.search.parameters import TYPES, parameter
from adapter.security.client import Client
from adapter.security.scope_grammar import Malformed, Permissions, Scope, read_scope

ROLES = ("operator", "partner")

_ORGANIZATION = re.compile(r"[a-z][a-z0-9+.-]*:[^\s|]+\|[!-{}~]+", re.IGNORECASE)
_HOST = re.compile(r"(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::[1-9][0-9]{0,4})?")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")

#: Elements that mean nothing without an organization.
_OF_ORGANIZATIONS = (
    *("organization_name", "covered_entity", "claims", "scopes", "strict_versions"),
    *("notification_hosts", "mail_to"),
)
#: What two clients of one organization say alike.
_ALIKE = ("organization_name", "role", "covered_entity", "claims")


def exchange_faults(client: Client) -> Iterator[str]:
    """What is wrong with one client: what was found, and what to do."""
    if client.role not in ROLES:
        yield f"`role` is {client.role!r}; choose one of {', '.join(ROLES)}"
    if client.organization:
        yield from _organization_faults(client)
        yield from _scope_faults(client)
        yield from _receiver_faults(client)
        return
    for name in _OF_ORGANIZATIONS:
        if getattr(client, name) not in ("", (), None, False):
            yield f"`{name}` is an organization's; add `organization`, or leave it out"
    if client.role == "operator":
        yield "`role` is an organization's; add `organization`, or leave it out"


def shared_organization_faults(clients: tuple[Client, ...]) -> Iterator[tuple[Client, str]]:
    """Pairs of clients that describe one organization differently, told at the later one."""
    for one, other in combinations(clients, 2):
        if not one.organization or one.organization != other.organization:
            continue
        if one.tenant != other.tenant:
            continue
        for name in _ALIKE:
            if getattr(one, name) != getattr(other, name):
                words = f"its `{name}` is not that of {one.id!r}, of the same organization; make"
                yield other, f"{words} both alike"


def _organization_faults(client: Client) -> Iterator[str]:
    if not _ORGANIZATION.fullmatch(client.organization):
        yield (
            f"`organization` is {client.organization!r}; write system|value of its identifier, "
            "for example http://hl7.org/fhir/sid/us-npi|1234567893"
        )
    if not client.organization_name.strip():
        yield "`organization_name` is empty; write what people call the organization"
    if client.role == "operator" and client.covered_entity is False:
        yield (
            "`covered_entity` is false, and an operator holds every record of the tenant; only a "
            "covered entity or its business associate may"
        )
    if client.role == "partner" and client.covered_entity is None:
        yield (
            "`covered_entity` is not said; write true for a covered entity or business associate "
            "under HIPAA, false for anybody else, who then sees no patient's record without a "
            "consent"
        )


def _scope_faults(client: Client) -> Iterator[str]:
    scopes = []
    for text in client.scopes:
        try:
            scope = read_scope(text)
        except Malformed as fault:
            yield f"`scopes` holds {text!r}; {fault}"
            continue
        scopes.append(scope)
        yield from (f"`scopes` holds {text!r}; {fault}" for fault in _unknown(scope))
    try:
        Permissions(scopes)
    except Malformed as fault:
        yield f"`scopes` cannot stand together; {fault}"


def _unknown(scope: Scope) -> Iterator[str]:
    """What of it names nothing there is, and so would never allow anything."""
    if scope.type != "*" and scope.type not in TYPES:
        yield f"there is no type {scope.type} here; there are {', '.join(sorted(TYPES))}"
        return
    for name, _ in scope.search:
        known = parameter(scope.type, name)
        if known is None or known.kind not in ("token", "reference", "uri"):
            yield f"{scope.type} has no search parameter {name} that is a code or a reference"


def _receiver_faults(client: Client) -> Iterator[str]:
    for host in client.notification_hosts:
        if not _HOST.fullmatch(host):
            yield (
                f"`notification_hosts` holds {host!r}; write host or host:port in lower case, "
                "without scheme or path"
            )
    for address in client.mail_to:
        if not _MAIL.fullmatch(address):
            yield f"`mail_to` holds {address!r}; write each as name@host"
