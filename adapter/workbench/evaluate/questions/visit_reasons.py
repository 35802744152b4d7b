"""Why a visit took place, as its record says it: shown where its avoidability is asked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from adapter.workbench.evaluate.reasons.described import describe
from mappings.inbound.resources import Resources

_UNREADABLE = (DecodeError, UnicodeDecodeError, RecursionError)


class _Encounter(Struct, rename="camel"):
    id: Any = None
    type: Any = None
    reason_code: Any = None


_ENCOUNTER = Decoder(_Encounter)


def reasons_of(resources: Resources, visits: Collection[str]) -> dict[str, str]:
    """By reference, the reason stated, else the kind of visit; what says neither is absent.

    Args:
        resources: those of the chart.
        visits: references as evidence names them: `Encounter/e1`.
    """
    found: dict[str, str] = {}
    for resource in resources.of("Encounter") if visits else ():
        try:
            encounter = _ENCOUNTER.decode(resource.raw)
        except _UNREADABLE:
            continue
        name = resource.called(encounter.id if isinstance(encounter.id, str) else None)
        if name in visits:
            about = (
                {"reasonCode": encounter.reason_code}
                if encounter.reason_code
                else {"type": encounter.type}
            )
            said = describe({"resourceType": "Encounter", **about})
            if said.what:
                found[name] = said.what
    return found
