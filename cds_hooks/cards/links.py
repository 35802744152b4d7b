"""The one link of a card: the questions that would decide, or else what this service is.

No link names the member. The questions in it are named by their codes and are asked of whoever
opens it; nothing about an answer is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from cds_hooks.protocol import Link
from eligibility.determination import Missing
from profiles.canonicals import canonicals
from profiles.codes import attestations

#: Longer addresses are cut by some clients and proxies.
_MOST_QUESTIONS = 20


def askable(asks: Iterable[Missing]) -> tuple[str, ...]:
    """The attestations among what is missing, in the order they are asked.

    Only they have an item in the referral questionnaire; a date of birth or a program is looked up
    elsewhere.
    """
    codes = (missing.code for missing in asks if _is_asked(missing))
    return tuple(dict.fromkeys(codes))[:_MOST_QUESTIONS]


def _is_asked(missing: Missing) -> bool:
    return missing.kind in ("attestation", "avoidability") and missing.code in attestations()


def about(public_base: str) -> Link:
    """What this service is and does."""
    return Link(label="About this service", url=f"{public_base.rstrip('/')}/", type="absolute")


def screening(public_base: str, questions: Sequence[str], *, base: str, smart: bool) -> Link:
    """The form that asks the questions.

    Args:
        public_base: where users reach this service.
        questions: attestation codes, at least one.
        base: canonical base, under which the questionnaire is named.
        smart: the client launches apps: the questions are passed in `appContext` as well.
    """
    url = f"{public_base.rstrip('/')}/screening?ask={','.join(questions)}"
    label = "Answer the open questions"
    if not smart:
        return Link(label=label, url=url, type="absolute")
    context = {
        "questionnaire": canonicals(base).referral_questionnaire,
        "ask": list(questions),
    }
    return Link(
        label=label, url=url, type="smart", app_context=msgspec.json.encode(context).decode()
    )
