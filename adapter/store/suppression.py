"""After which answer to a card, for how long and of what a member is shown no more cards.

A reason counts by its meaning (`cds_hooks.cards.overrides`): ours under any system, and HL7's where
one of ours is mapped to it. Reasons that a health system built itself mean nothing here and keep
nothing back. Days run from when the person acted, as feedback may come much later.

An answer to one card holds for every topic of ours. They are stages of one question, whether the
member should be referred to Enhanced Care Management, and which stage is reached differs with the
data of each hook: who declined on the card "criteria are met" would otherwise be asked again by the
card "a few answers would decide" of the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adapter.setting_values import ACCEPTED
from cds_hooks.cards.overrides import meaning
from cds_hooks.feedback import Feedback
from profiles.codes import card_topics


def days_kept_back(feedback: Feedback, days: Mapping[str, int]) -> int:
    """For how many days cards are kept from the member; 0: they are not.

    Args:
        feedback: what became of one card.
        days: by our override reason, or `accepted`. The longest of several reasons counts.
    """
    if feedback.outcome == "accepted":
        return days.get(ACCEPTED, 0)
    meant = (meaning(system, code) for system, code in feedback.reasons)
    return max((days.get(reason, 0) for reason in meant if reason is not None), default=0)


def topics_kept_back(topic: str) -> Iterable[str]:
    """The topics that an answer to a card of this topic keeps back."""
    topics = card_topics()
    return topics if topic in topics else (topic,)
