"""The moment of a call: what is being done at the screen, as far as it changes the card.

A hook says it, or Epic's trigger action where it fires patient-view for everything. It changes the
opening words and how soon a referral is wanted, never whether somebody qualifies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Kind = Literal["chart", "admission", "discharge", "order", "appointment", "problem", "dispatch"]


class Words(Struct, frozen=True, kw_only=True):
    """How a card begins; empty for nothing."""

    #: Opens the summary, as in `Before discharge: may qualify for …`.
    summary: str = ""
    #: A sentence of the first paragraph, whatever the answer.
    note: str = ""
    #: A sentence of the first paragraph where a referral can be made.
    advice: str = ""


_WORDS: Mapping[Kind, Words] = {
    "chart": Words(),
    "admission": Words(
        summary="On admission",
        advice="The member can be asked and referred during the stay.",
    ),
    "discharge": Words(
        summary="Before discharge",
        advice="A referral now lets a care manager be there for the transition.",
    ),
    "order": Words(summary="With this order"),
    "appointment": Words(summary="With this appointment"),
    "problem": Words(
        summary="With this problem",
        note="The entry that is being made was counted as if it were saved.",
    ),
    "dispatch": Words(summary="With this order"),
}

_REFERRING = "One of the orders being written refers the member to ECM already."


class Moment(Struct, frozen=True, kw_only=True):
    """What is happening."""

    #: `chart`: somebody looks at the chart, no more.
    kind: Kind = "chart"
    #: An order being written refers the member to ECM already, so another is not suggested.
    already_referring: bool = False

    @property
    def words(self) -> Words:
        """How its card begins."""
        words = _WORDS[self.kind]
        return replace(words, note=_REFERRING) if self.already_referring else words

    @property
    def is_urgent(self) -> bool:
        """Whether a referral made now is urgent: before a discharge, as the member leaves."""
        return self.kind == "discharge"
