"""Feedback items as a client sends them."""

from __future__ import annotations

import json
from typing import Any

from cds_hooks.feedback import Feedback, read_feedback

CARD = "4e0a3a1e-3283-4575-ab82-028d55fe2719"
SUGGESTION = "e56e1945-20b3-4393-8503-a1a20fd73152"
AT = "2022-05-19T19:44:04Z"


def read(*items: Any) -> tuple[tuple[Feedback, ...], tuple[str, ...]]:
    """Read a body of these items."""
    return read_feedback(json.dumps({"feedback": items}).encode())


def item(**fields: Any) -> dict[str, Any]:
    """An overridden card; None leaves a field out."""
    whole = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": AT} | fields
    return {name: value for name, value in whole.items() if value is not None}


def one(**fields: Any) -> tuple[Feedback, tuple[str, ...]]:
    """What is read of one such item, and its deviations."""
    (read_one,), deviations = read(item(**fields))
    return read_one, deviations
