"""The outcome of a referral as `ecm referral complete` takes it: a day, or a resource in a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from adapter.casework.access import Access
from adapter.errors import UnusableInput
from adapter.fhir_client.partner_answers import decoded

Resource = dict[str, Any]


def procedure(access: Access, task: Resource, options: argparse.Namespace) -> Resource:
    """What was done, by the code of the order, on the day that was given."""
    focus = str((task.get("focus") or {}).get("reference", ""))
    type, _, id = focus.partition("/")
    order = (access.server.read(type, id).resource or {}) if type == "ServiceRequest" else {}
    made = {
        "resourceType": "Procedure",
        "basedOn": [task["focus"]],
        "status": "completed",
        "code": order.get("code") or {"text": "Enhanced Care Management"},
        "subject": task.get("for"),
        "performedDateTime": str(options.performed),
    }
    security = (task.get("meta") or {}).get("security")
    return made | ({"meta": {"security": security}} if security else {})


def read_output(file: Path) -> Resource:
    """What was done, from a file.

    Raises:
        UnusableInput: it holds no resource.
    """
    try:
        found = decoded(file.read_bytes())
    except OSError as fault:
        raise UnusableInput(f"--output {file}: {fault.strerror}") from None
    if not isinstance(found, dict) or "resourceType" not in found:
        raise UnusableInput(f"--output {file} is no FHIR resource in JSON")
    return found
