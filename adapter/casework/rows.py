"""A referral as a row of the board, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from adapter.casework.member import born, name_of
from adapter.casework.populations import populations_asked
from adapter.casework.standing import who
from adapter.casework.wording import Due, due, moment, next_step, stands, why
from adapter.fhir_client.partner_answers import Resource
from adapter.referrals.codes import business_status, status_reason
from adapter.security.audit_rendering import organization_id
from adapter.store.records import Viewer, Work


class Row(Struct, frozen=True, kw_only=True):
    """A referral on the board."""

    #: Of its Task.
    id: str
    #: Empty: the visitor does not see who it is.
    member: str
    birth_date: str
    #: In words; empty: none is named, or the visitor does not see the order.
    populations: tuple[str, ...]
    stands: str
    status: str
    #: Why it ended or pauses, in words; empty: nobody said.
    reason: str
    #: What has to happen next; empty: nothing, it has ended.
    next: str
    #: Who has to do it; empty: whoever claims it.
    actor: str
    #: Whether that is the visitor's organization.
    ours: bool
    due: Due | None
    requester: str
    #: Who was asked; empty: nobody yet.
    owner: str
    thread: str
    urgent: bool
    #: Nobody has looked at it yet.
    new: bool
    changed: str
    changed_at: str


class Rows:
    """Makes rows for one visitor.

    Args:
        viewer: whose eyes.
        parties: names of registered organizations, by `system|value`.
        base: our canonical base.
        now: the instant.
    """

    def __init__(
        self, viewer: Viewer, parties: Mapping[str, str], base: str, now: datetime
    ) -> None:
        self._viewer, self._parties, self._base, self._now = viewer, parties, base, now
        self._registered = {
            f"Organization/{organization_id(viewer.tenant, party)}": name
            for party, name in parties.items()
        }

    def row(
        self, id: str, task: Resource, work: Work | None, others: Mapping[str, Resource]
    ) -> Row:
        """A Task in words.

        Args:
            id: of the Task.
            task: as stored.
            work: where it stands; None: it has ended.
            others: what it names, as far as the viewer sees that, by `Type/id`.
        """
        viewer = self._viewer
        patient = others.get(reference(task, "for"), {})
        order = others.get(reference(task, "focus"), {})
        said = business_status(task, self._base) or ""
        status = str(task.get("status"))
        changed = datetime.fromisoformat(str(task["meta"]["lastUpdated"]))
        reason = task.get("statusReason") or {}
        names = self.names(others)
        claimable = work is not None and not work.owner and work.queue == "claimable"
        # It has ended, and its source is to correct it and ask again, unless that was done.
        done = order.get("status") == "revoked"
        returned = work is None and said == "returned-for-correction" and not done
        requester = self._named(task.get("requester"), names)
        acting = self._parties.get(work.owner, work.owner) if work else requester * returned
        own = self._parties.get(viewer.party)
        ours = work.owner == viewer.party if work else returned and requester == own
        return Row(
            id=id,
            member=name_of(patient),
            birth_date=str(born(patient) or ""),
            populations=populations_asked(order, self._base),
            stands=stands(status, said),
            status=status,
            reason=str(reason.get("text") or why(status_reason(task, self._base) or "")),
            next=next_step(work.next_event if work else "correct" if returned else ""),
            actor=acting,
            ours=ours or (claimable and viewer.claims),
            due=due(work.due_at, self._now) if work else None,
            requester=requester,
            owner=self._named(task.get("owner"), names),
            thread=str((task.get("groupIdentifier") or {}).get("value", "")),
            urgent=task.get("priority") in ("urgent", "asap", "stat"),
            new=status == "requested" and said in ("sent-to-plan", "assigned-to-provider"),
            changed=moment(changed, self._now),
            changed_at=changed.isoformat(timespec="seconds"),
        )

    def _named(self, written: object, names: Mapping[str, str]) -> str:
        said = who(written, names)
        return self._parties.get(said, said)

    def names(self, others: Mapping[str, Resource]) -> dict[str, str]:
        """What organizations are called, by reference: the registered, and those among others."""
        return self._registered | {
            place: str(one["name"])
            for place, one in others.items()
            if place.startswith("Organization/") and one.get("name")
        }


def reference(resource: Resource, name: str) -> str:
    """What an element of a resource refers to; empty: nothing."""
    found = resource.get(name)
    return str(found.get("reference", "")) if isinstance(found, dict) else ""
