"""Whatever a record holds and whoever asks: a card of the right shape, or none."""

from __future__ import annotations

import json
import re
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cds_hooks.cards import Reader, cards_for
from cds_hooks.cards.moment import Kind, Moment
from cds_hooks.cards.profiles import PROFILES
from cds_hooks.protocol import answer_body
from eligibility.evaluate import evaluate
from eligibility.facts import MemberFacts
from eligibility.packs import plans
from eligibility.wording import POPULATION_TITLES
from profiles.canonicals import DEFAULT_BASE
from profiles.validate import validate
from tests.unit.cds_hooks.referrals import refer
from tests.unit.cds_hooks.test_card_profiles import SHAPE
from tests.unit.eligibility.member_strategies import members
from tests.unit.eligibility.record_strategies import AS_OF

READERS = st.builds(
    Reader,
    hook_instance=st.text(min_size=1),
    client=st.text(),
    service=st.text(),
    is_staff=st.booleans(),
    may_see_reasons=st.booleans(),
    profile=st.sampled_from(tuple(PROFILES.values())),
    moment=st.builds(Moment, kind=st.sampled_from(get_args(Kind)), already_referring=st.booleans()),
    canonical_base=st.just(DEFAULT_BASE),
    public_base=st.sampled_from((None, "https://ecm.example.org/adapter")),
)
SEVERAL = st.lists(st.sampled_from(("coverage (not sent)", "conditions (too slow)")))

#: What a summary must not name: a population, and what makes one.
_TELLING = re.compile(
    "|".join([*map(re.escape, POPULATION_TITLES.values()), "homeless|mental|substance|HIV|prison"]),
    re.IGNORECASE,
)


@given(members(), st.sampled_from(plans()), READERS, SEVERAL, st.booleans())
def test_every_answer_has_the_shape_and_creates_only_valid_resources(
    facts: MemberFacts, plan: str, reader: Reader, not_had: list[str], is_enrolled: bool
):
    """One card at most; its summary tells nothing; the same call gives the same bytes."""
    determination = evaluate(facts, plan=plan, as_of=AS_OF)

    def body() -> bytes:
        return answer_body(
            cards_for(
                determination,
                reader,
                not_had=not_had,
                refer=refer(determination),
                is_enrolled=is_enrolled,
            )
        )

    answer = json.loads(body())
    assert body() == body()
    assert SHAPE.faults(answer) == ()
    assert len(answer["cards"]) <= 1
    for card in answer["cards"]:
        assert not _TELLING.search(card["summary"])
        for suggestion in card.get("suggestions", ()):
            assert all(validate(action["resource"]) == () for action in suggestion["actions"])


@given(members(), st.sampled_from(plans()), READERS)
def test_who_may_not_know_why_is_told_the_same_for_every_reason(
    facts: MemberFacts, plan: str, reader: Reader
):
    """Nothing but the answer, its topic and the plan is in such a card."""
    reader = replace(reader, is_staff=True, may_see_reasons=False)
    determination = evaluate(facts, plan=plan, as_of=AS_OF)
    for card in cards_for(determination, reader, refer=refer(determination)):
        assert card.suggestions == ()
        assert not _TELLING.search(card.detail)
        assert not re.search(r"[A-Z][A-Za-z]+/[A-Za-z0-9]", card.detail)
        assert "ask=" not in "".join(link.url for link in card.links)
