"""What clients may stumble over in a service's discovery (CDS Hooks 2.0, Discovery, Prefetch)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from cds_hooks.catalogue import HOOKS
from cds_hooks.queries import lint

#: An own hook is named by a domain in reverse; what else has no dot is expected to be HL7's.
_OWN_HOOK = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")

#: HL7's hooks that no service here answers.
_OTHER_HOOKS = {
    "allergyintolerance-create", "medication-refill", "medication-verify", "medication-prescribe",
    "order-review",
}  # fmt: skip


class DiscoveryFault(Struct, frozen=True, kw_only=True):
    """One fault, and where it is."""

    #: Id of the service, or its place in the list; empty: the whole.
    service: str
    rule: str
    found: str
    remedy: str

    def __str__(self) -> str:
        """The fault as one line."""
        where = f"service {self.service}: " if self.service else ""
        return f"{where}{self.found} ({self.rule}); {self.remedy}"


def discovery_faults(discovery: object) -> tuple[DiscoveryFault, ...]:
    """Every fault of the body of `GET /cds-services`, in its order."""
    services = discovery.get("services") if isinstance(discovery, dict) else None
    if not isinstance(services, list):
        return (
            DiscoveryFault(
                service="",
                rule="cds-hooks_2.0@6",
                found="there is no array of services",
                remedy='answer {"services": []} where there are none',
            ),
        )
    faults = [fault for place, one in enumerate(services) for fault in _service_faults(one, place)]
    ids = [
        one["id"] for one in services if isinstance(one, dict) and isinstance(one.get("id"), str)
    ]
    faults += [
        DiscoveryFault(
            service=repeated,
            rule="cds-hooks_2.0@211",
            found="several services have this id, so that newer cards replace older ones",
            remedy="give each hook its own id, unless that is what is meant",
        )
        for repeated in sorted(one for one, count in Counter(ids).items() if count > 1)
    ]
    return tuple(faults)


def _service_faults(service: Any, place: int) -> Iterator[DiscoveryFault]:
    name = f"number {place + 1}"
    if not isinstance(service, dict):
        yield DiscoveryFault(
            service=name,
            rule="cds-hooks_2.0@6",
            found="it is no JSON object",
            remedy="describe a service by an object",
        )
        return
    name = service["id"] if isinstance(service.get("id"), str) and service["id"] else name
    for rule, found, remedy in _element_faults(service):
        yield DiscoveryFault(service=name, rule=f"cds-hooks_2.0@{rule}", found=found, remedy=remedy)
    template = service.get("prefetch")
    if isinstance(template, dict):
        hook = HOOKS.get(str(service.get("hook")))
        # The tokens of a hook that is not known here are believed.
        tokens = hook.tokens if hook else _named(template)
        for one in lint(template, tokens):
            yield DiscoveryFault(
                service=name,
                rule=one.rule,
                found=f"prefetch key {one.key!r}: {one.found}",
                remedy=one.remedy,
            )


def _element_faults(service: dict[str, Any]) -> Iterator[tuple[int, str, str]]:
    required = {"hook": 7, "description": 9, "id": 10}
    for element, rule in required.items():
        if not isinstance(service.get(element), str) or not service[element]:
            yield rule, f"{element} is missing or no text", "every service has one"
    if not isinstance(service.get("title", ""), str) or not service.get("title"):
        yield 8, "title is missing or no text", "give the service a name that people understand"
    if "prefetch" in service and not isinstance(service["prefetch"], dict):
        yield 11, "prefetch is no object", "write key and query pairs"
    for element, value in service.items():
        if value is None or value in ("", [], {}):
            yield 3, f"{element} is null or empty", "leave it out"
    hook = service.get("hook")
    if isinstance(hook, str) and hook and not _is_a_hook(hook):
        yield 7, f"{hook!r} is no hook of HL7's", "name an own hook by your domain in reverse"


def _is_a_hook(name: str) -> bool:
    return name in HOOKS or name in _OTHER_HOOKS or _OWN_HOOK.fullmatch(name) is not None


def _named(template: dict[str, Any]) -> frozenset[str]:
    queries = " ".join(str(query) for query in template.values())
    return frozenset(re.findall(r"\{\{context\.(\w+)\}\}", queries))
