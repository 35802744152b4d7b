"""One partner as an operator registers it: an organization whose FHIR server we call."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from adapter.cds_client.keys import SigningKey
from adapter.store.records import Viewer

#: SDOHCC (task-12): a server should not be polled more often than every 15 minutes.
POLITE_MINUTES = 15.0


class Partner(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `[[partners]]` table of the partners file, element by element."""

    #: Names it in logs, commands and in the URL its notifications go to: lower-case letters,
    #: digits and hyphens.
    id: str
    #: `system|value` of its registered identifier. A Task with this owner is sent to it.
    organization: str
    name: str
    #: Base URL of its FHIR server.
    fhir_base: str
    #: Our client id there: `iss` and `sub` of the tokens we sign. Empty: it asks for none, which
    #: is for development alone.
    client_id: str = ""
    #: The private key that signs them (JWK or PEM), a path seen from this file.
    key_file: str = ""
    #: Key id in the set we published; empty: the JWK's own.
    key_id: str = ""
    #: What it takes; the key signs with one of them.
    algorithms: tuple[str, ...] = ("RS384", "ES384")
    #: Scopes to ask for.
    scope: str = "system/*.cruds"

    #: Whose referrals go there.
    tenant: str = "development"
    #: How we learn what became of them: it notifies us, or we ask it every so often.
    changes: Literal["subscribe", "poll"] = "subscribe"
    #: How often it is asked, and a subscription looked after.
    poll_minutes: float = POLITE_MINUTES
    #: It agreed to be asked more often than every 15 minutes.
    polling_agreed: bool = False
    #: Whether the organization is a HIPAA covered entity or business associate.
    covered_entity: bool = False
    #: Whether its server may have a loopback or private address.
    allow_private_addresses: bool = False
    #: How long one call may take.
    timeout_seconds: float = 30.0

    def viewer(self) -> Viewer:
        """Whose eyes see what may be sent to it."""
        return Viewer(
            tenant=self.tenant,
            client=f"partner:{self.id}",
            party=self.organization,
            covered=self.covered_entity,
        )


class Signed(Struct, frozen=True, kw_only=True):
    """A partner with the key that signs for it; None: it asks for no token."""

    partner: Partner
    key: SigningKey | None
