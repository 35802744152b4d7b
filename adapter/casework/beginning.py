"""How a referral is begun: of what the exchange has, and sent so that sent twice it is one."""

from __future__ import annotations

from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

from adapter.casework.access import Access
from adapter.casework.steps import places
from adapter.fhir_client.partner_answers import ENCODER, Resource


def send(access: Access, bundle: Resource) -> list[str]:
    """Send a transaction; the same content is carried out once.

    Returns:
        Where its Tasks are, `Task/12` each.

    Raises:
        PartnerFault: the exchange refuses it.
    """
    # The same content has the same key, so a repeat is answered and not carried out again.
    key = uuid5(NAMESPACE_URL, sha256(ENCODER.encode(bundle)).hexdigest())
    response = access.server.transaction(bundle, key=str(key))
    return [place for place in places(response) if place.startswith("Task/")]


def replaced(access: Access, reference: str) -> Resource:
    """The order, with the thread that its Task says where it does not say so itself.

    Args:
        access: where it is.
        reference: `ServiceRequest/3`, or the id.

    Raises:
        PartnerFault: it is not there for us.
    """
    id = reference.removeprefix("ServiceRequest/")
    order = access.server.read("ServiceRequest", id).resource or {}
    tasks = access.server.search("Task", ("focus", f"ServiceRequest/{id}"))
    threads = (one["groupIdentifier"] for one in tasks if "groupIdentifier" in one)
    thread = order.get("requisition") or next(threads, None)
    return {**order, "requisition": thread}
