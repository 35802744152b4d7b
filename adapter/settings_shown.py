"""Settings as they may be shown: no password, no token; what they mean for who may call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from adapter import settings
from adapter.deployment import refusal
from adapter.errors import UnusableInput
from adapter.setting_values import masked
from adapter.settings import MEANINGS, SECRETS, Settings

_HIDDEN = "***"

#: Where a value came from that neither the defaults nor the environment name.
AT_THE_START = "given at the start, or found then"


def shown(of: Settings, name: str) -> object:
    """The value as it may be shown, in types of JSON; None: not set."""
    value = getattr(of, name)
    if name in ("store", "smtp_url"):
        return masked(value) or None
    if name in SECRETS:
        return _HIDDEN if value else None
    if name == "referral_choices":
        return msgspec.to_builtins(value) or None
    if isinstance(value, Path):
        return str(value)
    return None if value == "" else value


def words(value: object) -> str:
    """A shown value in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {words(one)}" for name, one in value.items())
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def mode(of: Settings) -> str:
    """Who may call; or why the service would not start."""
    if (reason := refusal(of)) is not None:
        return reason
    if of.development:
        return "Development mode: on this machine only, open to whoever is on it."
    return "Registered clients only."


def sources(running: Settings) -> Mapping[str, str]:
    """Where each value of a running service came from.

    A process that answers calls knows the values, not the command line. What the defaults, the
    environment and the file it names say is read again; a value that is another than theirs was
    `AT_THE_START`.
    """
    try:
        loaded = settings.read()
    except UnusableInput:
        return dict.fromkeys(MEANINGS, AT_THE_START)
    return {
        name: loaded.sources[name]
        if getattr(loaded.settings, name) == getattr(running, name)
        else AT_THE_START
        for name in MEANINGS
    }
