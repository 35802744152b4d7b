"""The cards of an answer in each kind of client; of our own service as each would be answered."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from adapter.workbench.hooks.cards import SKINS, CardShown, Skin, cards_shown
from cds_hooks.answering import Advice
from cds_hooks.protocol import answer_body


class View(Struct, frozen=True, kw_only=True):
    """The cards as one kind of client shows them."""

    skin: str
    title: str
    says: str
    cards: tuple[CardShown, ...]
    #: The service writes other cards for a client that is registered so; these are shown.
    is_rewritten: bool = False


#: What our own service answers a client with that profile; None: it refuses the call.
Again = Callable[[str], Advice | None]


def views(answer: object, again: Again | None) -> tuple[View, ...]:
    """A view for each kind of client.

    Args:
        answer: the body of a 200.
        again: answers the same call for another profile; None: the service is not ours, so every
            client is shown the cards that came.
    """
    return tuple(_view(skin, answer, again) for skin in SKINS)


def _view(skin: Skin, answer: object, again: Again | None) -> View:
    title, says, profile = SKINS[skin]
    shown, is_rewritten = answer, False
    # What came was written for a client of the standard profile, unless it was one that signed.
    if again is not None and profile != "standard":
        advice = again(profile)
        if advice is not None and advice.cards:
            shown = msgspec.json.decode(answer_body(advice.cards))
            is_rewritten = shown != answer
    return View(
        skin=skin,
        title=title,
        says=says,
        cards=cards_shown(shown, skin),
        is_rewritten=is_rewritten,
    )
