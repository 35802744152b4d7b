"""Asks a partner to stop: the cancellation of a Task that is decided on its server.

The partner's Task is patched with the version it was read in, so that what the partner decided in
the meantime is never overwritten: then its decision is read and applied here. First commit wins.
"""

from __future__ import annotations

from typing import Any

from adapter.fhir_client.partner_answers import Resource, version_of
from adapter.fhir_client.partner_faults import Conflict, Rejected, Unreachable
from adapter.partners.disclosing import NeverSent
from adapter.partners.here import Here
from adapter.partners.mirroring import pull
from adapter.partners.partner import Partner
from adapter.referrals.codes import reason
from adapter.referrals.lifecycle import has_ended
from adapter.store.outbound import Outgoing

#: How often one run answers a change at the partner with another attempt.
_ATTEMPTS = 3


def stop(here: Here, partner: Partner, row: Outgoing) -> str:
    """Carry a cancellation, or that all was a mistake, to the partner.

    Returns:
        What is to be noted of it; empty: nothing.

    Raises:
        PartnerFault: the partner could not be asked.
        NeverSent: the partner does not take it, or never had the Task.
        NotApplied: it decided what cannot be said here.
    """
    with here.store.unit() as unit:
        task = here.current(unit, partner, "Task", row.id)
        rows = here.outbound(unit, partner)
        link = rows.link("Task", row.id)
        rows.attempt(row.number)
    if task is None:
        return "it was deleted here"
    if link is None:
        raise NeverSent("the partner never had the referral")
    server = here.servers.of(partner)
    for _ in range(_ATTEMPTS):
        remote = server.read("Task", link.remote_id).resource or {}
        mistake = task.get("status") == "entered-in-error"
        wanted = "entered-in-error" if mistake else "cancelled"
        if remote.get("status") == wanted or (has_ended(remote) and not mistake):
            pull(here, partner, link.remote_id)
            return "" if remote.get("status") == wanted else "the partner had ended it before"
        try:
            server.patch(
                "Task",
                link.remote_id,
                _operations(task, remote, wanted, here.around.base),
                if_match=version_of(remote),
            )
        except Conflict:
            continue
        except Rejected as fault:
            pull(here, partner, link.remote_id)
            raise NeverSent(f"the partner does not take it ({fault}); ask it to end it") from None
        pull(here, partner, link.remote_id)
        return ""
    raise Unreachable("the partner's Task changes faster than it can be cancelled")


def _operations(
    task: dict[str, Any], remote: Resource, wanted: str, base: str
) -> list[dict[str, Any]]:
    code = "sent-in-error" if wanted == "entered-in-error" else "withdrawn"
    why = task.get("statusReason")
    if not isinstance(why, dict) or not why.get("text"):
        why = reason(code, base)
    elif not why.get("coding"):
        why = reason(code, base, why["text"])
    changes: dict[str, Any] = {"status": wanted, "statusReason": why}
    return [
        {"op": "replace" if name in remote else "add", "path": f"/{name}", "value": value}
        for name, value in changes.items()
    ]
