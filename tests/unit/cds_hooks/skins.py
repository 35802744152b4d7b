"""One card as each profile writes it, one file each; `small` stands for the referral.

`python -m tests.unit.cds_hooks.skins` writes the files again after a wanted change; read the
difference before it is committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from adapter.samples import sample
from cds_hooks.cards import Reader, cards_for
from cds_hooks.cards.moment import Moment
from cds_hooks.cards.profiles import PROFILES
from cds_hooks.protocol import answer_body
from eligibility.determination import Determination
from eligibility.evaluate import evaluate
from mappings.inbound.bundle import read_member
from profiles.canonicals import DEFAULT_BASE
from tests.unit.cds_hooks.referrals import small

FOLDER = Path(__file__).parent / "card_skins"
AS_OF = date(2026, 3, 18)
PUBLIC = "https://ecm.example.org/adapter"

#: A question is open, and a key was not sent: every part of a card is there.
_SAMPLE = "one-question-left"


@cache
def determination_of(name: str) -> Determination:
    """The answer for a sample patient."""
    bundle = msgspec.json.encode(sample(name, AS_OF).bundle)
    return evaluate(read_member(bundle), as_of=AS_OF)


def skins() -> Iterator[tuple[Path, str]]:
    """File and text of each."""
    determination = determination_of(_SAMPLE)
    for id, profile in PROFILES.items():
        reader = Reader(
            hook_instance="d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            profile=profile,
            moment=Moment(kind="discharge"),
            canonical_base=DEFAULT_BASE,
            public_base=PUBLIC,
        )
        cards = cards_for(determination, reader, not_had=["conditions (not sent)"], refer=small)
        yield (
            FOLDER / f"{id}.json",
            msgspec.json.format(answer_body(cards), indent=1).decode() + "\n",
        )


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in skins():
        file.write_text(text, encoding="utf-8")
