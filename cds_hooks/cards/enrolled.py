"""Whether the member receives ECM already, so that nobody is asked to refer again."""

from __future__ import annotations

from datetime import date

from eligibility.facts import Enrolment, MemberFacts

#: The program's own code (CodeSystem ecm-program).
_ECM = "ecm"


def receives_ecm(facts: MemberFacts, as_of: date) -> bool:
    """Whether the record states an enrolment in ECM that holds on the day.

    Only what is certain: an enrolment that may have begun later, or ended earlier, is none.
    """
    return any(_holds(one, as_of) for one in facts.enrolments.get(_ECM, ()))


def _holds(enrolment: Enrolment, as_of: date) -> bool:
    start, end = enrolment.span.start, enrolment.span.end
    has_begun = start is None or start.last <= as_of
    goes_on = not enrolment.ended if end is None else end.first >= as_of
    return has_begun and goes_on
