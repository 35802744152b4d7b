"""The tutorials, done in a browser step by step as their pages say, and the pictures in them.

One file because the tutorials share a sandbox and a way to take pictures. Those are kept as
`docs-*.png`, and `python -m tests.browser.images` puts them into the pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from adapter.cli.main import main
from tests.browser.conftest import Open, Watched
from tests.contract.conftest import Service, start_service, stop
from tests.contract.pages_run import File, steps

TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorials"
#: Wide enough for two columns, and legible in a column of text.
WIDE = {"width": 1040, "height": 800}

Cut = Callable[..., None]
_AROUND = 10


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """A sandbox in which nobody has referred anybody yet, as `make run` starts one."""
    running = start_service()
    yield running
    stop(running)


@pytest.fixture(scope="session")
def base(service: Service) -> str:
    """Its URL."""
    return f"http://127.0.0.1:{service.port}"


@pytest.fixture
def window(open_page: Open) -> Callable[[str], Page]:
    """Opens a window of the width of the pictures."""

    def opened(path: str) -> Page:
        page = open_page("/")
        page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})
        page.goto(path)
        return page

    return opened


@pytest.fixture
def cut(picture: Callable[..., None]) -> Cut:
    """`cut(page, "answer", first, last)`: a picture of the page from one element to another.

    With `above` it ends before the element `last`, with `beside` it is as wide as that element.
    """

    def keep(
        page: Page,
        name: str,
        first: Locator,
        last: Locator,
        *,
        above: bool = False,
        beside: Locator | None = None,
        high: float = 760,
    ) -> None:
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        start, end = first.bounding_box(), last.bounding_box()
        sides = (beside or page.locator("html")).bounding_box()
        assert start is not None
        assert end is not None
        assert sides is not None
        top = max(0.0, start["y"] - _AROUND)
        bottom = end["y"] - 6 if above else end["y"] + end["height"] + _AROUND
        left = max(0.0, sides["x"] - _AROUND)
        right = sides["x"] + sides["width"] + (_AROUND if beside else 0)
        clip = {"x": left, "y": top, "width": right - left, "height": min(bottom - top, high)}
        picture(page, f"docs-{name}", clip=clip)

    return keep


def answers(page: Page) -> Locator:
    """The headline."""
    return page.locator("#answer")


def goes_on(page: Page, title: str) -> None:
    """Press a button that leads to another page."""
    with page.expect_navigation():
        page.get_by_role("button", name=title, exact=True).click()


def is_at(page: Page, stage: str) -> None:
    """The referral has reached that stage."""
    expect(page.locator(".progress [aria-current=step]")).to_contain_text(stage)


def test_a_first_patient_is_evaluated(window: Callable[[str], Page], cut: Cut):
    """docs/tutorials/evaluate-your-first-patient.md, steps 1 to 7."""
    page = window("/")
    cut(page, "first-page", page.locator("body"), page.locator(".groups .panel").first)
    page.get_by_role("link", name="Five emergency visits").click()
    expect(answers(page)).to_have_text("Lucia Abernathy qualifies for Enhanced Care Management")
    expect(page.locator(".ev-who")).to_contain_text("Partnership HealthPlan of California")
    expect(page.get_by_role("button", name="Refer this member")).to_be_visible()
    populations = page.get_by_role("heading", name="The nine Populations of Focus")
    cut(page, "answer", page.locator("body"), populations, above=True)

    row = page.locator("#pop-avoidable-utilization")
    expect(row).to_contain_text("5 or more counted, 5 needed")
    row.locator("summary").first.click()
    expect(row.locator(".ev-texts")).to_contain_text("VI.A.4.c.1")
    expect(row.locator("mark", has_text='"EMER"').first).to_be_visible()
    expect(row.get_by_role("link", name=re.compile("^Entry 2"))).to_be_visible()
    expect(row.get_by_text("How the text was read").first).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    cut(page, "reasons", row, row, beside=row, high=640)
    page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})

    page.get_by_label("Slide the day").evaluate(
        "one => { one.value = String(Number(one.value) - 31);"
        " one.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    expect(row).to_contain_text("4 or more counted, 5 needed")
    expect(answers(page)).to_have_text("The record does not say whether Lucia Abernathy qualifies")
    page.get_by_role("button", name="Today").click()
    expect(answers(page)).to_contain_text("qualifies for")
    expect(page.get_by_role("heading", name="Over time")).to_be_visible()

    page.get_by_text("Take another record").click()
    page.get_by_text("Paste text, or take an invented member").click()
    page.get_by_role("link", name="One question left").or_(
        page.get_by_role("button", name="One question left")
    ).first.click()
    expect(answers(page)).to_have_text("Ansel Vantongeren may qualify: ask first")
    decide = page.get_by_role("heading", name="What else could be asked")
    expect(page.get_by_role("heading", name="These decide it")).to_be_visible()
    cut(page, "questions", page.locator("body"), decide, above=True, high=780)
    asked = page.get_by_role("group", name=re.compile("Would coordinated care likely improve"))
    asked.get_by_label("Yes").check()
    expect(answers(page)).to_contain_text("Ansel Vantongeren qualifies for")
    asked.get_by_label("No", exact=True).check()
    expect(answers(page)).to_contain_text("may qualify")
    expect(page.locator("main")).to_contain_text("Is the member part of a family")
    asked.get_by_label("Not known").check()

    expect(page.get_by_role("heading", name="By the rules of each plan")).to_be_visible()
    differs = page.get_by_role("row", name=re.compile("Homelessness"))
    expect(differs).to_contain_text("Differs")
    page.get_by_label("By the rules of", exact=True).select_option(label="Anthem Blue Cross")
    expect(answers(page)).to_contain_text("is not recorded as a member of the plan")
    expect(page.locator("#pop-homelessness")).to_contain_text("met")
    page.get_by_text("More options").click()
    expect(page.get_by_text("The file holds")).to_be_visible()
    expect(page.get_by_role("heading", name="Take it along")).to_be_visible()


def test_a_call_is_seen_and_broken(window: Callable[[str], Page], cut: Cut, watched: Watched):
    """docs/tutorials/connect-an-ehr.md, steps 1 to 3."""
    watched.expected.update((400, 412))
    page = window("/")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="CDS playground").click()
    status = page.locator("#outcome .chip")
    expect(status).to_contain_text("200")
    expect(page.locator(".cds-card").first).to_contain_text("May qualify")
    cut(page, "playground", page.locator("body"), page.get_by_text("Body", exact=True).first,
        above=True)  # fmt: skip
    page.get_by_label("Hook", exact=True).select_option("order-sign")
    expect(page.locator("#request")).to_contain_text("draftOrders is made up")
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator(".client:visible")).to_have_count(4)
    page.get_by_role("tab", name="Evidence").click()
    expect(page.locator("#part-evidence")).to_contain_text("Five or more")
    page.get_by_role("tab", name="Cards").click()

    prefetch = page.get_by_label("Prefetch", exact=True)
    prefetch.select_option(label="Missing")
    expect(status).to_contain_text("412")
    expect(page.locator("#answer .problem")).to_contain_text("send prefetch key 'patient'")
    prefetch.select_option(label="Paged")
    expect(status).to_contain_text("200")
    expect(page.locator(".cds-card").first).to_contain_text("Not seen, so not known: encounters")
    prefetch.select_option(label="OperationOutcome")
    expect(status).to_contain_text("412")
    expect(page.locator("#answer .problem")).to_contain_text("sent an error instead")
    prefetch.select_option(label="Epic dialect")
    expect(status).to_contain_text("200")
    body = page.get_by_label("Body", exact=True)
    body.fill(body.input_value().rstrip()[:-1])
    page.get_by_role("button", name="Call the service").click()
    expect(status).to_contain_text("400")
    page.get_by_role("tab", name="Conformance").click()
    expect(page.locator("#part-rules")).to_contain_text("fail")

    page.get_by_role("link", name="Service", exact=True).click()
    expect(page.get_by_role("link", name="no faults")).to_be_visible()
    expect(page.get_by_role("heading", name="What an EHR sends along")).to_be_visible()
    page.get_by_role("button", name="Test", exact=True).click()
    refused = page.get_by_role("heading", name="may not call it")
    expect(refused).to_be_visible()
    origins = page.get_by_role("heading", name="May a page in a browser call it?")
    read = page.get_by_role("heading", name="Read discovery")
    cut(page, "origins", origins, read, above=True)
    expect(page.get_by_role("tab", name="Oracle Health")).to_be_visible()


def test_an_ehr_is_connected(
    window: Callable[[str], Page], cut: Cut, watched: Watched, tmp_path: Path
):
    """docs/tutorials/connect-an-ehr.md, what is done in the browser of steps 5 and 6."""
    watched.expected.add(401)
    page = window("/workbench/hooks/")
    status = page.locator("#outcome .chip")
    with registered(tmp_path) as (url, key):
        page.get_by_text("Service and token").click()
        page.get_by_label("Address").fill(url.partition("/cds-services")[0])
        page.get_by_label("Address").blur()
        expect(page.locator("#endpoint")).to_have_text(f"POST {url}")
        page.get_by_role("button", name="Call the service").click()
        expect(status).to_contain_text("401")
        page.get_by_role("link", name="Tokens", exact=True).click()
        page.get_by_label("Private key").fill(key)
        page.get_by_label("Issuer").fill("https://ehr.valley.example.org")
        page.get_by_label("Endpoint aud").fill(url)
        page.get_by_role("button", name="Sign it").click()
        with page.expect_navigation():
            page.get_by_role("button", name="Take it to the playground").click()
        page.get_by_role("button", name="Call the service").click()
        expect(status).to_contain_text("200")
        expect(page.locator(".cds-card").first).to_contain_text("May qualify")
        page.get_by_role("button", name="Call the service").click()
        expect(status).to_contain_text("401")

    page.goto("/workbench/hooks/tokens")
    here = "http://127.0.0.1:8080/cds-services/ecm-patient-view"
    page.get_by_label("Endpoint aud").fill(here)
    page.get_by_role("button", name="Sign it").click()
    page.locator("#explain").click()
    told = page.locator("#explained")
    expect(told).to_be_visible()
    page.get_by_label("Endpoint that was called").fill(here.replace("http:", "https:"))
    page.get_by_role("button", name="Explain it").last.click()
    expect(told).to_contain_text("it differs in the scheme")
    panel = page.locator(".panel", has_text="Read a token")
    claims = told.get_by_role("heading", name="Header")
    called = page.get_by_text("Endpoint that was called")
    cut(page, "token-refused", called, claims, above=True, beside=panel)


class registered:  # noqa: N801 - read as a clause
    """A service with the client that the tutorial registers: its endpoint, and the client's key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> tuple[str, str]:
        """Start it."""
        assert main(["cds-hooks", "new-key", "--out", str(self._folder / "keys")]) == 0
        page = (TUTORIALS / "connect-an-ehr.md").read_text(encoding="utf-8")
        (clients,) = (one for one in steps(page) if isinstance(one, File))
        file = self._folder / clients.name
        file.write_text(clients.content, encoding="utf-8")
        store = f"sqlite:///{self._folder / 'ecm.sqlite'}"
        self._running = start_service("--clients", str(file), "--store", store)
        key = (self._folder / "keys/private-key.json").read_text(encoding="utf-8")
        return f"http://127.0.0.1:{self._running.port}/cds-services/ecm-patient-view", key

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        stop(self._running)


