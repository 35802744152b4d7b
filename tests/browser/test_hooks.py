"""The playground: a request made and changed, its answer looked at from every side, handed on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Watched
from tests.contract.test_hostile_charts import with_texts
from tests.unit.adapter.cds_client.stub import CARD, running_stub

#: What would run, were it not shown as text.
HOSTILE = (
    '<script>window.ran=1</script><img src=x onerror="window.ran=1">[x](javascript:window.ran=1)'
)


def outcome(page: Page, words: str) -> None:
    """Wait for the answer with that status."""
    expect(page.locator("#outcome .chip")).to_contain_text(words)


def test_every_part_of_an_answer_can_be_used_by_everybody(
    open_page: Open,
    assert_usable: Callable[[Page, str], None],
):
    """Cards, all clients, evidence, rules and the wire."""
    page = open_page("/workbench/hooks/?sample=five-emergency-visits")
    expect(page.get_by_role("heading", name="May qualify for Enhanced Care")).to_be_visible()
    assert_usable(page, "hooks")
    for part in ("evidence", "rules", "wire"):
        page.locator(f"#tab-{part}").click()
        assert_usable(page, f"hooks-{part}")
    page.locator("#tab-cards").click()
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator(".client:visible")).to_have_count(4)
    for details in page.locator("#playground details").all():
        details.locator("summary").click()
    assert_usable(page, "hooks-all")


def test_an_engineer_tries_out_what_a_client_may_send(open_page: Open):
    """Another patient, another hook, each way of prefetch; an edit is sent as it is."""
    page = open_page("/workbench/hooks/")
    outcome(page, "200")
    page.get_by_label("Patient", exact=True).select_option("four-emergency-visits")
    expect(page.locator("#body")).to_have_value(re.compile("sample-four-emergency-visits"))
    expect(page.get_by_text("No card.")).to_be_visible()
    page.get_by_role("tab", name="Evidence").click()
    expect(page.locator("#part-evidence")).to_contain_text("Found 4")
    page.get_by_label("Patient", exact=True).select_option("five-emergency-visits")
    page.get_by_label("Hook", exact=True).select_option("order-sign")
    expect(page.locator("#body")).to_have_value(re.compile('"draftOrders"'))
    expect(page.locator("#request")).to_contain_text("Context.draftOrders is made up.")

    page.get_by_label("Prefetch", exact=True).select_option("missing")
    outcome(page, "412 Precondition Failed")
    expect(page.locator("#answer .problem")).to_contain_text("send that prefetch key")
    page.get_by_label("Prefetch", exact=True).select_option("paged")
    outcome(page, "200")
    expect(page.locator("#body")).to_have_value(re.compile('"relation": "next"'))
    expect(page.locator("#lacking")).to_contain_text("encounters")
    page.get_by_label("Prefetch", exact=True).select_option("epic")
    expect(page.locator("#body")).to_have_value(re.compile('"code": "4101"'))
    outcome(page, "200")

    page.get_by_label("Body", exact=True).fill('{"hook": "order-sign",}')
    expect(page.get_by_text("edited by hand")).to_be_visible()
    expect(page.locator("#stale")).to_be_visible()
    page.get_by_role("button", name="Call the service").click()
    outcome(page, "400 Bad Request")
    page.get_by_role("tab", name="Conformance").click()
    expect(page.locator("table.rules tr", has_text="the request is not JSON")).to_contain_text(
        "fail"
    )
    page.get_by_role("button", name="Make anew").click()
    expect(page.get_by_text("edited by hand")).to_be_hidden()


def test_a_link_says_what_was_tried_and_nothing_of_anybody(open_page: Open):
    """Sample, hook, mode, plan and client are in the address; a chart of one's own never is."""
    page = open_page("/workbench/hooks/")
    page.get_by_label("Patient", exact=True).select_option("one-question-left")
    page.get_by_label("Hook", exact=True).select_option("encounter-discharge")
    expect(page.locator("#body")).to_have_value(re.compile('"encounterId"'))
    outcome(page, "200")
    page.get_by_role("tab", name="Epic").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#copy-link")).to_have_text("Copied")
    link = str(page.evaluate("navigator.clipboard.readText()"))
    assert page.url == link
    other = open_page(link)
    expect(other.get_by_label("Hook", exact=True)).to_have_value("encounter-discharge")
    expect(other.get_by_role("tab", name="Epic")).to_have_attribute("aria-selected", "true")
    outcome(other, "200")

    page.get_by_role("button", name="Copy as curl").click()
    expect(page.locator("#copy-curl")).to_have_text("Copied")
    command = str(page.evaluate("navigator.clipboard.readText()"))
    assert command.startswith("curl -sS -X POST http://127.0.0.1")
    assert "ecm-encounter-discharge" in command

    page.get_by_label("Patient", exact=True).select_option("")
    expect(page.locator("#status")).to_have_text("Choose a FHIR file, or paste one.")
    chart = page.request.get("/samples/five-emergency-visits").text()
    page.get_by_label("or paste it").fill(chart)
    expect(page.locator("#body")).to_have_value(re.compile("sample-five-emergency-visits"))
    expect(page.locator(".client.epic .cds-card")).to_be_visible()
    assert page.url.partition("?")[2] == ""


