"""After which answer to a card, and for how long, a member is not shown it again.

A reason counts by its meaning (`cds_hooks.cards.overrides`): ours under any system, and HL7's where
one of ours is mapped to it. Days run from when the person acted, as feedback may come much later.
"""

from __future__ import annotations

from collections.abc import Mapping

from cds_hooks.cards.overrides import meaning
from cds_hooks.feedback import Feedback

ACCEPTED = "accepted"


def days_kept_back(feedback: Feedback, days: Mapping[str, int]) -> int:
    """For how many days the card's topic is kept from the member; 0: it is not.

    Args:
        feedback: what became of one card.
        days: by our override reason, or `accepted`. The longest of several reasons counts.
    """
    if feedback.outcome == "accepted":
        return days.get(ACCEPTED, 0)
    meant = (meaning(system, code) for system, code in feedback.reasons)
    return max((days.get(reason, 0) for reason in meant if reason is not None), default=0)
