"""The outcome of a referral as `ecm referral complete` takes it from a file."""

from __future__ import annotations

from pathlib import Path

from adapter.errors import UnusableInput
from adapter.fhir_client.partner_answers import Resource, decoded


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
