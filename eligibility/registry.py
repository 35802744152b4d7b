"""Who pays, what an aid code says, and what to ask.

A payor is recognized by an identifier, written `system|value`, or by its whole name without regard
to case, punctuation and spacing (input contract, section 5, "Membership" and "Aid codes"). Each
table is read once, the first time it is asked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cache

from eligibility.load.folder import POLICIES, Folder
from eligibility.tables import AidCode, Payors, Question, RegisteredPlan


class Registry:
    """The plans by the names and identifiers on a Coverage, and the aid codes."""

    def __init__(self, payors: Payors, aid_codes: Iterable[AidCode]) -> None:
        self.plans = {plan.id: plan for plan in payors.plans}
        self._by_identifier = {
            identifier: plan for plan in payors.plans for identifier in plan.identifiers
        }
        self._by_name = {normalized(name): plan for plan in payors.plans for name in plan.names}
        self._fee_for_service = frozenset(map(normalized, payors.fee_for_service_names))
        self._medi_cal = self._fee_for_service | frozenset(
            map(normalized, payors.medi_cal_unspecific_names)
        )
        self._aid_codes: dict[str, list[AidCode]] = {}
        for code in aid_codes:
            self._aid_codes.setdefault(code.code, []).append(code)

    def plan(self, id: str) -> RegisteredPlan:
        """The plan of that registry id; `KeyError` for one that is not registered."""
        return self.plans[id]

    def plan_of(self, payors: Iterable[str]) -> RegisteredPlan | None:
        """The plan that one of the payor's names and identifiers names.

        An identifier goes before a name. None: nobody the registry knows, or two plans by name.
        """
        given = tuple(payors)
        for payor in given:
            found = self._by_identifier.get(payor)
            if found is not None:
                return found
        named = {plan.id: plan for plan in map(self._named, given) if plan is not None}
        return next(iter(named.values())) if len(named) == 1 else None

    def _named(self, payor: str) -> RegisteredPlan | None:
        return self._by_name.get(normalized(payor))

    def is_fee_for_service(self, payors: Iterable[str]) -> bool:
        """Whether the payor is the state itself."""
        return any(normalized(payor) in self._fee_for_service for payor in payors)

    def is_medi_cal(self, payors: Iterable[str]) -> bool:
        """Whether a name says Medi-Cal or Medicaid, but no plan."""
        return any(normalized(payor) in self._medi_cal for payor in payors)

    def aid_code(self, code: str, day: date) -> AidCode | None:
        """What the aid code says on the day; None: nothing that matters here."""
        for each in self._aid_codes.get(code.strip().upper(), ()):
            if each.first <= day and (each.last is None or day <= each.last):
                return each
        return None


def normalized(name: str) -> str:
    """Letters and digits only, without case: how names of payors are compared."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in folded if char.isalnum())


@cache
def registry() -> Registry:
    """The shipped registry of plans and aid codes.

    Raises:
        PolicyError: a shipped file is faulty.
    """
    folder = Folder(POLICIES)
    return Registry(folder.payors(), folder.aid_codes())


@cache
def _questions() -> dict[str, dict[str, Question]]:
    read = Folder(POLICIES).questions()
    return {
        "any": {**read.programs, **read.attestations},
        "encounter": dict(read.encounters),
    }


def question(code: str, *, encounter: bool = False) -> Question | None:
    """What to ask for an attestation or programme code; with `encounter`, about one visit.

    None: there is nothing to ask under that code.
    """
    return _questions()["encounter" if encounter else "any"].get(code)
