"""What goes in and out of the resource store: viewers, versions, and the rows kept beside them.

Instants are milliseconds since 1970 in UTC. A party is an organization as it is registered: the
system and value of its identifier, joined by a bar (`http://hl7.org/fhir/sid/us-npi|1000000012`).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

#: As a party of a grant: whoever is registered in the tenant.
EVERYBODY = "*"
#: As a party of a grant: organizations that may claim referrals nobody owns yet.
CLAIMERS = "*claim"
#: As a label of a permit: anything about the patient, for who is no covered entity.
ANYTHING = "*"

Method = Literal["create", "update", "delete"]


class Viewer(Struct, frozen=True, kw_only=True):
    """Whose eyes the store looks with. Comes from the token alone, never from a body or a URL."""

    tenant: str
    #: Id of the client in the registry; `exchange` where the service acts by itself.
    client: str
    #: The organization it acts for.
    party: str
    #: Whether it belongs to the organization that runs this tenant and sees all of it.
    operator: bool = False
    #: Whether the organization is a HIPAA covered entity or business associate.
    covered: bool = True
    #: Whether it may claim referrals that nobody owns.
    claims: bool = False
    #: v3-PurposeOfUse.
    purpose: str = "TREAT"
    #: Labels it may see without a consent on file, in lower case (`mappings.inbound.labels`);
    #: `*`: all.
    clearance: frozenset[str] = frozenset()
    #: SMART v2 scopes of the token; None: whatever the client may do.
    scopes: tuple[str, ...] | None = None
    #: Whether an update without If-Match is refused.
    strict_versions: bool = False

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties whose grants it has."""
        return (self.party, EVERYBODY, *((CLAIMERS,) if self.claims else ()))


class Version(Struct, frozen=True, kw_only=True):
    """One version of a resource."""

    #: Of the resource, the same for all its versions.
    key: int
    type: str
    id: str
    version: int
    updated_at: int
    method: Method
    #: The resource as JSON, with its id, meta.versionId and meta.lastUpdated; empty when deleted.
    body: bytes
    #: The party that created the resource.
    author: str

    @property
    def deleted(self) -> bool:
        """Whether the resource is gone as of this version."""
        return self.method == "delete"


class IndexRows(Struct, frozen=True, kw_only=True):
    """What a resource is found by. `param` is `Task.status`, type and parameter."""

    #: (param, system, code); a uri has no system.
    tokens: tuple[tuple[str, str, str], ...] = ()
    #: (param, target type, target id, url, identifier as `system|value`); what is not known is
    #: the empty text.
    references: tuple[tuple[str, str, str, str, str], ...] = ()
    #: (param, first instant, last instant), both in the range.
    dates: tuple[tuple[str, int, int], ...] = ()
    #: (param, normalized, as written).
    strings: tuple[tuple[str, str, str], ...] = ()
    #: (param, low, high, system, code) of a quantity or number.
    numbers: tuple[tuple[str, float, float, str, str], ...] = ()


class Draft(Struct, frozen=True, kw_only=True):
    """A version to write. The store gives the key; version and instant are in the body already."""

    tenant: str
    type: str
    id: str
    method: Method
    version: int
    updated_at: int
    body: bytes
    author: str
    #: Id of the Patient it is about; None: about no patient.
    patient: str | None = None
    #: Labels that restrict who may see it, in lower case.
    labels: frozenset[str] = frozenset()
    index: IndexRows = IndexRows()


class Permit(Struct, frozen=True, kw_only=True):
    """What one Consent permits one party to see: `[start, end)`."""

    patient: str
    party: str
    #: In lower case, or `ANYTHING`.
    label: str
    start: int
    end: int


class Work(Struct, frozen=True, kw_only=True):
    """Where a live referral Task stands on somebody's worklist."""

    #: The party that has to act; empty: the queue's.
    owner: str
    #: Names the queue that nobody's Tasks wait in; empty: it has an owner.
    queue: str
    requester: str
    status: str
    business_status: str
    due_at: int
    #: What has to happen next, a code of `referrals.deadlines`.
    next_event: str
    #: Value of Task.groupIdentifier.
    thread: str
    priority: str = "routine"


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One access, refusal or delivery, as it is chained. Holds no patient data but an id."""

    at: int
    tenant: str
    client: str
    party: str
    #: FHIR interaction (`read`, `search-type`, `update`, `notify`, `token` …).
    action: str
    #: `success`, `refused`, `failed`.
    outcome: str
    #: `Task/12`, or the type alone; empty: none.
    entity: str = ""
    version: int = 0
    #: Id of the Patient.
    patient: str = ""
    purpose: str = ""
    #: Reference to the Consent that permitted it.
    consent: str = ""
    labels: str = ""
    #: The rule that refused, the number of resources, the receiver; no data of the resource.
    detail: str = ""


class Change(Struct, frozen=True, kw_only=True):
    """One resource written by a unit of work."""

    before: Version | None
    after: Version
    #: The resource decoded; of a deletion, as it was before.
    resource: dict[str, object]
    #: What searches find this by; None: nobody computed it.
    found_by: IndexRows | None = None


class Found(Struct, frozen=True, kw_only=True):
    """A page of a search."""

    matches: list[Version]
    #: By `_include` and `_revinclude`, none of the matches among them.
    included: list[Version] = []
    #: Matches on all pages; None: not counted.
    total: int | None = None
    #: What `Query.after` has to be for the next page; empty: this is the last one.
    next: str = ""
    #: Whether there was more to include than an answer takes.
    is_cut: bool = False


class Replay(Struct, frozen=True, kw_only=True):
    """What was answered to the first request with this Idempotency-Key."""

    #: SHA-256 of that request.
    digest: bytes
    status: int
    headers: dict[str, str]
    body: bytes
