"""Reads what became of a partner's Task: the versions since, and what its outputs refer to."""

from __future__ import annotations

from adapter.fhir_client.partner import PartnerServer
from adapter.fhir_client.partner_answers import objects, version_of
from adapter.fhir_client.partner_faults import Missing, Rejected
from adapter.partners.references import Resource
from adapter.store.outbound import Link

#: Versions on a page of a history.
_PAGE = "50"


def newer(server: PartnerServer, link: Link) -> list[Resource]:
    """The versions after the one last seen, in their order; the present one, if nothing is known.

    Raises:
        PartnerFault: they could not be read.
    """
    current = server.read("Task", link.remote_id).resource or {}
    if version_of(current) and version_of(current) == link.remote_version:
        return []
    found: list[Resource] = []
    try:
        for page in server.pages(f"Task/{link.remote_id}/_history", [("_count", _PAGE)]):
            for version in page.matches:
                if link.remote_version and version_of(version) == link.remote_version:
                    return found[::-1]
                found.append(version)
    except (Missing, Rejected):
        # It keeps no history, or shows none.
        return [current]
    # All of it is new where nothing was seen; where what was seen is not in it, only the present
    # version says something about the present.
    return found[::-1] if found and not link.remote_version else [current]


def outputs_of(server: PartnerServer, task: Resource) -> dict[tuple[str, str], Resource]:
    """What the outputs of a Task refer to on its server, as far as it can be read, by its place.

    Raises:
        PartnerFault: the server did not answer.
    """
    found: dict[tuple[str, str], Resource] = {}
    for output in objects(task.get("output")):
        reference = output.get("valueReference")
        text = reference.get("reference") if isinstance(reference, dict) else None
        place = _on(server, text) if isinstance(text, str) else None
        if place is None or place in found:
            continue
        try:
            resource = server.read(*place).resource or {}
        except (Missing, Rejected):
            # The reference to it stays, to where it is.
            continue
        if (resource.get("resourceType"), resource.get("id")) == place:
            found[place] = resource
    return found


def _on(server: PartnerServer, reference: str) -> tuple[str, str] | None:
    """Type and id of a reference to the partner's own server."""
    relative = reference.removeprefix(server.base.url + "/")
    type, _, rest = relative.partition("/")
    id = rest.partition("/")[0]
    return (type, id) if id and type.isalpha() and ":" not in relative else None
