"""Who may sign in to the workbench, as an operator writes it, and what each of them may see."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import msgspec
from msgspec import Struct

from adapter.security.viewers import Party
from adapter.store.records import Viewer
from adapter.workbench.roles import Role

#: Signs ID Tokens; nothing with a shared secret, and never `none`.
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)

#: Who an organization's people work with, and the forms they fill in.
_DIRECTORY = (
    *("Organization", "Practitioner", "PractitionerRole", "HealthcareService", "Location"),
    *("Endpoint", "Questionnaire"),
)
#: A patient's record.
_CHART = (
    *("Patient", "RelatedPerson", "Coverage", "Encounter", "EpisodeOfCare", "Condition"),
    *("Observation", "DiagnosticReport", "DocumentReference", "Procedure", "Specimen"),
    *("AllergyIntolerance", "Immunization", "Medication", "MedicationRequest", "ImagingStudy"),
    *("MedicationDispense", "MedicationAdministration", "FamilyMemberHistory", "Device"),
    *("CarePlan", "CareTeam", "Goal", "Group", "QuestionnaireResponse"),
)
#: What a referral is made of.
_REFERRAL = ("ServiceRequest", "Task", "Consent", "Communication", "Provenance")
#: What a provider notes while it cares for a member.
_CARE = (
    *("Procedure", "EpisodeOfCare", "Observation", "QuestionnaireResponse", "CarePlan"),
    *("CareTeam", "Goal", "Communication", "DocumentReference"),
)


def _scopes(types: tuple[str, ...], does: str) -> tuple[str, ...]:
    return tuple(f"system/{type}.{does}" for type in types)


_READING = _scopes((*_DIRECTORY, *_CHART, *_REFERRAL), "rs")

#: The least that the work of a role needs, as SMART scopes.
SCOPES: Mapping[Role, tuple[str, ...]] = {
    "referrer": (
        *_READING,
        *_scopes((*_CHART, "ServiceRequest", "Task", "Consent", "Communication"), "cu"),
    ),
    "plan": (
        *_READING,
        *_scopes(("ServiceRequest", "Task", "Communication", "Procedure"), "cu"),
    ),
    "provider": (*_READING, *_scopes(_CARE, "cu"), "system/Task.u"),
    "engineer": _scopes(("Organization", "Endpoint", "Subscription"), "rs"),
    "auditor": _scopes(("AuditEvent", "Organization"), "rs"),
}


class Rights(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom somebody acts, and what they may see."""

    #: engineer, referrer, plan, provider or auditor: which pages they have.
    role: Role
    #: The tenant of the exchange they work in.
    tenant: str
    #: The organization they work for, as `system|value` of the identifier it is registered with.
    organization: str
    #: Purpose of use (v3-PurposeOfUse).
    purpose: str = "TREAT"
    #: Sensitive labels they are cleared for (v3-ActCode, v3-Confidentiality); `*`: all.
    clearance: frozenset[str] = frozenset()
    #: Whether an engineer sees records of patients, which the role needs not.
    patient_data: bool = False

    def viewer(self, party: Party, user: str) -> Viewer:
        """Whose eyes they have.

        Args:
            party: the organization, as it is registered.
            user: names the person in the audit.
        """
        scopes = SCOPES[self.role]
        if self.patient_data:
            scopes = (*scopes, *_READING, "system/AuditEvent.rs")
        return Viewer(
            tenant=party.tenant,
            client=f"user:{user}",
            party=party.id,
            operator=party.operator,
            covered=party.covered,
            claims=party.claims,
            purpose=self.purpose,
            clearance=frozenset(label.lower() for label in self.clearance),
            scopes=scopes,
            strict_versions=True,
        )


class Account(Rights, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An `[[accounts]]` table: somebody with a password here."""

    #: What they type, and what the audit names them by.
    name: str
    #: From `ecm accounts hash`.
    password_hash: str
    #: What the pages call them; empty: by the name they type.
    full_name: str = ""


class Group(Rights, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `[[groups]]` table: those of whom the identity provider says so."""

    #: What the claim has to hold.
    value: str


class OpenId(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[openid]` table: an identity provider (OpenID Connect)."""

    #: Its issuer identifier, to the last character.
    issuer: str
    #: As this service is registered there.
    client_id: str
    #: The file that holds the client's secret, a path seen from the sign-in file.
    client_secret_file: str
    #: What people call it: "Sign in with …".
    title: str = "your organization"
    #: What is asked for; `openid` has to be in it.
    scope: str = "openid profile"
    #: The claim of the ID Token that groups are told by; a dot leads into an object.
    groups_claim: str = "groups"
    #: The claim that names the person in pages and audit; where it is missing, `sub` does.
    name_claim: str = "preferred_username"
    #: What an ID Token may be signed with.
    algorithms: tuple[str, ...] = ("RS256",)
    #: Whether it may be at a private address.
    allow_private_addresses: bool = False


class Limits(Struct, frozen=True, kw_only=True):
    """How long people stay signed in."""

    #: Without doing anything.
    idle_minutes: float = 30.0
    #: Whatever they do.
    session_hours: float = 8.0

    @property
    def idle(self) -> int:
        """In milliseconds."""
        return int(self.idle_minutes * 60_000)

    @property
    def whole(self) -> int:
        """In milliseconds."""
        return int(self.session_hours * 3_600_000)


class Known(Struct, frozen=True, kw_only=True):
    """Everybody who may sign in, without a fault."""

    accounts: Mapping[str, Account]
    #: In the order of the file: of several that fit, the first one counts.
    groups: tuple[Group, ...]
    #: None: there are local accounts only.
    openid: OpenId | None
    #: The secret of `openid`, never to be shown.
    secret: str
    limits: Limits
    #: Where a proxy on this machine or in its network says who calls; empty: nobody does.
    address_header: str

    def __repr__(self) -> str:
        """Tells no secret."""
        return f"Known({len(self.accounts)} accounts, {len(self.groups)} groups)"

    def rights(self, key: str) -> Rights | None:
        """Those of `account:NAME` or `group:VALUE`; None: there is no such any more."""
        kind, _, name = key.partition(":")
        if kind == "account":
            return self.accounts.get(name)
        return next((one for one in self.groups if one.value == name), None)

    def mark(self, key: str) -> str:
        """Changes when what is written about somebody changes; empty: they are not there."""
        rights = self.rights(key)
        if rights is None:
            return ""
        provider = (self.openid.issuer, self.openid.client_id) if self.openid else ()
        about = (rights, provider if isinstance(rights, Group) else ())
        return sha256(msgspec.json.encode(about, order="sorted")).hexdigest()
