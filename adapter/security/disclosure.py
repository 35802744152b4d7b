"""What a resource tells that needs more than the usual care, and what goes along when it is told.

Labels a sender set are kept whatever they are. Of data that bear none, a code for substance use,
HIV or the end of a pregnancy makes one: whether a record is one of a Part 2 program cannot be told
from a code, so substance use is guarded by default; California Civil Code 56.108 (AB 352) asks to
keep pregnancy outcomes apart. Serious mental illness without a label is not guarded here: the state
lets those who provide Enhanced Care Management share it (Welfare and Institutions Code 14184.102).

42 CFR 2.32 asks that each disclosure made with consent bears a statement and says what the consent
covers. The statement is the short one of 2.32(a)(2). Have counsel check these readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

from msgspec import Struct

from mappings.concepts import concepts_of
from mappings.inbound.labels import INLINE, restricting
from profiles.codes import populations_of_focus

#: Of 42 CFR 2.32(a)(2), as in force since 16 April 2024.
STATEMENT = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."

#: Labels under which records of a Part 2 program come, in lower case. Those on the sensitivity of
#: substance use count: nobody can tell here whether such a record is of a program.
PART_2 = frozenset({"42cfrpart2", "eth", "sud"})

#: Sensitivity (v3-ActCode, in lower case) of what a concept, attestation or program says.
SENSITIVE = {
    "substance-use-disorder": "eth",
    "overdose": "eth",
    "dmc-criteria-met": "eth",
    "dmc": "eth",
    "dmc-ods": "eth",
    "high-risk-overdose": "eth",
    "hiv": "hiv",
    "hiv-aids-waiver": "hiv",
    "hiv-aids-waiver-waitlist": "hiv",
    "pregnancy-loss": "sex",
}

_OWN_SYSTEMS = ("/CodeSystem/ecm-attestation", "/CodeSystem/ecm-program")
_POPULATIONS = "/CodeSystem/ecm-population-of-focus"
_INLINE_LABEL = "/extension-inline-sec-label"
#: Longer texts are no codes, and must not fill the memory of look-ups.
_LONGEST = 300
#: Names of elements by which an object may say something.
_TELLING = frozenset({"meta", "code", "valueCoding", "linkId"})
#: Answers that say nothing of the kind.
_NO = frozenset({"no", "unknown", "declined", "asked-declined", "N", "LA32-8", "373067005"})


def labels_of(resource: dict[str, Any]) -> frozenset[str]:
    """The labels a viewer has to be cleared for, in lower case; the empty text: for nobody.

    Args:
        resource: decoded. What it contains and labels of its parts count for all of it.
    """
    found: set[str] = set()
    open_values: list[Any] = [resource]
    while open_values:
        value = open_values.pop()
        if type(value) is dict:
            if not _TELLING.isdisjoint(value):
                found.update(_said_by(value))
            inner: Iterable[Any] = value.values()
        else:
            inner = value
        open_values += [one for one in inner if type(one) is dict or type(one) is list]
    return frozenset(found)


class Disclosure(Struct, frozen=True, kw_only=True):
    """What goes along when guarded records are told with consent."""

    statement: str
    #: References of the Consents they are told by, whose text says what is covered.
    consents: tuple[str, ...]

    @property
    def headers(self) -> dict[str, str]:
        """For an answer that is one resource."""
        return {"X-Part-2-Notice": self.statement, "X-Part-2-Consent": ", ".join(self.consents)}

    @property
    def outcome(self) -> dict[str, Any]:
        """For an answer that is a Bundle: an OperationOutcome, as an entry of mode `outcome`."""
        scope = ", ".join(self.consents)
        words = f"{self.statement} Disclosed as far as these consents permit: {scope}"
        issue = {"severity": "information", "code": "informational", "diagnostics": words}
        return {"resourceType": "OperationOutcome", "issue": [issue]}


def disclosure(labels: Iterable[str], consents: Iterable[str]) -> Disclosure | None:
    """What has to go along; None: nothing is told that came from where Part 2 may hold.

    Args:
        labels: of all that is told, in lower case.
        consents: references of the Consents that permit it; none: it is told without one, to whom
            the law allows that.
    """
    told_by = tuple(sorted(set(consents)))
    if PART_2.isdisjoint(labels) or not told_by:
        return None
    return Disclosure(statement=STATEMENT, consents=told_by)


def _said_by(value: dict[str, Any]) -> Iterator[str]:
    """Labels by what stands in one object, whatever it is."""
    meta = value.get("meta")
    if isinstance(meta, dict) and "security" in meta:
        yield from restricting(meta["security"]) - {INLINE}
    url = value.get("url")
    if isinstance(url, str) and url.endswith(_INLINE_LABEL):
        yield from restricting(value.get("valueCoding", ""))
    system, code = value.get("system"), value.get("code")
    if isinstance(system, str) and isinstance(code, str) and len(system) + len(code) < _LONGEST:
        yield from _said_by_code(system, code)
    link = value.get("linkId")
    if isinstance(link, str) and link in SENSITIVE and _is_yes(value.get("answer")):
        yield SENSITIVE[link]


@lru_cache(maxsize=4096)
def _said_by_code(system: str, code: str) -> frozenset[str]:
    said = {SENSITIVE[one] for one in concepts_of(system, code) if one in SENSITIVE}
    if code in SENSITIVE and system.endswith(_OWN_SYSTEMS):
        said.add(SENSITIVE[code])
    if system.endswith(_POPULATIONS):
        said |= _population_labels().get(code, frozenset())
    return frozenset(said)


def _is_yes(answers: Any) -> bool:
    """Whether some answer is other than a no; what cannot be read may be a yes."""
    for answer in answers if isinstance(answers, list) else [answers] if answers else []:
        given = answer if isinstance(answer, dict) else {"": answer}
        for name, value in given.items():
            said = value.get("code") if isinstance(value, dict) else value
            if name.startswith("value") and (said is False or said in _NO):
                continue
            return True
    return False


@cache
def _population_labels() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for one in populations_of_focus().values():
        labels = frozenset(label.code.lower() for label in one.labels)
        for code in (one.code, *(code for code, _ in one.variants.values())):
            found[code] = labels
    return found
