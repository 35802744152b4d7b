"""The words for outcomes, flags and open questions, wherever a person reads them.

What to ask for an attestation or a programme stands in `policies/questions.yaml`; the questions
about the data themselves stand here. All wordings are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from eligibility.determination import Missing, Status
from eligibility.logic import Outcome
from eligibility.registry import question

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.MET: "met",
    Outcome.NOT_MET: "not met",
    Outcome.UNKNOWN: "unknown",
}

STATUSES: Mapping[Status, str] = {
    "not-a-member": "Not a member of the plan on this day",
    "eligible": "Eligible for Enhanced Care Management",
    "excluded": "Excluded from Enhanced Care Management by another program or service",
    "choice": "Eligible, and has to choose: Enhanced Care Management or another program",
    "possible": "Possibly eligible: answers are missing",
    "undetermined": "Undetermined: the data do not decide",
    "not-eligible": "Not eligible for Enhanced Care Management",
}

#: Populations of Focus and overlays, in short.
POPULATION_TITLES: Mapping[str, str] = {
    "homelessness": "Homelessness",
    "avoidable-utilization": "Avoidable hospital or emergency use",
    "smi-sud": "Serious mental health or substance use needs",
    "incarceration": "Transitioning from incarceration",
    "ltc-at-risk": "Living in the community, at risk of long-term care",
    "nf-transition": "Leaving a nursing facility for the community",
    "ccs": "California Children's Services with further needs",
    "child-welfare": "Involved in child welfare",
    "birth-equity": "Pregnant or postpartum (birth equity)",
    "idd": "Intellectual or developmental disability",
}

EXCLUSION_KINDS: Mapping[str, str] = {
    "excluded": "excludes ECM",
    "either-or": "this program or ECM, not both",
    "wrap": "may be had together with ECM",
}

FLAGS: Mapping[str, str] = {
    "ambiguous": "the text can be read in another way",
    "boundary": "another way of counting the days would change this answer",
    "observation-stay": "observation stays are not counted",
    "outside-look-back": "older visits are not counted",
    "review": "a person should review this",
}

#: Questions about the data; `{date}` is the day of the visit.
_DATA_QUESTIONS: Mapping[str, str] = {
    "admission-type": "Was the hospital stay{date} planned?",
    "birth-date": "What is the member's date of birth?",
    "condition": "Does the member have a current diagnosis of this kind?",
    "county": "In which county does the member live?",
    "encounter-date": "On which day did the visit take place?",
    "principal-diagnosis": "What was the principal diagnosis of the visit{date}?",
    "race": "Which race does the member report?",
    "snf-end": "When did the nursing facility stay{date} end?",
}

_VISITS: Mapping[str, str] = {
    "emergency": "emergency visits",
    "hospital": "hospital stays",
    "snf": "nursing facility stays",
}


#: Of those who can answer, who is not one alone.
_ANSWERERS: Mapping[str, str] = {"clinician": "a clinician"}


class Asked(Struct, frozen=True, kw_only=True):
    """An open question in words."""

    text: str
    #: Who can answer, the likeliest first; empty where anybody who keeps the records can.
    who: tuple[str, ...] = ()
    #: The question by itself reveals something about the member.
    sensitive: bool = False


def ask(missing: Missing) -> Asked:
    """What to ask so that something missing is known."""
    if missing.kind in ("attestation", "avoidability", "programme"):
        about_visit = missing.reference is not None
        found = question(missing.code, encounter=about_visit)
        if found is not None:
            text = found.question.replace("{date}", str(missing.on or "an unknown day"))
            return Asked(text=text, who=found.who, sensitive=found.sensitive)
    return Asked(text=_ask_of_data(missing))


def who_can_tell(who: Sequence[str]) -> str:
    """Who can answer, in words: `the plan or a clinician`; empty: anybody who keeps the records."""
    *others, last = [_ANSWERERS.get(one, f"the {one}") for one in who] or [""]
    return f"{', '.join(others)} or {last}" if others else last


def _ask_of_data(missing: Missing) -> str:
    if missing.kind == "encounters":
        kinds = " or ".join(_VISITS.get(kind, kind) for kind in missing.code.split("-or-"))
        return f"Have there been {kinds} that are not in these records?"
    if missing.kind == "population":
        title = POPULATION_TITLES.get(missing.code, missing.code)
        return f"Does the member meet the population “{title}”?"
    if missing.kind == "policy":
        return "How many does the plan ask for? Its text gives no number."
    on = f" of {missing.on}" if missing.on is not None else ""
    known = _DATA_QUESTIONS.get(missing.code)
    return known.format(date=on) if known else f"What is known of {missing.code}?"
