"""One client as an operator registers it: who it is, how it proves that, what it may be told."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from cds_hooks.caller import Caller
from cds_hooks.cards.profiles import PROFILES


class Client(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `[[clients]]` table of the clients file, element by element."""

    #: Names it in logs, metrics and reports: lower-case letters, digits and hyphens.
    id: str
    #: Claim `iss` of its tokens, compared as text.
    issuer: str
    #: Whose data it brings.
    tenant: str

    #: Where its public keys are: exactly one of a URL, a file beside this one, or the keys
    #: themselves, as a JSON Web Key Set.
    jwks_url: str = ""
    jwks_file: str = ""
    jwks: dict[str, Any] | None = None
    #: Whether each token must name the URL in its header `jku`.
    jku_required: bool = False
    #: What it may sign with.
    algorithms: tuple[str, ...] = ("RS384", "ES384")
    #: Further values of claim `aud`, beside the URL called: Epic's is typed by hand.
    audiences: tuple[str, ...] = ()
    #: Claim `sub` of its tokens; empty: any or none.
    subject: str = ""
    #: How long a token may live. SMART App Launch says 300, CDS Hooks at most 3600, Epic has 900.
    max_token_seconds: int = 300
    #: How far its clock may be off.
    leeway_seconds: int = 60

    #: Plans it may be answered for; empty: every plan.
    plans: tuple[str, ...] = ()
    #: Purpose of use (v3-PurposeOfUse).
    purpose: str = "TREAT"
    #: Sensitive labels it is cleared for (v3-ActCode, v3-Confidentiality). `*`: all, in the
    #: referral exchange; of a chart sent to a hook it clears nothing.
    clearance: frozenset[str] = frozenset()
    #: How it wants its cards.
    card_profile: str = "standard"
    #: Further codings of the suggested order, as `system|code`. Epic finds an order by its item in
    #: a preference list: `urn:com.epic.cdshooks.action.code.system.preference-list-item|12345`.
    order_codings: tuple[str, ...] = ()

    #: FHIR servers whose address it may send, with path.
    fhir_servers: tuple[str, ...] = ()
    #: Whether its servers and key set may be on loopback or private addresses.
    allow_private_addresses: bool = False
    #: Origins of pages that may call from a browser (CORS).
    origins: tuple[str, ...] = ()
    #: How long one call may take to fetch what was not prefetched.
    deadline_seconds: float = 4.0

    #: The organization it acts for in the referral exchange, by a registered identifier, as
    #: `system|value`. Empty: it has no part in that.
    organization: str = ""
    #: What the organization is called.
    organization_name: str = ""
    #: `operator`: of the organization that runs the tenant, and sees all of it. `partner`: sees
    #: what it wrote and what it was given.
    role: str = "partner"
    #: Whether the organization is a covered entity or business associate (45 CFR 160.103). One
    #: that is not sees no patient's record without a consent. None: not said.
    covered_entity: bool | None = None
    #: Whether it may claim referrals that nobody owns yet.
    claims: bool = False
    #: What it may be granted at most, as SMART scopes: `system/Task.crus`.
    scopes: tuple[str, ...] = ()
    #: Whether an update of its has to name the version it changes (If-Match).
    strict_versions: bool = False
    #: Hosts its subscriptions may notify, `host` or `host:port`.
    notification_hosts: tuple[str, ...] = ()
    #: Addresses its subscriptions may send e-mail to.
    mail_to: tuple[str, ...] = ()

    def caller(self) -> Caller:
        """What the services need to know of it."""
        return Caller(
            client=self.id,
            tenant=self.tenant,
            plans=self.plans,
            purpose=self.purpose,
            clearance=self.clearance,
            profile=PROFILES[self.card_profile],
            order_codings=tuple(_coding(one) for one in self.order_codings),
        )


def _coding(written: str) -> tuple[str, str]:
    system, _, code = written.rpartition("|")
    return system, code
