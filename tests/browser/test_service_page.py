"""A CDS service examined, tokens made and read, as an integration engineer does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Watched

SERVICE, TOKENS = "/workbench/hooks/service", "/workbench/hooks/tokens"


def test_both_pages_can_be_used_by_everybody(
    open_page: Open,
    assert_usable: Callable[[Page, str], None],
):
    """With a result on each; nothing serious by axe, no sideways scrolling."""
    page = open_page(SERVICE)
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_role("heading", name="may not call it")).to_be_visible()
    assert_usable(page, "service")
    page.goto(TOKENS)
    page.get_by_role("button", name="Sign it").click()
    page.locator("#explain").click()
    expect(page.locator("#explained").get_by_text("no rule is broken")).to_be_visible()
    assert_usable(page, "tokens")


def test_a_service_is_examined_and_its_sheet_taken_along(
    open_page: Open, base: str, tmp_path: Path
):
    """By its address; the origin test says what to change; this browser reads it too."""
    page = open_page(SERVICE)
    page.get_by_label("Service", exact=True).fill(f"{base}/cds-services/ecm-order-sign")
    page.get_by_role("button", name="Examine").click()
    expect(page.get_by_role("link", name="no faults")).to_be_visible()
    page.get_by_label("Origin of the page").fill("http://localhost:3000")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_role("heading", name="may call it")).to_be_visible()
    expect(page.get_by_role("heading", name="Call ecm-order-sign")).to_be_visible()
    page.get_by_role("button", name="Test in this browser").click()
    expect(page.locator("#here-said")).to_contain_text("read 8 services")
    page.get_by_role("tab", name="Oracle Health").click()
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("cds-hooks.cerner.com")
    panel.get_by_role("button", name="Copy as Markdown").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as download:
        panel.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "ecm-oracle.md"
    download.value.save_as(tmp_path / "sheet.md")
    assert (tmp_path / "sheet.md").read_text(encoding="utf-8") == copied


def test_a_token_is_made_and_read_by_keyboard_alone(open_page: Open):
    """From the first field to the explanation; the address never holds any of it."""
    page = open_page(TOKENS)
    page.get_by_label("Issuer").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("https://clinic.example.org")
    page.keyboard.press("Enter")
    made = page.get_by_role("button", name="Copy the token")
    expect(made).to_be_visible()
    made.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()").count(".") == 2
    page.get_by_role("textbox", name="Token", exact=True).focus()
    page.keyboard.press("Control+v")
    page.keyboard.press("Tab")
    page.keyboard.type("https://elsewhere.example.org/cds-services/x")
    page.keyboard.press("Enter")
    told = page.locator("#explained")
    expect(told).to_contain_text("refused")
    expect(told).to_contain_text("it differs in the scheme and the host and the port and the path")
    expect(told.get_by_role("region", name="Claims")).to_contain_text("https://clinic.example.org")
    expect(page.get_by_role("status")).to_contain_text("refused")
    assert page.url.endswith(TOKENS)


def test_a_key_of_another_kind_and_a_fault_on_purpose(open_page: Open):
    """RS384 where that is wanted; what was changed after signing is found."""
    page = open_page(TOKENS)
    key = page.get_by_label("Private key")
    first = key.input_value()
    page.get_by_label("Algorithm").select_option("RS384")
    page.get_by_role("button", name="New test key").click()
    expect(key).not_to_have_value(first)
    page.get_by_role("button", name="Sign it").click()
    page.get_by_text("Header and claims").click()
    expect(page.get_by_role("region", name="Header of the token made")).to_contain_text("RS384")
    page.get_by_text("lifetime, faults").click()
    page.get_by_label("Wrong on purpose").select_option("it was changed after signing")
    page.get_by_role("button", name="Sign it").click()
    expect(page.locator("#made")).to_contain_text("has to answer it with 401")
    page.locator("#explain").click()
    told = page.locator("#explained")
    expect(told).to_contain_text("The signature is not the registered key's")


def test_a_key_that_is_none_is_told(open_page: Open, watched: Watched):
    """In the place of the token."""
    watched.expected.add(422)
    page = open_page(TOKENS)
    page.get_by_label("Private key").fill("no key")
    page.get_by_role("button", name="Sign it").click()
    expect(page.get_by_role("alert")).to_contain_text("is no private RSA or EC key")
