"""The intake form as it was sent: what was entered, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Literal, cast

from msgspec import Struct
from werkzeug.datastructures import MultiDict

from adapter.workbench.referrals.intake.items import (
    GROUPS,
    LANGUAGES,
    Group,
    Item,
    Language,
    questions_of,
)
from adapter.workbench.referrals.intake.words import WORDS

#: What the names of fields begin with that answer the Questionnaire.
QUESTION = "q."

_CIN = re.compile(r"[0-9]{8}[A-Z]")
_MOST = {"string": 200, "text": 4000}
_ADULT = 21
#: Whoever grew out of foster care is among the young until this age.
_GROWN_OUT = 26
_CHILD_WELFARE = "child-welfare-child-youth"

#: Which choice names the populations of an age group.
POPULATIONS: Mapping[Group, str] = {"adult": "population-adult", "child": "population-child"}


class Entered(Struct, frozen=True, kw_only=True):
    """A form, whole or begun. Never for a log."""

    language: Language = "en"
    group: Group = "adult"
    #: The same for the same form, so that one that is sent twice is one.
    key: str = ""
    #: By linkId.
    values: Mapping[str, tuple[str, ...]] = {}
    #: References to organizations; empty: none chosen.
    plan: str = ""
    provider: str = ""
    urgent: bool = False
    consent: str = ""
    #: Names of the entries of the chart that go along.
    along: tuple[str, ...] = ()
    #: Id of the Task of the referral that is sent again; empty: it is a new one.
    again: str = ""

    def value(self, link_id: str) -> str:
        """The answer to a question; empty: none."""
        return next(iter(self.values.get(link_id, ())), "")

    @property
    def populations(self) -> tuple[str, ...]:
        """Codes of the populations that were chosen."""
        return self.values.get(POPULATIONS[self.group], ())


def read_entered(form: MultiDict[str, str]) -> Entered:
    """What was entered; a button to change language or age group goes before what it was."""

    def one(name: str, most: int = 200) -> str:
        return form.get(name, "").strip()[:most]

    def switched(name: str, known: Collection[str]) -> str:
        chosen = one(f"to_{name}") or one(name)
        return chosen if chosen in known else next(iter(known))

    names = dict.fromkeys(name for name in form if name.startswith(QUESTION))
    entered = {
        name.removeprefix(QUESTION): tuple(
            dict.fromkeys(text.strip() for text in form.getlist(name) if text.strip())
        )
        for name in names
    }
    return Entered(
        language=cast(Language, switched("language", LANGUAGES)),
        group=cast(Group, switched("group", GROUPS)),
        key=one("key"),
        values={name: given for name, given in entered.items() if given},
        plan=one("ask"),
        provider=one("provider"),
        urgent=one("urgency") == "urgent",
        consent=one("consent", _MOST["text"]),
        along=tuple(form.getlist("along")),
        again=one("again"),
    )


def faults_of(
    entered: Entered, *, today: date, plans: Collection[str], base: str
) -> dict[str, str]:
    """What is wrong, by linkId or by the name of a field of the page; nothing: nothing.

    Args:
        entered: as it was sent.
        today: the member's local day.
        plans: references to whom may be asked.
        base: our canonical base.
    """
    words = WORDS[entered.language]
    faults = {
        one.link_id: words[fault]
        for one in questions_of(entered.group, base)
        if (fault := _fault_of(one, entered.values.get(one.link_id, ())))
    }
    faults |= {name: words[fault] for name, fault in _of_the_member(entered, today)}
    if entered.plan not in plans:
        faults["ask"] = words["whom"]
    if not entered.populations:
        faults[POPULATIONS[entered.group]] = words["population"]
    if entered.value("source-member-agrees") == "no":
        faults["source-member-agrees"] = words["agrees"]
    return faults


def _of_the_member(entered: Entered, today: date) -> Iterator[tuple[str, str]]:
    if not entered.value("member-name"):
        yield "member-name", "name"
    cin = entered.value("member-cin")
    if cin and not _CIN.fullmatch(cin.upper()):
        yield "member-cin", "cin"
    born = _day(entered.value("member-birth-date"))
    if born is None:
        yield "member-birth-date", "born"
    elif born > today:
        yield "member-birth-date", "born-late"
    elif age_group(born, today) != entered.group and not _grew_out(entered, born, today):
        yield "member-birth-date", "is-child" if entered.group == "adult" else "is-adult"


def _grew_out(entered: Entered, born: date, today: date) -> bool:
    """Whether somebody of age is referred as one who was in foster care, by the form for youth."""
    asked = entered.group == "child" and _CHILD_WELFARE in entered.populations
    return asked and _age(born, today) < _GROWN_OUT


def age_group(born: date, on: date) -> Group:
    """Whose form it is by age."""
    return "adult" if _age(born, on) >= _ADULT else "child"


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


Fault = Literal["", "day", "number", "one-of", "long"]


def _fault_of(asked: Item, given: tuple[str, ...]) -> Fault:
    for text in given:
        if asked.options:
            if text not in (value for value, _ in asked.options):
                return "one-of"
        elif asked.type == "date":
            if _day(text) is None:
                return "day"
        elif asked.type == "integer":
            if not (text.isascii() and text.isdigit() and len(text) <= len("9999")):
                return "number"
        elif len(text) > _MOST.get(asked.type, 200):
            return "long"
    return "one-of" if len(given) > 1 and not asked.repeats else ""


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text and 1900 <= day.year <= 2100 else None
