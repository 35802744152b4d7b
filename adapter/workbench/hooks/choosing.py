"""Which service of a discovery is meant."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from adapter.cds_client.calling import CdsService, service_at
from adapter.errors import UnusableInput
from adapter.workbench.hooks.form import Wanted


class Found(Struct, frozen=True, kw_only=True):
    """A service of discovery, and the ids of those that answer the same hook."""

    entry: dict[str, Any]
    others: tuple[str, ...]


def entry_of(service: CdsService, wanted: Wanted, own: list[dict[str, Any]] | None) -> Found:
    """The service that is meant, as discovery lists it.

    Args:
        service: where it is.
        wanted: names its id or its hook.
        own: the list of this service's own; None: it is another, which is asked.

    Raises:
        UnusableInput: there is no list, or none that fits.
    """
    listed = own if own is not None else _discovered(service)
    named = wanted.service_id or (service_at(wanted.service)[1] if wanted.service else "")
    fitting = [one for one in listed if one["hook"] == wanted.hook]
    found = next((one for one in fitting if one["id"] == named), None)
    if found is None and fitting:
        found = fitting[0]
    if found is None:
        hooks = ", ".join(sorted({str(one["hook"]) for one in listed})) or "none"
        raise UnusableInput(
            f"{service.endpoint()} lists no service for {wanted.hook}; it has those for: {hooks}"
        )
    return Found(entry=found, others=tuple(str(one["id"]) for one in fitting))


def _discovered(service: CdsService) -> list[dict[str, Any]]:
    reply = service.discover()
    listed = reply.body.get("services") if isinstance(reply.body, dict) else None
    if reply.status != 200 or not isinstance(listed, list):
        raise UnusableInput(
            f"{reply.url} answered {reply.status} and no list of services; give the address under "
            "which /cds-services is found, and a token if it asks for one"
        )
    return [
        one | {"prefetch": _template(one)}
        for one in listed
        if isinstance(one, dict)
        and isinstance(one.get("id"), str)
        and isinstance(one.get("hook"), str)
    ]


def _template(entry: dict[str, Any]) -> dict[str, str]:
    """The queries of another service's entry by their keys; what is none is left out."""
    template = entry.get("prefetch")
    queries = template if isinstance(template, dict) else {}
    return {key: query for key, query in queries.items() if isinstance(query, str)}
