"""Services asked about the samples, without HTTP: a call, its advice, a host with a memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from adapter.samples import hook_request, sample
from cds_hooks.answering import Advice, Adviser
from cds_hooks.caller import Caller
from cds_hooks.hooks.every import SERVICES
from cds_hooks.hooks.patient_view import SERVICE
from cds_hooks.host import Issued, OpenHost
from cds_hooks.prefetch import template
from cds_hooks.services import Services
from mappings.requirements import all_requirements

TODAY = date(2026, 3, 18)
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"


class Memory(OpenHost):
    """A host that keeps what is shown, and keeps back topics."""

    def __init__(self, *kept_back: str) -> None:
        super().__init__()
        self.kept_back = kept_back
        self.shown: list[Issued] = []

    def is_suppressed(self, caller: Caller, server: str, patient_id: str, topic: str) -> bool:
        del caller, server, patient_id
        return topic in self.kept_back

    def remember(self, caller: Caller, cards: Sequence[Issued]) -> None:
        del caller
        self.shown.extend(cards)


def a_call(name: str, **changes: Any) -> dict[str, Any]:
    requested = hook_request(
        sample(name, TODAY), template(all_requirements()), hook_instance=INSTANCE
    )
    return requested | changes


def advice(
    call: dict[str, Any],
    host: OpenHost | None = None,
    service: str = SERVICE.id,
    **caller: Any,
) -> Advice:
    services = Services(SERVICES, Adviser(today=lambda: TODAY))
    read = services.read(service, json.dumps(call).encode())
    known = Caller(**{"client": "ehr", "tenant": "clinic"} | caller)
    return services.answer(service, read, known, host or OpenHost())
