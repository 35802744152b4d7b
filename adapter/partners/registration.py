"""What a registered partner must look like, each fault with its remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from adapter.cds_client.keys import SigningKey
from adapter.fhir_client.servers import read_base
from adapter.partners.partner import POLITE_MINUTES, Partner
from adapter.setting_values import is_loopback

#: What SMART Backend Services has a client sign with.
ALGORITHMS = ("RS384", "ES384")

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_PARTY = re.compile(r"[^\s|]+\|[^|]+")
_SCOPE = re.compile(r"[!#-\[\]-~]+( [!#-\[\]-~]+)*")


def faults(partner: Partner, key: SigningKey | None) -> Iterator[str]:
    """What is wrong with one partner: what was found, and what to do.

    Args:
        partner: as registered.
        key: the key its `key_file` holds; None: it names none.
    """
    yield from _name_faults(partner)
    yield from _address_faults(partner)
    yield from _token_faults(partner, key)
    yield from _polling_faults(partner)


def shared_faults(partners: tuple[Partner, ...]) -> Iterator[tuple[Partner, str]]:
    """Pairs of partners that cannot be told apart, at the later one."""
    for one, other in combinations(partners, 2):
        if one.id == other.id:
            yield other, "its id is another partner's as well; give each its own"
        if (one.tenant, one.organization) == (other.tenant, other.organization):
            words = (
                f"it is the organization of {one.id!r} in the same tenant, so a referral could go "
                "to either; register an organization once"
            )
            yield other, words


def _name_faults(partner: Partner) -> Iterator[str]:
    if not _ID.fullmatch(partner.id):
        yield "`id` is for logs and URLs; write it with lower-case letters, digits and hyphens"
    if not _PARTY.fullmatch(partner.organization):
        yield (
            "`organization` is no identifier; write it as system|value, for example "
            "http://hl7.org/fhir/sid/us-npi|1234567893"
        )
    if not partner.name.strip():
        yield "`name` is empty; write what the organization is called"
    if not partner.tenant.strip():
        yield "`tenant` is empty; name the tenant whose referrals go there"


def _address_faults(partner: Partner) -> Iterator[str]:
    base = read_base(partner.fhir_base)
    if base is None:
        yield (
            "`fhir_base` is no plain address; write https://host/path, without user, query or "
            "percent signs"
        )
    elif not partner.allow_private_addresses:
        if base.scheme == "http":
            yield "`fhir_base` is not https; http is for `allow_private_addresses = true` alone"
        if is_loopback(base.host.strip("[]")):
            yield "`fhir_base` is this machine; set `allow_private_addresses = true` if it is meant"
    if not 1 <= partner.timeout_seconds <= 120:
        yield "`timeout_seconds` is not from 1 to 120; write how long one call may take"


def _token_faults(partner: Partner, key: SigningKey | None) -> Iterator[str]:
    if not partner.client_id and not partner.allow_private_addresses:
        yield (
            "`client_id` is missing; register with the partner (SMART Backend Services) and write "
            "the id you were given"
        )
    if partner.client_id and not partner.key_file:
        yield (
            "`key_file` is missing, so no token can be signed; `ecm cds-hooks new-key` makes a "
            "key, whose public half the partner registers"
        )
    if partner.key_file and not partner.client_id:
        yield "`key_file` is of no use without `client_id`; write the id the partner gave you"
    if not partner.algorithms:
        yield "`algorithms` is empty; leave it out for RS384 and ES384"
    for name in partner.algorithms:
        if name not in ALGORITHMS:
            yield f"`algorithms` holds {name!r}; choose of {', '.join(ALGORITHMS)}"
    if key is not None and key.algorithm not in partner.algorithms:
        yield (
            f"its key signs {key.algorithm}, which is not among `algorithms`; make a key for "
            f"{' or '.join(partner.algorithms) or 'RS384'}"
        )
    if not _SCOPE.fullmatch(partner.scope):
        yield "`scope` is no list of scopes; write them apart by one space: system/Task.cruds …"


def _polling_faults(partner: Partner) -> Iterator[str]:
    if not 0 < partner.poll_minutes <= 24 * 60:
        yield "`poll_minutes` is not from above 0 to 1440; ask at least once a day"
    elif partner.poll_minutes < POLITE_MINUTES and not partner.polling_agreed:
        yield (
            f"`poll_minutes` is less than {POLITE_MINUTES:g}, which SDOHCC asks clients to keep "
            "to; raise it, or set `polling_agreed = true` if the partner agreed"
        )
