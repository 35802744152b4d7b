"""Operations: what needs somebody, requeue, the audit and its verification, conformance."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open
from tests.contract.conftest import Service
from tests.contract.operated import fhir, operated, refer, status, until
from tests.unit.adapter.notifications.asking import subscription
from tests.unit.adapter.notifications.receiver import Receiver, receiving

HERE = "/workbench/operations/"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A sandbox with a partner that does not answer and has a script for a name."""
    with operated(tmp_path_factory.mktemp("operations") / "ecm.sqlite") as running:
        yield running


@pytest.fixture(scope="module")
def base(service: Service) -> str:
    return f"http://127.0.0.1:{service.port}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as endpoint:
        yield endpoint


def tab_to(page: Page, wanted: Locator) -> None:
    """Go on by Tab until it has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"no Tab leads to {wanted}")


def failed(service: Service, receiver: Receiver) -> str:
    """A subscription whose endpoint refused an event for good."""
    id = str(fhir(service, subscription(receiver.url))["id"])
    until(lambda: status(service, id) == "active")
    receiver.answer = lambda _: (422, {})
    refer(service)
    until(lambda: status(service, id) == "error")
    return id


@pytest.fixture(scope="module")
def failing(service: Service) -> str:
    """One for the pictures; its endpoint is gone since."""
    with receiving() as endpoint:
        return failed(service, endpoint)


def test_what_failed_is_told_first_and_requeued_without_a_mouse(
    open_page: Open, service: Service, receiver: Receiver
):
    """From the overview to the subscription, its dead letter, and until it is delivered."""
    failed(service, receiver)
    page = open_page(HERE)
    tab_to(page, page.get_by_role("link", name=f"{receiver.url.removesuffix('/in')} failed"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dead letters")).to_be_visible()
    receiver.answer = lambda _: (200, {})
    tab_to(page, page.get_by_label("The endpoint works again"))
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("will be sent again")).to_be_visible()
    until(lambda: len(receiver.received) >= 4)
    page.goto(page.url.partition("?")[0])
    until(lambda: page.reload() is not None and "dead letter" not in page.inner_text("#main table"))
    expect(page.get_by_role("heading", level=2).first).to_contain_text("active")
    page.goto(HERE)
    expect(page.get_by_text("Nothing. Every subscription")).to_be_visible()


def test_an_auditor_finds_who_saw_a_patient_and_verifies_the_record(
    open_page: Open, service: Service
):
    """No patient's id stands in an address, and an engineer is told that it is not theirs."""
    somebody = refer(service)
    service.get(f"/fhir/Patient/{somebody}")
    page = open_page(HERE)
    page.get_by_role("navigation", name="Operations").get_by_role("link", name="Audit").click()
    field = page.get_by_label("Patient id")
    tab_to(page, field)
    page.keyboard.type(somebody)
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="read").first).to_be_visible()
    assert somebody not in page.url
    page.get_by_label("Who saw whom").check()
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("row", name="Development").first).to_contain_text(somebody)
    page.get_by_role("button", name=f"only {somebody}").first.click()
    expect(page.get_by_label("Patient id")).to_have_value(somebody)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as AuditEvents").click()
    assert download.value.suggested_filename == "audit-events.ndjson"
    page.get_by_role("button", name="Verify the chains").click()
    expect(page.get_by_text("each as it was written")).to_be_visible()


def test_a_partners_name_is_text(open_page: Open):
    page = open_page(f"{HERE}partners")
    name = page.get_by_role("heading", level=3)
    expect(name).to_contain_text("Example <script>alert(1)</script> Plan")
    page.goto(f"{HERE}audit?as=auditor")
    expect(page.get_by_label("Organization")).to_contain_text("<script>alert(1)</script>")


def test_rules_are_filtered_by_words(open_page: Open):
    page = open_page(f"{HERE}conformance")
    page.get_by_label("Rules with the words").fill("discovery SHALL")
    shown = page.locator("#rules tbody tr:visible")
    expect(shown.first).to_contain_text("iscovery")
    assert 0 < shown.count() < 60


def test_every_page_of_the_operations_can_be_used_by_everybody(
    open_page: Open,
    assert_usable: Callable[[Page, str], None],
    failing: str,
):
    """Nothing serious by axe and no sideways scrolling, in both colour schemes and sizes."""
    page = open_page(HERE)
    for name, path in (
        ("overview", "?as=engineer"),
        ("partners", "partners"),
        ("subscriptions", "subscriptions"),
        ("subscription", f"subscriptions/{failing}"),
        ("audit", "audit?as=auditor"),
        ("auditor", "?as=auditor"),
        ("conformance", "conformance"),
    ):
        page.goto(HERE + path)
        if name == "overview":
            page.get_by_text("and where each comes from").click()
        assert_usable(page, f"operations-{name}")
