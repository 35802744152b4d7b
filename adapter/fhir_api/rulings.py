"""Which rules judge a write, by type: those of referrals, of subscriptions, of directories."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapter.fhir_api.faults import refused
from adapter.fhir_api.lookup import StoreLookup
from adapter.notifications.subscriptions import Subscriptions
from adapter.partners.outbox import Outbox
from adapter.referrals import rules
from adapter.referrals.access import DIRECTORY
from adapter.referrals.ruling import Ruling
from adapter.security.audit_rendering import organization_id
from adapter.store.records import EVERYBODY, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit


class Rules:
    """The rules of one deployment."""

    def __init__(self, subscriptions: Subscriptions, outbox: Outbox) -> None:
        self._subscriptions, self._outbox = subscriptions, outbox

    def withheld(
        self,
        unit: Unit,
        viewer: Viewer,
        before: dict[str, Any] | None,
        after: dict[str, Any],
    ) -> dict[str, Any]:
        """Elements to write in place of those sent, where another server has to agree first."""
        return self._outbox.withhold(unit, viewer, before, after)

    def rule(
        self,
        unit: Unit,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
        viewer: Viewer,
        lookup: StoreLookup,
        now: datetime,
    ) -> Ruling:
        """Judge one write; the arguments are those of `referrals.rules.rule`.

        Raises:
            Refused: it is not allowed.
        """
        here = after or before or {}
        type, id = str(here["resourceType"]), str(here["id"])
        if type == "Subscription":
            return self._subscriptions.rule(unit, before, after, viewer)
        if type in DIRECTORY:
            _check_directory(before, after, viewer, lookup)
            return Ruling(grants=frozenset({(type, id, EVERYBODY)}) if after else None)
        return rules.rule(before, after, viewer, lookup, now)


def _check_directory(
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    viewer: Viewer,
    lookup: StoreLookup,
) -> None:
    """Whoever is registered is described by itself or the operator, and others by who began it."""
    _check_registered(before or {}, after or {}, viewer, lookup)
    if viewer.operator:
        return
    here = after or before or {}
    place = f"{here['resourceType']}/{here['id']}"
    if before is not None and lookup.author_of(place) != viewer.party:
        raise refused(
            403,
            "forbidden",
            f"this {here['resourceType']} was entered by somebody else; ask them, or the operator",
        )
    for each in (before, after):
        # Whoever is asked is found by the organization of the role.
        party = lookup.party_of((each or {}).get("organization"))
        if here["resourceType"] == "PractitionerRole" and party not in (None, viewer.party):
            raise refused(
                403,
                "forbidden",
                "a role at a registered organization is entered by that organization, or the "
                "operator",
                "PractitionerRole.organization",
            )
    if here["resourceType"] != "Organization":
        return
    for each in (before, after):
        for identifier in (each or {}).get("identifier") or []:
            party = lookup.party_of({"identifier": identifier})
            if party is not None and party != viewer.party:
                raise refused(
                    403,
                    "forbidden",
                    "an identifier of this Organization belongs to a registered organization, "
                    "which is entered here already; search for it by that identifier, or create "
                    "it with If-None-Exist",
                    "Organization.identifier",
                )


def _check_registered(
    before: dict[str, Any], after: dict[str, Any], viewer: Viewer, lookup: StoreLookup
) -> None:
    """By the Organization of who is registered its Tasks are known to be its own."""
    kept = [(one.get("system"), one.get("value")) for one in after.get("identifier") or []]
    for one in before.get("identifier") or []:
        party = lookup.party_of({"identifier": one})
        here = party is not None and before["id"] == organization_id(viewer.tenant, party)
        if here and (one.get("system"), one.get("value")) not in kept:
            raise refused(
                409,
                "business-rule",
                "this is the Organization of a registered party; it stays, and keeps the "
                "identifier that it is registered with",
                "Organization.identifier",
            )
