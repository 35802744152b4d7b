"""What the rules ask of the store: they do no I/O themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from adapter.referrals.choices import Choices
from adapter.store.records import Work

#: A FHIR resource, decoded; what is stored has its `id` and `meta.versionId`.
Resource = dict[str, Any]


class Lookup(Protocol):
    """The store as one write sees it, with all that its unit of work wrote before.

    A reference is `Type/id`. Nothing here raises for one that leads nowhere, and a resource that
    was deleted is not there. Everything is of the writer's tenant.
    """

    @property
    def choices(self) -> Choices:
        """What the tenant has chosen."""

    def resource(self, reference: str) -> Resource | None:
        """What the writer may see; None: not there, or another's."""

    def any(self, reference: str) -> Resource | None:
        """What is there, whoever may see it."""

    def party_of(self, reference: object) -> str | None:
        """The registered party that a Reference element (or its text) means.

        An Organization by its identifier, a PractitionerRole by its organization, a logical
        reference by `identifier`. None: no registered party, or no such resource.
        """

    def author_of(self, reference: str) -> str | None:
        """The party that created the resource; None: not there."""

    def partner_of(self, url: str) -> str | None:
        """The party whose registered FHIR server an absolute reference leads to; None: nobody's.

        Never one that leads to this server.
        """

    def children(self, task: str) -> Sequence[Resource]:
        """Every Task that is part of the Task with this id."""

    def tasks_focused_on(self, service_request: str) -> Sequence[Resource]:
        """Every Task whose focus is the ServiceRequest with this id."""

    def aborts_of(self, task: str) -> Sequence[Resource]:
        """Every Task whose focus is the Task with this id: those that ask to abort it."""

    def live_referrals_to(self, reference: str) -> Sequence[str]:
        """References of the Tasks and ServiceRequests that have not ended and refer to this."""

    def work(self, task: str) -> Work | None:
        """Where the Task with this id stands on a worklist before this write; None: nowhere."""

    def granted_by(self, type: str, id: str) -> frozenset[tuple[str, str, str]]:
        """What was granted through a resource: (type, id, party)."""