def test_a_referral_is_exchanged(window: Callable[[str], Page], cut: Cut):
    """docs/tutorials/exchange-a-referral.md, steps 1 to 6."""
    plan = window("/workbench/referrals/?as=plan")
    goes_on(plan, "Make sample referrals")
    expect(plan.locator("#queue-overdue .count")).to_have_text("1")
    expect(plan.locator("#rows")).to_contain_text("overdue by 1 day")
    cut(plan, "board", plan.locator("body"), plan.locator("#rows > li").nth(2))

    hospital = window("/workbench/evaluate/?sample=one-question-left&as=referrer")
    asked = hospital.get_by_role("group", name=re.compile("Would coordinated care likely improve"))
    asked.get_by_label("Yes").check()
    expect(answers(hospital)).to_contain_text("qualifies for")
    goes_on(hospital, "Refer this member")
    expect(hospital.locator("main")).to_contain_text("What goes along from the chart")
    expect(asked.get_by_label("Yes")).to_be_checked()
    hospital.get_by_label("Preferred ECM provider").select_option(
        label="Harbor ECM Provider (invented)"
    )
    goes_on(hospital, "Send the referral")
    is_at(hospital, "Sent")
    expect(hospital.locator("main")).to_contain_text("Acknowledge the referral")

    with plan.expect_navigation():
        plan.get_by_role("link", name="Ansel Vantongeren").click()
    cut(plan, "plan", plan.locator("body"), plan.get_by_role("heading", name="What happened"),
        above=True)  # fmt: skip
    goes_on(plan, "Acknowledge receipt")
    is_at(hospital, "Seen by the plan")
    goes_on(plan, "Authorize ECM")
    is_at(hospital, "Authorized")
    chosen = plan.get_by_label("ECM provider", exact=True).locator("option:checked")
    expect(chosen).to_contain_text("Harbor ECM Provider (invented)")
    goes_on(plan, "Assign an ECM provider")

    provider = window("/workbench/referrals/?as=provider")
    with provider.expect_navigation():
        provider.get_by_role("link", name="Ansel Vantongeren").click()
    is_at(provider, "Assigned to you")
    goes_on(provider, "Accept the member")
    provider.get_by_label("Yes", exact=True).check()
    provider.get_by_label("How", exact=True).select_option("in person")
    goes_on(provider, "Record an attempt to reach the member")
    goes_on(provider, "Enroll the member")
    goes_on(provider, "Close: services received")

    is_at(hospital, "Closed")
    expect(hospital.locator("main")).to_contain_text("What was done")
    expect(hospital.locator("main")).to_contain_text("By this exchange")
    cut(hospital, "closed", hospital.locator("body"), hospital.locator("main"), high=740)


