"""The intake form: shown in a language, read, answered as the Questionnaire groups it."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace
from werkzeug.datastructures import MultiDict

from adapter.workbench.referrals.intake.entered import Entered, age_group, faults_of, read_entered
from adapter.workbench.referrals.intake.items import (
    GROUPS,
    LANGUAGES,
    Group,
    Item,
    Language,
    questions_of,
    response_items,
    shown,
)
from adapter.workbench.referrals.intake.words import WORDS
from profiles.canonicals import DEFAULT_BASE

TODAY = date(2026, 3, 1)
PLAN = "Organization/plan"


def _faults(**values: str) -> dict[str, str]:
    usual = {
        "member-name": "Ana Doe",
        "member-birth-date": "1980-01-31",
        "population-adult": "homelessness-adult",
    }
    given = {name: (one,) for name, one in (usual | values).items() if one}
    entered = Entered(key="k", values=given, plan=PLAN)
    return faults_of(entered, today=TODAY, plans=[PLAN], base=DEFAULT_BASE)


def test_both_languages_say_the_same():
    english, spanish = (WORDS[one] for one in LANGUAGES)
    assert english.keys() == spanish.keys()
    assert not [name for name in english if english[name] == spanish[name]]


@pytest.mark.parametrize("group", GROUPS)
def test_every_question_has_a_translation(group: Group):
    def texts(language: Language) -> list[str]:
        def below(items: tuple[Item, ...]) -> list[str]:
            return [text for one in items for text in (one.text, *below(one.items))]

        return below(shown(language, group, {}, {}))

    pairs = list(zip(texts("en"), texts("es"), strict=True))
    assert len(pairs) > 50
    assert not [english for english, spanish in pairs if english == spanish]


def test_each_age_group_has_its_own_questions():
    adult, child = ({one.link_id for one in questions_of(group)} for group in GROUPS)
    assert {"population-adult", "nf-resident"} <= adult - child
    assert {"population-child", "doubled-up"} <= child - adult


def test_answers_stand_in_their_groups_and_are_of_their_types():
    values = {
        "member-birth-date": ("1980-01-31",),
        "population-adult": ("homelessness-adult", "birth-equity"),
        "in-shelter": ("no",),
        "ace-score": ("4",),
        "other-program": ("hospice",),
        "doubled-up": ("yes",),
    }
    items = {one["linkId"]: one["item"] for one in response_items(values, "adult")}
    assert items["member"][0]["answer"] == [{"valueDate": "1980-01-31"}]
    chosen = [one["valueCoding"]["code"] for one in items["populations-adult"][0]["answer"]]
    assert chosen == ["homelessness-adult", "birth-equity"]
    assert items["needs"][0]["answer"] == [{"valueBoolean": False}]
    assert items["needs"][1]["answer"] == [{"valueInteger": 4}]
    assert items["other-programs"][0]["answer"][0]["valueCoding"]["code"] == "hospice"
    assert "needs-child" not in items


def test_a_form_without_faults_has_none():
    assert _faults() == {}


@pytest.mark.parametrize(
    ("values", "at"),
    (
        ({"member-name": ""}, "member-name"),
        ({"member-birth-date": ""}, "member-birth-date"),
        ({"member-birth-date": "31.1.1980"}, "member-birth-date"),
        ({"member-birth-date": "2026-03-02"}, "member-birth-date"),
        ({"member-birth-date": "2010-01-31"}, "member-birth-date"),
        ({"member-cin": "9000001A"}, "member-cin"),
        ({"population-adult": ""}, "population-adult"),
        ({"population-adult": "ccs-child-youth"}, "population-adult"),
        ({"source-member-agrees": "no"}, "source-member-agrees"),
        ({"ace-score": "four"}, "ace-score"),
        ({"housing-loss-date": "soon"}, "housing-loss-date"),
        ({"in-shelter": "perhaps"}, "in-shelter"),
        ({"member-phone": "1" * 201}, "member-phone"),
    ),
)
def test_what_is_wrong_is_told_where_it_stands(values: dict[str, str], at: str):
    assert list(_faults(**values)) == [at]


def test_who_grew_out_of_foster_care_is_referred_by_the_form_for_youth_until_26():
    def faults(born: str, population: str) -> dict[str, str]:
        values = {"member-name": "Niko Doe", "member-birth-date": born}
        given = {name: (one,) for name, one in values.items()}
        chosen = Entered(key="k", group="child", plan=PLAN, values=given)
        whole = replace(chosen, values={**given, "population-child": (population,)})
        return faults_of(whole, today=TODAY, plans=[PLAN], base=DEFAULT_BASE)

    assert faults("2003-05-23", "child-welfare-child-youth") == {}
    assert list(faults("2003-05-23", "ccs-child-youth")) == ["member-birth-date"]
    assert list(faults("2000-03-01", "child-welfare-child-youth")) == ["member-birth-date"]


def test_a_number_of_the_card_may_be_written_small():
    assert _faults(**{"member-cin": "90000001a"}) == {}


def test_a_button_changes_the_form_before_what_it_was():
    form = MultiDict(
        [("language", "en"), ("to_language", "es"), ("group", "child"), ("q.in-shelter", "")]
    )
    entered = read_entered(form)
    assert (entered.language, entered.group, entered.values) == ("es", "child", {})
    assert read_entered(MultiDict([("language", "<b>")])).language == "en"


@pytest.mark.parametrize(
    ("born", "group"), ((date(2005, 3, 1), "adult"), (date(2005, 3, 2), "child"))
)
def test_twenty_one_is_adult(born: date, group: Group):
    assert age_group(born, TODAY) == group
