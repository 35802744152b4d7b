"""The suggestion of a card: refer the member to Enhanced Care Management with one click.

What taking it creates is made elsewhere (`mappings.outbound`) and handed in finished; here it
becomes a suggestion that the client can take (CDS Hooks 2.0, Suggestion and Action).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid5

from msgspec import Struct

from cds_hooks.caller import CardProfile
from cds_hooks.protocol import Action, Suggestion


class Referral(Struct, frozen=True, kw_only=True):
    """What a referral consists of, as FHIR resources."""

    #: A complete ServiceRequest, a draft.
    service_request: dict[str, Any]
    #: The Task that tracks it, for clients that take several actions; None: none is wanted.
    task: dict[str, Any] | None = None


#: Makes the referral; called only where a card suggests it, with the uuid of the suggestion, so
#: that a referral that is sent twice is known as one. None: nothing can be referred, as when the
#: answer rests on data that may not be sent on.
Refer = Callable[[str], Referral | None]

LABEL = "Refer the member to Enhanced Care Management (ECM)."
DESCRIPTION = (
    "Create a draft referral of the member to Enhanced Care Management (ECM), with the reasons "
    "found, for you to review and sign."
)
TASK_DESCRIPTION = "Create the task by which the referral to ECM is followed up."


def suggested(
    refer: Refer, *, card: str, profile: CardProfile, is_recommended: bool
) -> tuple[Suggestion, ...]:
    """The one suggestion of a card; none where nothing can be referred.

    Args:
        refer: makes what taking it creates.
        card: uuid of the card.
        profile: says whether a second action may go along.
        is_recommended: whether the client may tick it beforehand.
    """
    uuid = str(uuid5(UUID(card), "refer"))
    referral = refer(uuid)
    if referral is None:
        return ()
    order = Action(type="create", description=DESCRIPTION, resource=referral.service_request)
    actions = [order]
    if profile.actions == "several" and referral.task is not None:
        actions.append(Action(type="create", description=TASK_DESCRIPTION, resource=referral.task))
    return (
        Suggestion(
            label=LABEL,
            uuid=uuid,
            is_recommended=is_recommended,
            actions=tuple(actions),
        ),
    )
