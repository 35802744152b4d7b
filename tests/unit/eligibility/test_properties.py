"""What holds of every determination, whoever the member is."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from eligibility.determination import Determination
from eligibility.facts import Answer, Completeness, MemberFacts, Sign, Visit
from eligibility.logic import MET, NOT_MET, UNKNOWN, better
from eligibility.report import to_json
from tests.unit.eligibility.asking import always_the_same, ask, plans, results, said
from tests.unit.eligibility.member_strategies import CONCEPTS, QUESTIONS, completeness, members
from tests.unit.eligibility.record_strategies import on


@always_the_same
@given(members(), completeness(), plans)
def test_the_same_facts_give_the_same_bytes(
    facts: MemberFacts, complete: tuple[Completeness, ...], plan: str
) -> None:
    again = msgspec.convert(msgspec.to_builtins(facts), MemberFacts)
    assert to_json(ask(facts, plan, complete)) == to_json(ask(again, plan, complete))


@always_the_same
@given(members(), completeness(), plans, st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(
    facts: MemberFacts, complete: tuple[Completeness, ...], plan: str, random: Any
) -> None:
    def mixed(items: Any) -> Any:
        return tuple(random.sample(list(items), len(items)))

    def all_mixed(by_key: dict[str, Any]) -> dict[str, Any]:
        return {key: mixed(by_key[key]) for key in mixed(by_key)}

    other = replace(
        facts,
        answers=all_mixed(facts.answers),
        signs=all_mixed(facts.signs),
        screenings=all_mixed(facts.screenings),
        enrolments=all_mixed(facts.enrolments),
        visits=mixed(facts.visits),
        coverages=mixed(facts.coverages),
    )
    assert to_json(ask(facts, plan, complete)) == to_json(ask(other, plan, mixed(complete)))


@always_the_same
@given(
    members(),
    completeness(),
    plans,
    st.sampled_from(("emergency", "hospital", "snf")),
    st.integers(0, 360),
)
def test_one_more_visit_never_takes_a_population_away(
    facts: MemberFacts, complete: tuple[Completeness, ...], plan: str, kind: Any, offset: int
) -> None:
    """A visit that counts in every way, at no named provider, so that it is an event of its own."""
    ended = on(offset + 3)
    visit = Visit(
        ref="Encounter/more",
        kind=kind,
        start=on(offset + 5),
        end=ended,
        unplanned=MET,
        behavioural=MET,
    )
    avoidable = Answer(
        code="avoidable-encounter", value=True, on=on(0), encounter=visit.ref, ref="Observation/m"
    )
    given_ = (*facts.answers.get(avoidable.code, ()), avoidable)
    more = replace(
        facts,
        visits=(*facts.visits, visit),
        answers={**facts.answers, avoidable.code: given_},
    )
    assert kept(ask(facts, plan, complete), ask(more, plan, complete))


@always_the_same
@given(members(), completeness(), plans, st.sampled_from(QUESTIONS), st.sampled_from(CONCEPTS))
def test_one_more_yes_or_code_never_takes_a_population_away(
    facts: MemberFacts, complete: tuple[Completeness, ...], plan: str, code: str, concept: str
) -> None:
    """A yes where nobody had answered, and a condition that holds."""
    sign = Sign(concept=concept, kind="condition", on=on(30), ref="Condition/more")
    more = replace(facts, signs={**facts.signs, concept: (*facts.signs.get(concept, ()), sign)})
    if code not in facts.answers:
        yes = Answer(code=code, value=True, on=on(0), ref="Observation/more")
        more = replace(more, answers={**more.answers, code: (yes,)})
    assert kept(ask(facts, plan, complete), ask(more, plan, complete))


def kept(before: Determination, after: Determination) -> bool:
    """Whether every population that was met still is."""
    pairs = zip(
        (*before.populations, *before.state), (*after.populations, *after.state), strict=True
    )
    return all(new.outcome is MET for old, new in pairs if old.outcome is MET)


@always_the_same
@given(members(), completeness(), plans, st.data())
def test_withdrawing_a_declaration_decides_nothing(
    facts: MemberFacts, complete: tuple[Completeness, ...], plan: str, data: st.DataObject
) -> None:
    """What was unknown stays so, and what was decided stays or becomes unknown: every criterion."""
    fewer = tuple(one for one in complete if data.draw(st.booleans()))
    before, after = dict(said(ask(facts, plan, complete))), dict(said(ask(facts, plan, fewer)))
    changed = {name for name in before if before[name] is not after[name]}
    assert {name: after[name] for name in changed if after[name] is not UNKNOWN} == {}


@always_the_same
@given(members(denials=False), plans, st.data())
def test_without_completeness_less_evidence_is_never_a_no(
    facts: MemberFacts, plan: str, data: st.DataObject
) -> None:
    """Nothing said no, nothing is complete: what goes missing leaves things unknown."""

    def thinned(by_key: dict[str, Any]) -> dict[str, Any]:
        return {
            key: left
            for key, items in by_key.items()
            if (left := tuple(one for one in items if data.draw(st.booleans())))
        }

    less = replace(
        facts,
        signs=thinned(facts.signs),
        screenings=thinned(facts.screenings),
        enrolments=thinned(facts.enrolments),
        answers=thinned(facts.answers),
        visits=tuple(one for one in facts.visits if data.draw(st.booleans())),
    )
    before, after = ask(facts, plan), ask(less, plan)
    old, new = results(before), results(after)
    assert [id for id in old if old[id] is UNKNOWN and new[id] is NOT_MET] == []


@always_the_same
@given(members(), completeness(), plans)
def test_the_state_is_a_floor(
    facts: MemberFacts, complete: tuple[Completeness, ...], plan: str
) -> None:
    """A plan is narrower exactly where the state's answer is better; the status follows that."""
    answer = ask(facts, plan, complete)
    pairs = list(zip(answer.populations, answer.state, strict=True))
    narrower = {one.id for one, floor in pairs if better(one.outcome, floor.outcome) != one.outcome}
    assert {one.population for one in answer.narrower} == narrower
    best = [better(one.outcome, floor.outcome) for one, floor in pairs]
    if answer.status in ("undetermined", "not-eligible"):
        assert MET not in best
    if answer.status in ("eligible", "choice"):
        assert MET in best
    if answer.status == "not-eligible":
        assert set(best) == {NOT_MET}


@always_the_same
@given(members(), completeness(), plans)
def test_what_is_possible_is_unknown_and_asks_something(
    facts: MemberFacts, complete: tuple[Completeness, ...], plan: str
) -> None:
    """A population shown as possible says what would decide it."""
    answer = ask(facts, plan, complete)
    for population in (*answer.populations, *answer.state):
        for variant in population.variants:
            if variant.possible:
                assert variant.outcome is UNKNOWN
                assert variant.missing
