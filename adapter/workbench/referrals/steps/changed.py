"""What happened to a referral while somebody looked at an earlier version of it, in words."""

from __future__ import annotations

from datetime import datetime

from adapter.casework.access import Access
from adapter.casework.standing import names_of, reasons
from adapter.dates import instant_in_words
from adapter.fhir_client.partner_answers import Resource, version_of
from adapter.fhir_client.partner_faults import PartnerFault
from adapter.referrals.codes import business_status
from profiles.referral_codes import business_statuses


def changed_since(access: Access, task: Resource, version: str) -> tuple[str, ...]:
    """What each later version of a Task says, the earliest first; never empty.

    Args:
        access: as who looks.
        task: as it is now.
        version: that was looked at.
    """
    try:
        pages = access.server.pages(f"Task/{task['id']}/_history", [("_count", "50")])
        later = [one for page in pages for one in page.matches if _is_later(one, version)]
    except PartnerFault:
        later = []
    return tuple(_told(access, one) for one in reversed(later or [task]))


def _is_later(task: Resource, version: str) -> bool:
    found = version_of(task)
    return not (found.isdigit() and version.isdigit()) or int(found) > int(version)


def _told(access: Access, task: Resource) -> str:
    code = business_status(task, access.canonical) or ""
    known = business_statuses().get(code)
    says = known.display if known is not None else str(task.get("status"))
    if task.get("status") in ("completed", "cancelled", "failed", "rejected", "on-hold"):
        says = f"{str(task['status']).replace('-', ' ')}: {says}"
    why = reasons(task)
    owner = next(iter(names_of(access, [{"owner": task.get("owner")}]).values()), "")
    parts = [says, f"because: {why}" if why else "", f"with {owner}" if owner else ""]
    return f"{_when(task)}: " + ", ".join(one for one in parts if one)


def _when(task: Resource) -> str:
    try:
        found = datetime.fromisoformat(str((task.get("meta") or {}).get("lastUpdated", "")))
    except ValueError:
        return ""
    return instant_in_words(found)
