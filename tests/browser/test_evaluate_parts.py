"""The parts of a determination in a browser: questions that answer at once, timeline, plans."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

HERE = "/workbench/evaluate/?sample={}"


def answer_by_keyboard(page: Page, name: str, key: str) -> None:
    """Go to a question's checked answer and choose another with an arrow."""
    field = page.locator(f'input[name="answer.{name}"]:checked')
    field.focus()
    with page.expect_response("**/evaluate/result"):
        page.keyboard.press(key)


def test_judging_visits_decides_at_once_and_can_be_taken_back(open_page: Open):
    """Two count, five are needed: three yeses by keyboard decide; one no undoes it."""
    page = open_page(HERE.format("visits-nobody-judged"))
    judged = page.locator('fieldset:has(> legend:text-matches("Could these visits"))')
    expect(judged).to_contain_text("3 more would have to be avoidable")
    rows = [
        one.get_attribute("name") or "" for one in judged.locator("input:checked").element_handles()
    ]
    for number, name in enumerate(rows[:3], 1):
        # Left of "Not known" stand no and yes.
        answer_by_keyboard(page, name.removeprefix("answer."), "ArrowRight")
        expect(page.locator(f'input[name="{name}"][value=yes]')).to_be_checked()
        expect(page.locator(f'input[name="{name}"][value=yes]')).to_be_focused()
        expect(page.locator(".timeline .tl-counts")).to_have_count(2 + number + 1)
    expect(page.locator("#answer")).to_contain_text("qualifies for")
    expect(judged.locator("fieldset.answered")).to_have_count(3)
    assert "avoid" not in page.url
    assert "answer" not in page.url
    with page.expect_response("**/evaluate/result"):
        page.locator(f'input[name="{rows[0]}"][value=no]').check()
    expect(page.locator("#answer")).not_to_contain_text("qualifies for")


def test_a_programme_that_is_denied(open_page: Open):
    """Hospice codes leave open whether hospice excludes; that nothing else is known decides."""
    page = open_page(HERE.format("hospice-question"))
    other = page.get_by_role("group", name="Is the member in any other program")
    with page.expect_response("**/evaluate/result"):
        other.get_by_role("radio", name="No, in none").check()
    expect(page.locator("#answer")).to_contain_text("qualifies for")
    expect(other.get_by_role("radio", name="No, in none")).to_be_checked()


def test_the_timeline_says_in_a_table_what_it_draws(open_page: Open):
    """Five marks that count, one band that says so, and a row for each."""
    page = open_page(HERE.format("five-emergency-visits"))
    drawing = page.get_by_role("img", name="Visits around")
    expect(drawing.locator(".tl-counts")).to_have_count(5)
    expect(drawing.locator(".tl-band")).to_contain_text("5 in 6 months; 5 needed")
    page.get_by_text("The same as a table").click()
    rows = page.locator("#timeline-table tbody tr", has_text="Emergency visit")
    expect(rows).to_have_count(5)
    expect(rows.first).to_contain_text("Counts for avoidable emergency visits")


def test_plans_side_by_side(open_page: Open):
    """Only what differs has a row, with the section of each text."""
    page = open_page(HERE.format("visits-nobody-judged"))
    table = page.get_by_role("region", name="Plans side by side")
    row = table.get_by_role("row", name="Avoidable hospital")
    expect(row).to_contain_text("VI.A.4.c.1")
    expect(row).to_contain_text("Provisional text")
    expect(table.get_by_role("row", name="Homelessness")).to_have_count(0)


def test_every_part_is_accessible_and_fits(
    open_page: Open,
    assert_usable: Callable[[Page, str], None],
):
    """With everything opened, in both schemes and sizes; nothing scrolls the page sideways."""
    page = open_page(HERE.format("visits-nobody-judged"))
    page.locator(".questions details, #timeline-table").evaluate_all(
        "all => all.forEach((one) => { one.open = true; })"
    )
    assert_usable(page, "evaluate-parts")
