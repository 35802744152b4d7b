"""Signing in, being signed out while at work, and signing out, as people do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Watched
from tests.contract.conftest import Service, stop
from tests.contract.people import PASSWORD, start, written

WAIT = "idle_minutes = {minutes}\n"


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service where people sign in."""
    running = start(tmp_path_factory.mktemp("people"), "--workers", "2")
    yield running
    logged = running.log.read_text()
    stop(running)
    assert '"level":"error"' not in logged


@pytest.fixture(scope="module")
def base(signing: Service) -> str:
    """In the place of the sandbox."""
    return f"http://127.0.0.1:{signing.port}"


def typed(page: Page, name: str, password: str = PASSWORD) -> None:
    """Sign in with nothing but the keyboard."""
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    found: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return found


def test_the_form_can_be_used_by_everybody(
    open_page: Open,
    watched: Watched,
    assert_usable: Callable[[Page, str], None],
):
    """Before and after a mistake, which is announced and keeps the name."""
    watched.expected.add(403)
    page = open_page("/workbench/policies/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert_usable(page, "sign-in")
    typed(page, "ana", "a wrong password")
    expect(page.get_by_role("alert")).to_contain_text("Name or password is not right")
    expect(page.get_by_label("Name")).to_have_value("ana")
    expect(page.get_by_label("Password")).to_be_focused()
    assert_usable(page, "sign-in-wrong")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Policies")
    assert fits(page)


def test_one_signs_in_works_and_signs_out(open_page: Open):
    """And the way back shows nothing."""
    page = open_page("/workbench/referrals/")
    typed(page, "ana")
    expect(page.get_by_role("heading", level=1)).to_have_text("Referrals")
    expect(page.locator(".visitor")).to_contain_text("ana · Plan coordinator, plan")
    page.get_by_role("button", name="Sign out").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("You are signed out")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_who_is_signed_out_at_a_form_keeps_what_they_entered(
    open_page: Open,
    watched: Watched,
    signing: Service,
    assert_accessible: Callable[[Page], None],
    picture: Callable[[Page, str], None],
):
    """They sign in again in another window, and send it."""
    watched.expected.update((401, 422))
    with written(signing, lambda was: WAIT.format(minutes=0.1) + was):
        page = open_page("/workbench/sign-in?next=/workbench/policies/")
        typed(page, "ana")
        expect(page.get_by_role("heading", level=1)).to_have_text("Policies")
        page.evaluate(_FORM)
        page.get_by_label("Chart").fill("what took an hour to write")
        notice = page.locator("#session")
        # The page says so by itself.
        expect(notice).to_contain_text("What you entered is still on this page", timeout=20_000)
    page.get_by_role("button", name="Send").press("Enter")
    expect(page.get_by_label("Chart")).to_have_value("what took an hour to write")
    picture(page, "signed-out-at-a-form-desktop-light")
    assert_accessible(page)
    with page.context.expect_page() as opened:
        notice.get_by_role("link", name="Sign in again in a new window").press("Enter")
    beside = opened.value
    typed(beside, "ana")
    expect(beside.get_by_role("heading", level=1)).to_contain_text("You are signed in")
    picture(beside, "signed-in-again-desktop-light")
    assert_accessible(beside)
    expect(notice).to_be_empty()
    expect(page.get_by_role("status")).to_contain_text("You are signed in again")
    page.get_by_role("button", name="Send").press("Enter")
    page.wait_for_url("**/workbench/evaluate/")
    # It came, and was read.
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("not signed in")


#: A form as pages have them that no script sends.
_FORM = """() => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/workbench/evaluate/";
  form.enctype = "multipart/form-data";
  const add = (name, type) => {
    const made = document.createElement(name);
    Object.assign(made, type);
    form.append(made);
    return made;
  };
  const token = document.querySelector("meta[name=csrf]").content;
  add("input", { type: "hidden", name: "csrf", value: token });
  add("label", { htmlFor: "told", textContent: "Chart" });
  add("textarea", { id: "told", name: "chart" });
  add("button", { type: "submit", textContent: "Send" });
  document.querySelector("main").prepend(form);
}"""


def test_one_is_told_before_the_end_and_may_stay(
    open_page: Open, watched: Watched, signing: Service
):
    """Who does nothing then is signed out, and the page says so by itself."""
    watched.expected.add(401)
    with written(signing, lambda was: WAIT.format(minutes=0.1) + was):
        page = open_page("/workbench/sign-in?next=/workbench/policies/")
        typed(page, "ana")
        notice = page.locator("#session")
        expect(notice).to_contain_text("You are signed out in", timeout=15_000)
        page.get_by_role("button", name="Stay signed in").press("Enter")
        expect(notice).to_be_empty()
        expect(page.get_by_role("status")).to_contain_text("You stay signed in")


def test_somebody_else_does_not_go_on_with_what_was_entered(open_page: Open, watched: Watched):
    """A page is of whom it was made for."""
    watched.expected.add(401)
    page = open_page("/workbench/sign-in?next=/workbench/policies/")
    typed(page, "ana")
    page.context.clear_cookies()
    beside = page.context.new_page()
    beside.goto("/workbench/sign-in?next=/workbench/sign-in/done")
    typed(beside, "rex")
    expect(page.locator("#session")).to_contain_text("Somebody else is signed in now")
