"""`$status`, `$events` and `$resend` as operations of the FHIR endpoint."""

from __future__ import annotations

from typing import Any

from adapter.fhir_api.operations import Asked, Operation
from adapter.fhir_api.table import Definition
from adapter.notifications.operations import Operations

_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition"
_OURS = frozenset({"Subscription"})


def subscription_operations(operations: Operations) -> tuple[Operation, ...]:
    """The operations on Subscriptions."""

    def status(asked: Asked) -> dict[str, Any]:
        if asked.route.id:
            return operations.status(asked.unit, asked.viewer, asked.route.id)
        return operations.statuses(asked.unit, asked.viewer, asked.params)

    def events(asked: Asked) -> dict[str, Any]:
        return operations.events(asked.unit, asked.viewer, asked.route.id, asked.params)

    def resend(asked: Asked) -> dict[str, Any]:
        return operations.resend(asked.unit, asked.viewer, asked.route.id, asked.params)

    return (
        Operation(
            definition=Definition(
                name="status",
                definition=f"{_BACKPORT}/backport-subscription-status",
                types=_OURS,
                instances=_OURS,
            ),
            answer=status,
        ),
        Operation(
            definition=Definition(
                name="events",
                definition=f"{_BACKPORT}/backport-subscription-events",
                instances=_OURS,
            ),
            answer=events,
        ),
        Operation(
            definition=Definition(
                name="resend",
                definition=f"{_BACKPORT}/backport-subscription-resend",
                instances=_OURS,
                writes=True,
            ),
            answer=resend,
        ),
    )
