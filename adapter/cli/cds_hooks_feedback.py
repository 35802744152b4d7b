"""`ecm cds-hooks feedback`: tell a service what became of a card (CDS Hooks 2.0, Feedback)."""

from __future__ import annotations

import argparse
from datetime import UTC
from typing import Any

from adapter import clock
from adapter.cli.cds_hooks_call import error_lines
from adapter.cli.cds_service_arguments import service_of
from adapter.errors import UnusableInput


def run(options: argparse.Namespace) -> int:
    """Send it. 0: it was taken; 1: the service answered with an error."""
    service, named = service_of(options, options.url)
    service_id = options.service or named
    if service_id is None:
        raise UnusableInput("which service's card was it? name the service with --service ID")
    reply = service.feedback(service_id, {"feedback": [_feedback(options)]})
    print(f"POST {reply.url}: {reply.status} in {reply.milliseconds:.0f} ms")
    if 200 <= reply.status < 300:
        return 0
    for line in error_lines(reply):
        print(line)
    return 1


def _feedback(options: argparse.Namespace) -> dict[str, Any]:
    """One item of feedback (cds-hooks_2.0@155-@167)."""
    item: dict[str, Any] = {
        "card": options.card,
        "outcome": "accepted" if options.accepted else "overridden",
        "outcomeTimestamp": clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if options.accepted:
        if options.reason or options.comment:
            raise UnusableInput("--reason and --comment go with --overridden, not with --accepted")
        return item | {"acceptedSuggestions": [{"id": one} for one in options.accepted]}
    reason: dict[str, Any] = {}
    if options.reason:
        system, bar, code = options.reason.rpartition("|")
        if not bar or not system or not code:
            raise UnusableInput(
                "--reason is no coding; write it as SYSTEM|CODE, as the card has it"
            )
        reason["reason"] = {"system": system, "code": code}
    if options.comment:
        reason["userComment"] = options.comment
    return item | ({"overrideReason": reason} if reason else {})