def test_a_referral_goes_otherwise(window: Callable[[str], Page]):
    """docs/tutorials/exchange-a-referral.md, step 6, on the samples of step 1."""
    plan = window("/workbench/referrals/?as=plan")
    if plan.get_by_role("button", name="Make sample referrals").count():
        goes_on(plan, "Make sample referrals")
    with plan.expect_navigation():
        plan.get_by_role("link", name="Lucia Abernathy").click()
    plan.locator("#step-return > summary").click()
    plan.get_by_label("The Client Index Number (CIN) is missing or wrong").check()
    goes_on(plan, "Return for correction")
    hospital = window("/workbench/referrals/?as=referrer&queue=closed")
    with hospital.expect_navigation():
        hospital.get_by_role("link", name="Lucia Abernathy").click()
    hospital.get_by_role("link", name="Correct and refer again").click()
    expect(hospital.locator(".notice")).to_contain_text("Client Index Number")
    hospital.get_by_label("Client Index Number").fill("90000044D")
    goes_on(hospital, "Send the referral")
    is_at(hospital, "Sent")
    expect(hospital.locator("main")).to_contain_text("Returned for correction")

    provider = window("/workbench/referrals/?as=provider")
    with provider.expect_navigation():
        provider.get_by_role("link", name="Rufus Nakagawa-Bell").click()
    provider.locator("#step-decline > summary").click()
    reason = provider.locator("#step-decline").get_by_label("Reason")
    reason.select_option(label="The provider has no capacity")
    goes_on(provider, "Decline the member")
    plan.goto("/workbench/referrals/?as=plan")
    with plan.expect_navigation():
        plan.get_by_role("link", name="Rufus Nakagawa-Bell").click()
    who = plan.get_by_label("ECM provider", exact=True)
    expect(who).to_contain_text("Harbor ECM Provider (invented): has declined")
    expect(who.locator("option:checked")).to_have_text("Hillside ECM Provider (invented)")
    goes_on(plan, "Assign an ECM provider")
    is_at(plan, "Provider asked")
    overdue = window("/workbench/referrals/?as=referrer&queue=overdue")
    expect(overdue.locator("#rows")).to_contain_text("Redwood Health Plan (invented)")
