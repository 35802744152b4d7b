"""Reads the tables beside the policies: `registry.yaml`, `aid-codes.yaml`, `questions.yaml`."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast, get_args

from eligibility.load.dated import CITED, cited, source, span
from eligibility.load.reader import Item
from eligibility.load.reading import Reading
from eligibility.load.vocabulary import COUNTIES
from eligibility.tables import (
    AidCode,
    CountyList,
    Payors,
    Question,
    Questions,
    RegisteredPlan,
    Who,
)

_HEAD = ("version", "source")


def _head(reading: Reading, item: Item, what: str, *tables: str) -> dict[str, Item]:
    fields = reading.fields(item, what, (*_HEAD, *tables))
    reading.text(fields.get("version"), "version")
    reading.document = source(reading, fields.get("source")).document
    return fields


def payors(reading: Reading, item: Item) -> Payors | None:
    """The registry of plans; None when the file has faults."""
    unspecific = ("fee_for_service_names", "medi_cal_unspecific_names")
    fields = _head(reading, item, "the registry", "plans", *unspecific)
    rows = reading.items(fields.get("plans"), "plans")
    plans = tuple(_plan(reading, each) for each in rows)
    names: set[str] = set()
    for row, plan in zip(rows, plans, strict=True):
        for name in (plan.id, *plan.names, *plan.identifiers):
            if name and name in names:
                reading.fault(
                    row,
                    f"{name!r} stands for two plans; a member's plan could not be told",
                    "keep it with one of them",
                )
            names.add(name)
    read = Payors(
        plans=plans,
        fee_for_service_names=reading.texts(fields.get(unspecific[0]), unspecific[0]),
        medi_cal_unspecific_names=reading.texts(fields.get(unspecific[1]), unspecific[1]),
    )
    return None if reading.faults else read


def _plan(reading: Reading, item: Item) -> RegisteredPlan:
    fields = reading.fields(
        item,
        "a plan",
        ("id", "title", "names"),
        (*CITED, "policy", "identifiers", "counties", "sells_other_insurance", "note"),
    )
    return RegisteredPlan(
        id=reading.identifier(fields.get("id"), "the plan's id"),
        title=reading.text(fields.get("title"), "title"),
        policy=reading.optional_text(fields.get("policy"), "policy"),
        names=reading.texts(fields.get("names"), "names"),
        identifiers=tuple(
            _identifier(reading, each)
            for each in reading.items(fields.get("identifiers"), "identifiers")
        ),
        sells_other_insurance=reading.flag(fields.get("sells_other_insurance"), "the mark"),
        counties=tuple(
            _counties(reading, each) for each in reading.items(fields.get("counties"), "counties")
        ),
        note=reading.optional_text(fields.get("note"), "note"),
        source=cited(reading, item, fields, "a plan"),
    )


def _identifier(reading: Reading, item: Item) -> str:
    fields = reading.fields(item, "an identifier", ("system", "value"))
    system = reading.text(fields.get("system"), "system")
    return f"{system}|{reading.text(fields.get('value'), 'value')}"


def _counties(reading: Reading, item: Item) -> CountyList:
    fields = reading.fields(item, "a list of counties", ("first", "last", "counties"), CITED)
    first, last = span(reading, fields, "a list of counties")
    given = fields.get("counties")
    for each in reading.items(given, "counties"):
        reading.word(each, "county", COUNTIES)
    if fields.keys() & {"source", "section"}:
        cited(reading, item, fields, "a list of counties")
    return CountyList(
        first=first,
        last=last,
        counties=reading.texts(given, "counties"),
        provisional=reading.flag(fields.get("provisional"), "provisional"),
    )


def aid_codes(reading: Reading, item: Item) -> tuple[AidCode, ...] | None:
    """What Medi-Cal aid codes say; None when the file has faults."""
    fields = _head(reading, item, "the aid codes", "aid_codes")
    rows = reading.items(fields.get("aid_codes"), "aid_codes")
    read = tuple(_aid_code(reading, each) for each in rows)
    for index, (row, one) in enumerate(zip(rows, read, strict=True)):
        if any(one.code == other.code and _overlap(one, other) for other in read[:index]):
            reading.fault(
                row,
                f"aid code {one.code!r} is listed twice for some days; only one would be read",
                "join the two, or part their days",
            )
    return None if reading.faults else read


def _aid_code(reading: Reading, item: Item) -> AidCode:
    fields = reading.fields(
        item,
        "an aid code",
        ("code", "label", "first", "last"),
        (*CITED, "program", "state", "sign"),
    )
    first, last = span(reading, fields, "an aid code")
    program, sign = fields.get("program"), fields.get("sign")
    if program is None and sign is None:
        reading.fault(
            item, "an aid code has neither program nor sign; it says nothing", "add one, or drop it"
        )
    words = reading.vocabulary
    _known(reading, program, "programme code", words.programs if words else None)
    _known(reading, sign, "concept", words.concepts if words else None)
    return AidCode(
        code=reading.text(fields.get("code"), "code"),
        label=reading.text(fields.get("label"), "label"),
        program=reading.optional_text(program, "program"),
        state=reading.optional_text(fields.get("state"), "state"),
        sign=reading.optional_text(sign, "sign"),
        first=first,
        last=last,
        source=cited(reading, item, fields, "an aid code"),
    )


def _overlap(one: AidCode, other: AidCode) -> bool:
    return (other.last is None or one.first <= other.last) and (
        one.last is None or other.first <= one.last
    )


def questions(reading: Reading, item: Item) -> Questions | None:
    """What to ask, by code; None when the file has faults."""
    fields = _head(reading, item, "the questions", "attestations", "encounters", "programs")
    words = reading.vocabulary
    attestations = words.attestations.keys() if words else None
    read = Questions(
        attestations=_asked(reading, fields.get("attestations"), "attestation code", attestations),
        encounters=_asked(reading, fields.get("encounters"), "attestation code", attestations),
        programs=_asked(
            reading, fields.get("programs"), "programme code", words.programs if words else None
        ),
    )
    for code in sorted(set(attestations or ()) - read.attestations.keys()):
        reading.fault(
            fields.get("attestations", item),
            f"attestation code {code!r} has no question; what would decide it could not be asked",
            f"add `{code}:` with question, who and sensitive",
        )
    return None if reading.faults else read


def _asked(
    reading: Reading, item: Item | None, what: str, known: Collection[str] | None
) -> dict[str, Question]:
    if item is None:
        return {}
    if not isinstance(item.content, dict):
        reading.wrong_type(item, "questions", "codes with questions", "write `code: {question, …}`")
        return {}
    found = {}
    for code, each in item.content.items():
        _known(reading, Item(each.line, code), what, known)
        fields = reading.fields(each, f"question {code!r}", ("question", "who", "sensitive"))
        for person in reading.items(fields.get("who"), "who"):
            reading.word(person, "answerer", get_args(Who))
        found[code] = Question(
            code=code,
            question=reading.text(fields.get("question"), "question"),
            who=cast("tuple[Who, ...]", reading.texts(fields.get("who"), "who")),
            sensitive=reading.flag(fields.get("sensitive"), "sensitive"),
        )
    return found


def _known(reading: Reading, item: Item | None, what: str, known: Collection[str] | None) -> None:
    if item is not None and known is not None and str(item.content) not in known:
        reading.word(item, what, known)
