"""The moment of a call: what is being done at the screen, as far as it changes the card.

A hook says it, or Epic's trigger action where it fires patient-view for everything. It changes the
opening words and how soon a referral is wanted, never whether somebody qualifies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Kind = Literal["chart", "admission", "discharge", "order", "appointment", "problem", "dispatch"]


class Words(Struct, frozen=True):
    """How a card begins."""

    #: Opens the summary, as in `Before discharge: may qualify for …`; empty for nothing.
    summary: str = ""
    #: A sentence at the end of the first paragraph of the detail; empty for nothing.
    detail: str = ""


_WORDS: Mapping[Kind, Words] = {
    "chart": Words(),
    "admission": Words(
        "On admission",
        "A stay is a time when the member can be reached, so ask before it ends.",
    ),
    "discharge": Words(
        "Before discharge",
        "A referral now lets a care manager be there for the transition.",
    ),
    "order": Words("With this order"),
    "appointment": Words("With this appointment"),
    "problem": Words(
        "With this problem",
        "The entry that is being made was counted as if it were saved.",
    ),
    "dispatch": Words("With this order"),
}


class Moment(Struct, frozen=True, kw_only=True):
    """What is happening."""

    #: `chart`: somebody looks at the chart, no more.
    kind: Kind = "chart"
    #: An order being written refers the member to ECM already, so another is not suggested.
    already_referring: bool = False

    @property
    def words(self) -> Words:
        """How its card begins."""
        return _WORDS[self.kind]

    @property
    def is_urgent(self) -> bool:
        """Whether a referral made now is urgent: before a discharge, as the member leaves."""
        return self.kind == "discharge"