def test_it_can_be_worked_without_a_mouse(open_page: Open):
    """Choose a patient, call, move through the parts, by keys alone."""
    page = open_page("/workbench/hooks/")
    outcome(page, "200")
    page.get_by_label("Patient", exact=True).focus()
    page.keyboard.type("One question")
    expect(page.locator("#body")).to_have_value(re.compile("sample-one-question-left"))
    expect(page.locator(".cds-card").first).to_contain_text("may qualify", ignore_case=True)
    page.get_by_label("Body", exact=True).focus()
    page.locator("#status").evaluate("one => one.textContent = ''")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#status")).to_contain_text("Answered 200 in")
    page.get_by_role("tab", name="Cards").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Evidence")).to_be_focused()
    expect(page.locator("#part-evidence")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#part-evidence")).to_be_focused()
    page.get_by_label("Hook", exact=True).focus()
    page.keyboard.type("encounter-s")
    expect(page.locator("#outcome")).to_contain_text("ecm-encounter-start")
    expect(page.get_by_label("Hook", exact=True)).to_be_focused()


def test_feedback_is_sent_and_shown(open_page: Open):
    """A card set aside with its reason, what that keeps back, and a patient never seen before."""
    page = open_page("/workbench/hooks/?sample=released-nine-months-ago")
    page.get_by_label("Reason").select_option(label="The member does not want ECM")
    page.get_by_label("Comment").fill("Asked today")
    page.get_by_role("button", name="Dismiss").click()
    told = page.locator("#told")
    expect(told).to_contain_text("Feedback was taken")
    expect(told).to_contain_text('"outcome": "overridden"')
    expect(told).to_contain_text('"userComment": "Asked today"')
    expect(told).to_contain_text('{"received":1}')
    page.get_by_role("button", name="Call the service").click()
    expect(page.get_by_text("A card was kept back")).to_be_visible()
    page.get_by_role("button", name="Call about a patient never seen before").click()
    page.get_by_role("button", name=re.compile("^Accept: ")).click()
    expect(page.locator("#told")).to_contain_text('"acceptedSuggestions"')
    expect(page.locator("#told")).to_contain_text("Feedback was taken")


def test_a_chart_full_of_scripts_runs_none(open_page: Open):
    """Every text of a pasted chart replaced: shown where it is shown, and nothing happens."""
    page = open_page("/workbench/hooks/")
    bundle = page.request.get("/samples/one-question-left").json()
    page.get_by_label("Patient", exact=True).select_option("")
    page.get_by_label("or paste it").fill(json.dumps(with_texts(bundle, HOSTILE)))
    expect(page.locator("#body")).to_have_value(re.compile("window.ran=1"))
    outcome(page, "200")
    expect(page.locator("#answer .cds-card").first).to_be_visible()
    for part in ("evidence", "rules", "wire"):
        page.locator(f"#tab-{part}").click()
    assert page.evaluate("window.ran") is None


def test_any_other_service_can_be_called(open_page: Open, watched: Watched):
    """Its discovery, a signed call, a hostile card, feedback, an error, a redirect."""
    page = open_page("/workbench/hooks/")
    outcome(page, "200")
    table = f"# Title\n\n| a | b |\n|:--|--:|\n| 1 | {HOSTILE} |\n"
    links = [{"label": "Bad", "url": "javascript:window.ran=1", "type": "absolute"}]
    card = CARD | {"summary": HOSTILE, "detail": table, "links": links}
    with running_stub() as stub:
        stub.answer("POST", "/cds-services/screen", 200, {"cards": [card]})
        stub.answer("POST", "/cds-services/screen/feedback", 200, {})
        page.get_by_text("Service and token").click()
        page.get_by_label("Address").fill(stub.url)
        page.get_by_label("Bearer token").fill("a.b.c")
        page.get_by_label("Address").blur()
        expect(page.locator("#endpoint")).to_have_text(f"POST {stub.url}/cds-services/screen")
        assert [one[0] for one in stub.requests] == ["GET", "GET"][: len(stub.requests)]
        page.get_by_role("button", name="Call the service").click()
        expect(page.locator(".client.gfm td").first).to_have_text("1")
        expect(page.locator(".client.gfm .summary")).to_have_text(HOSTILE)
        expect(page.locator(".client.gfm")).to_contain_text("neither http nor https")
        assert page.evaluate("window.ran") is None
        method, _, headers, body = stub.requests[-1]
        assert (method, headers["Authorization"]) == ("POST", "Bearer a.b.c")
        assert body["context"]["patientId"] == "sample-five-emergency-visits"
        expect(page.get_by_role("tab", name="Evidence")).to_have_count(0)
        page.get_by_role("tab", name="Conformance").click()
        broken = page.locator("#part-rules tr", has_text="@139")
        expect(broken).to_contain_text("fail")
        page.get_by_role("tab", name="Cards").click()
        page.get_by_role("button", name="Accept: Refer").click()
        expect(page.locator("#told")).to_contain_text("Feedback was taken")
        assert stub.last["feedback"][0]["acceptedSuggestions"] == [{"id": "s1"}]

        stub.answer("POST", "/cds-services/screen", 307, b"")
        page.get_by_role("button", name="Call the service").click()
        expect(page.locator("#answer .problem")).to_contain_text("Redirects are not followed")
        stub.answer("POST", "/cds-services/screen", 500, b"<html>Tomcat</html>")
        page.get_by_role("button", name="Call the service").click()
        expect(page.locator("#answer .problem")).to_contain_text("no OperationOutcome")
    page.get_by_role("button", name="Call the service").click()
    expect(page.locator("#answer .problem")).to_contain_text("cannot be reached")
    assert "service" not in page.url
