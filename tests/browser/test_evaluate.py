"""The determination view as a coordinator meets it: a file, an answer, its reasons, another day."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from adapter.clock import today
from adapter.samples import sample
from tests.browser.conftest import Open, Scheme, Size
from tests.contract.test_hostile_charts import with_texts
from tests.unit.cds_hooks.test_markdown import HOSTILE

HERE = "/workbench/evaluate/"


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """Five emergency visits, as a file."""
    file = tmp_path / "member.json"
    file.write_text(json.dumps(sample("five-emergency-visits", today()).bundle), encoding="utf-8")
    return file


def answer(page: Page) -> Locator:
    """What is said first."""
    return page.locator("#answer")


def slide(page: Page, days: int) -> None:
    """Move the slider, as a hand on it does."""
    page.get_by_label("Slide the day").evaluate(
        "(one, by) => { one.value = String(Number(one.value) + by);"
        " one.dispatchEvent(new Event('input', {bubbles: true})); }",
        days,
    )


def press_to(page: Page, wanted: Locator) -> None:
    """Go on by Tab until it has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"no Tab leads to {wanted}")


def test_a_file_is_dropped_and_its_answer_understood(open_page: Open, chart: Path):
    """From the first page to the answer, the entry that decided it, another day, a referral."""
    page = open_page("/")
    page.locator("#chart").set_input_files(chart)
    expect(answer(page)).to_have_text("Lucia Abernathy qualifies for Enhanced Care Management")
    row = page.locator("#pop-avoidable-utilization")
    expect(row).to_contain_text("5 or more counted, 5 needed")
    row.locator("summary").first.click()
    expect(row.locator(".ev-texts")).to_contain_text("VI.A.4.c.1")
    entry = row.locator(".ev-entry").first
    expect(entry).to_contain_text("Emergency visit")
    expect(entry.locator("mark", has_text='"EMER"')).to_be_visible()
    row.get_by_role("link", name=re.compile("^Entry 2")).click()
    expect(row.locator(".ev-entry").nth(1).locator("pre")).to_be_visible()

    slide(page, -30)
    expect(answer(page)).not_to_contain_text("qualifies for")
    expect(row).to_contain_text("4 or more counted, 5 needed")
    expect(row.locator(".ev-texts")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("Lucia Abernathy")
    assert "Abernathy" not in page.url
    assert "sample" not in page.url
    page.get_by_role("button", name="Today").click()
    expect(answer(page)).to_contain_text("qualifies for")
    page.get_by_label("By the rules of", exact=True).select_option("anthem")
    expect(page.locator(".ev-who")).to_contain_text("Anthem Blue Cross")
    page.get_by_label("By the rules of", exact=True).select_option("")
    page.get_by_role("button", name="Refer this member").click()
    expect(page).to_have_url(re.compile("/workbench/referrals/"))
    expect(page.locator("main")).to_contain_text("Abernathy")


def test_an_answer_decides_at_once(open_page: Open):
    """The only open question; its answer can be taken back; the address keeps what it may."""
    page = open_page(f"{HERE}?sample=one-question-left")
    expect(answer(page)).to_contain_text("may qualify")
    question = page.get_by_role("group", name=re.compile("Would coordinated care"))
    question.get_by_label("Yes").check()
    expect(answer(page)).to_contain_text("qualifies for")
    homeless = page.locator("#pop-homelessness")
    homeless.locator("summary").first.click()
    expect(homeless.get_by_text("answered here").first).to_be_visible()
    page.get_by_role("group", name=re.compile("Would coordinated care")).get_by_label(
        "No", exact=True
    ).check()
    expect(answer(page)).not_to_contain_text("qualifies for")
    assert "sample=one-question-left" in page.url
    assert "answer" not in page.url


def test_what_was_learned_of_the_coverage_makes_a_member(open_page: Open):
    """Fee-for-service by the record, a member by what somebody checked."""
    page = open_page(f"{HERE}?sample=fee-for-service")
    expect(answer(page)).to_contain_text("not recorded as a member")
    page.get_by_label("Who covers the member on this day?").select_option("partnership")
    expect(page.get_by_role("button", name="Refer this member")).to_be_visible()


def test_a_record_of_years_ago_is_asked_about_its_own_days(open_page: Open, tmp_path: Path):
    """The page offers the day of the last visit, judged by the rules of today."""
    old = sample("visits-nobody-judged", date(2019, 6, 1)).bundle
    file = tmp_path / "old.json"
    file.write_text(json.dumps(old), encoding="utf-8")
    page = open_page(HERE)
    page.locator("#chart").set_input_files(file)
    page.get_by_role("button", name="Judge as of").click()
    expect(page.locator("#policyDate")).to_have_value(today().isoformat())
    expect(page.locator("#pop-avoidable-utilization").first).to_contain_text("possible")
    expect(page.locator(".ev-who")).to_contain_text("by the rules of")


def test_it_can_be_used_by_keyboard_alone(open_page: Open):
    """The slider, a population, an entry; the focus stays where it was while answers change."""
    page = open_page(f"{HERE}?sample=five-emergency-visits")
    slider = page.get_by_label("Slide the day")
    press_to(page, slider)
    before = slider.get_attribute("aria-valuetext")
    for _ in range(3):
        page.keyboard.press("PageDown")
    expect(answer(page)).not_to_contain_text("qualifies for")
    expect(slider).to_be_focused()
    assert slider.get_attribute("aria-valuetext") != before
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(answer(page)).to_contain_text("qualifies for")
    summary = page.locator("#pop-avoidable-utilization > summary")
    press_to(page, summary)
    page.keyboard.press("Enter")
    link = page.locator("#pop-avoidable-utilization").get_by_role(
        "link", name=re.compile("Entry 3")
    )
    expect(link).to_be_visible()
    press_to(page, link)
    page.keyboard.press("Enter")
    third = page.locator("#entry-avoidable-utilization-3")
    expect(third.locator("pre")).to_be_visible()
    expect(third.locator("summary")).to_be_focused()


@pytest.mark.parametrize("scheme", ("light", "dark"))
@pytest.mark.parametrize("size", ("desktop", "phone"))
def test_everybody_can_read_it(
    open_page: Open,
    assert_accessible: Callable[[Page], None],
    picture: Callable[[Page, str], None],
    scheme: Scheme,
    size: Size,
):
    """Nothing serious by axe, no sideways scrolling; where one drops, and with reasons open."""
    page = open_page(HERE, scheme=scheme, size=size)
    picture(page, f"evaluate-start-{size}-{scheme}")
    if scheme == "light":
        assert_accessible(page)
    page.goto(f"{HERE}?sample=five-emergency-visits")
    page.locator("#pop-avoidable-utilization > summary").click()
    expect(page.locator("#pop-avoidable-utilization .ev-texts")).to_be_visible()
    picture(page, f"evaluate-{size}-{scheme}")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_texts_of_a_chart_do_nothing(open_page: Open, tmp_path: Path):
    """Names, displays and narrative full of scripts: no dialog, no element, no request."""
    page = open_page(HERE)
    opened: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    for hostile in ("\"'><svg onload=alert(1)>" + "".join(HOSTILE[:2]), "javascript:alert(1)"):
        file = tmp_path / "hostile.json"
        file.write_text(json.dumps(hostile_chart(hostile)), encoding="utf-8")
        page.goto(HERE)
        page.locator("#chart").set_input_files(file)
        expect(answer(page)).to_be_visible()
        for row in ("avoidable-utilization", "homelessness"):
            page.locator(f"#pop-{row} > summary").click()
            expect(page.locator(f"#pop-{row} .ev-texts")).to_be_visible()
        for one in page.locator(".ev-entry:not([open]) > summary").all():
            if one.is_visible():
                one.click()
        slide(page, -7)
        expect(page.locator(".ev-who")).to_be_visible()
        own = "main svg[onload], main img, main script, main iframe, [onerror], [onload]"
        assert page.locator(own).count() == 0
        assert page.locator("a[href^='javascript']").count() == 0
    assert opened == []


def hostile_chart(text: str) -> dict[str, Any]:
    """Five visits, each text of which does harm where it is not shown as text."""
    chart: dict[str, Any] = with_texts(sample("five-emergency-visits", today()).bundle, text)
    for entry in chart["entry"]:
        entry["resource"]["text"] = {"status": "generated", "div": f"<div>{text}</div>"}
    return chart


def test_a_file_that_is_too_large_is_told_before_it_is_sent(open_page: Open, tmp_path: Path):
    """And one that is no FHIR is told with the reason, where one can drop another."""
    page = open_page(HERE)
    large = tmp_path / "large.json"
    large.write_bytes(b" " * (21 * 1024 * 1024))
    page.locator("#chart").set_input_files(large)
    expect(page.get_by_role("alert")).to_contain_text("larger than 20 MB")


def test_of_several_people_one_is_chosen_and_stays(open_page: Open, tmp_path: Path):
    """Until another one is wanted."""
    file = tmp_path / "people.ndjson"
    people = (
        {"resourceType": "Patient", "id": f"p{n}", "name": [{"text": name}], "birthDate": "1980"}
        for n, name in enumerate(("Ann", "Bea", "Cyd"))
    )
    file.write_text("\n".join(map(json.dumps, people)), encoding="utf-8")
    page = open_page(HERE)
    page.locator("#chart").set_input_files(file)
    page.get_by_role("button", name="Bea").click()
    expect(page.locator(".ev-who")).to_contain_text("Bea")
    slide(page, -10)
    expect(page.locator("#status")).to_contain_text("Bea")
    page.get_by_role("button", name="Choose another").click()
    page.get_by_role("button", name="Cyd").click()
    expect(page.locator(".ev-who")).to_contain_text("Cyd")


def test_a_day_outside_the_span_makes_a_new_one(open_page: Open):
    """The slider follows the date field."""
    page = open_page(f"{HERE}?sample=five-emergency-visits")
    far = today() - timedelta(days=1200)
    page.get_by_label("As of the day").fill(far.isoformat())
    page.get_by_label("As of the day").blur()
    expect(page.get_by_label("Slide the day")).to_have_value("730")
    expect(page.locator("#day-words")).to_contain_text(str(far.year))
