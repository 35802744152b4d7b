"""What criteria find of a member of whom nothing is known, and all that they ask to find it.

Most records touch few criteria. A test that asks only for what a member has nothing of finds what
it finds for anybody: it has no other way to tell one from the other. So on every day each criterion
is weighed once for nobody, its questions are noted by name, and for a member only those are weighed
that ask for something the member's facts speak of (`Context.spoken_of`).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NoReturn, cast

from msgspec.structs import replace

from eligibility.compiled import CompiledNode, CompiledPack, compiled_pack
from eligibility.context import Coded, Context
from eligibility.facts import Completeness, Enrolment, MemberFacts
from eligibility.logic import UNKNOWN, Outcome
from eligibility.registry import registry
from eligibility.standing import Spoken
from eligibility.variants import weigh_exclusion
from eligibility.visits import Event


@lru_cache(maxsize=64)
def pack_on(
    plan: str, policy_date: date, as_of: date, complete: tuple[Completeness, ...]
) -> CompiledPack:
    """The plan's policies on the policy date, with the baseline of every criterion on the day.

    Raises:
        UnknownPlan, NoPolicyInForce, PolicyError, NoValueInForce: as `compiled_pack`.
    """
    compiled = compiled_pack(plan, policy_date)
    nobody = _Nobody(as_of, complete, policy_date)
    return replace(
        compiled,
        variants={
            population: tuple(
                replace(one, root=one.root and _weighed(one.root, nobody), common={})
                for one in variants
            )
            for population, variants in compiled.variants.items()
        },
        exclusions=tuple(
            replace(
                one,
                root=one.root and _weighed(one.root, nobody),
                common=weigh_exclusion(one, nobody),
            )
            for one in compiled.exclusions
        ),
    )


def _weighed(node: CompiledNode, nobody: _Nobody) -> CompiledNode:
    if node.finder is None:
        children = tuple([_weighed(child, nobody) for child in node.children])
        traces = tuple([child.common for child in children if child.common is not None])
        asks = frozenset().union(*[child.asks for child in children])
        return replace(node, children=children, asks=asks, common=node.joined(traces))
    nobody.asked.clear()
    finding = node.finder.find(nobody)
    if finding.evidence or finding.flags or finding.alternatives or finding.indicated:
        raise AssertionError(f"a test of kind {type(node.finder)} finds something in no facts")
    return replace(node, asks=frozenset(nobody.asked), common=node.decided(finding))


class _Nobody(Context):
    """A member of whom nothing is known; notes the names of what it is asked for in `asked`."""

    __slots__ = ("asked",)

    def __init__(self, as_of: date, complete: tuple[Completeness, ...], policy_date: date) -> None:
        nothing = MemberFacts(member="")
        super().__init__(nothing, as_of, complete, registry(), policy_date)
        self.asked: set[str] = set()
        self.facts = cast(MemberFacts, _NoFacts(self.asked))
        self.populations = _Undecided(self.asked)

    def at_age(self, years: int) -> Outcome:
        self.asked.add("born")
        return super().at_age(years)

    def answer(self, code: str) -> Spoken | None:
        self.asked.add(code)
        return None

    def coded(self, concept: str) -> Coded:
        self.asked.add(concept)
        return Coded()

    def events(self, kind: str) -> tuple[Event, ...]:
        self.asked.add(kind)
        return ()

    def enrolments(self, program: str) -> tuple[Enrolment, ...]:
        self.asked.add(program)
        return ()


class _NoFacts:
    """Stands for `MemberFacts`; what it does not offer, a criterion must ask its context for."""

    def __init__(self, asked: set[str]) -> None:
        self._asked = asked
        self.answers = self.signs = _NoTable(asked)

    @property
    def born(self) -> None:
        self._asked.add("born")

    @property
    def races(self) -> tuple[str, ...]:
        self._asked.add("races")
        return ()


class _NoTable:
    """Stands for a table of facts, which may only be asked for one key at a time."""

    def __init__(self, asked: set[str]) -> None:
        self._asked = asked

    def get(self, key: str, default: object = None) -> object:
        self._asked.add(key)
        return default

    def __bool__(self) -> NoReturn:
        raise TypeError("whether a table of facts is empty cannot be noted; ask for a key")


class _Undecided(dict[str, Outcome]):
    """Stands for the outcomes of other populations."""

    def __init__(self, asked: set[str]) -> None:
        self._asked = asked

    def __missing__(self, population: str) -> Outcome:
        self._asked.add(population)
        return UNKNOWN
