"""The determination view over HTTP: what is asked with a chart, and what of it comes back."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import Answer, Service
from tests.contract.test_hostile_charts import paths_of, put, with_texts
from tests.unit.cds_hooks.test_markdown import HOSTILE

HERE = "/workbench/evaluate/"


def post(
    service: Service, path: str, chart: bytes | None = None, **fields: str | list[str]
) -> Answer:
    """A form as a browser sends it, the chart as a file."""
    boundary = "x-boundary-of-the-form-x"
    parts = []
    for name, given in fields.items():
        for text in given if isinstance(given, list) else [given]:
            head = f'Content-Disposition: form-data; name="{name}"\r\n\r\n'
            parts.append(head.encode() + text.encode())
    if chart is not None:
        head = 'Content-Disposition: form-data; name="chart"; filename="c.json"\r\n\r\n'
        parts.append(head.encode() + chart)
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), part) for part in parts)
    body += b"--%b--\r\n" % boundary.encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "X-Fragment": "1"}
    return service.request("POST", f"{HERE}{path}", body, headers)


def text(answer: Answer) -> str:
    """What came back, as a page."""
    assert answer.headers["content-type"].startswith("text/html")
    return answer.body.decode()


def chart_of(service: Service, name: str) -> dict[str, Any]:
    """An invented member."""
    found: dict[str, Any] = service.get(f"/samples/{name}").json
    return found


def test_a_chart_is_answered_and_given_back_to_the_page_alone(service: Service):
    """Whole page: the chart is in it, to be asked about again, and what it says is."""
    chart = json.dumps(chart_of(service, "five-emergency-visits"), indent=1).encode()
    page = text(post(service, "", chart))
    assert "Lucia Abernathy qualifies for Enhanced Care Management" in page
    held = page.split('id="chart-text" hidden>\n')[1].split("</textarea>")[0]
    assert json.loads(held.replace("&lt;", "<").replace("&amp;", "&")) == json.loads(chart)
    assert chart.decode() not in json.dumps(service.logged())


def test_a_change_needs_little(service: Service):
    """A part of the page; the reasons only of what is open, or by themselves."""
    chart = json.dumps(chart_of(service, "five-emergency-visits")).encode()
    part = text(post(service, "result", chart))
    assert "<html" not in part
    assert "In the record" not in part.split('id="against"')[0]
    opened = text(post(service, "result", chart, open=["avoidable-utilization"]))
    assert "VI.A.4.c.1" in opened
    assert "&#34;EMER&#34;" in opened
    reasons = text(post(service, "trace", chart, population="avoidable-utilization"))
    assert "VI.A.4.c.1" in reasons
    assert post(service, "trace", chart, population="nobody").status == 404


def test_plan_day_and_completeness_are_asked(service: Service):
    """A day later the visits are too old; declared complete, what is absent is a no."""
    name = {"sample": "five-emergency-visits"}
    assert "qualifies for" in text(post(service, "result", None, **name))
    later = text(post(service, "result", None, **name, asOf="2031-01-01", plan="dhcs"))
    assert "Judge as of" in later
    assert "does not say whether" in later
    everything = [
        f"{source}=1900-01-01..2100-12-31"
        for source in ("encounters", "conditions", "programs", "screenings")
    ]
    declared = text(post(service, "result", None, **name, complete=everything))
    assert "--complete encounters=1900-01-01..2100-12-31" in declared


def test_several_people_are_asked_about_one_by_one(service: Service):
    """Who is not named is asked for; who is not there too."""
    lines = [
        {"resourceType": "Patient", "id": f"p{n}", "name": [{"family": f"Name{n}"}]}
        for n in range(15)
    ]
    few = "\n".join(map(json.dumps, lines[:3])).encode()
    many = "\n".join(map(json.dumps, lines)).encode()
    assert text(post(service, "result", few)).count('name="patient"') == 3
    listed = text(post(service, "", many))
    assert "15 people" in listed
    assert '<option value="Patient/p14">Name14' in listed
    chosen = text(post(service, "result", many, patient="Patient/p3"))
    assert "Name3" in chosen
    assert "not in the file" in text(post(service, "result", few, patient="Patient/x"))


@pytest.mark.parametrize(
    ("chart", "fields", "says"),
    (
        (b"", {}, "there is no chart to read"),
        (b"{", {}, "the input is not JSON"),
        (b'{"resourceType": "Bundle"}', {}, "holds no resource"),
        (b"\x1f\x8b\x08\x00", {}, "not JSON"),
        (b"{}", {"asOf": "soon"}, "the date"),
    ),
)
def test_what_cannot_be_used_says_why(
    service: Service, chart: bytes, fields: Mapping[str, str], says: str
):
    """As a part of the page, and as a page where one can drop another."""
    for path in ("result", "", "determination.json"):
        answer = post(service, path, chart, **fields)
        assert answer.status == 422
        assert says in text(answer)
    assert 'name="chart"' in text(post(service, "", chart, **fields))


def test_a_day_before_ecm_is_no_error(service: Service):
    """The page offers to judge by the rules of today."""
    name = {"sample": "five-emergency-visits"}
    early = text(post(service, "result", None, **name, asOf="2020-02-20"))
    assert "there was no Enhanced Care Management" in early
    assert 'name="jump" value="2020-02-20"' in early
    assert "by the rules of" in text(post(service, "result", None, **name, jump="2020-02-20"))


def test_the_answer_can_be_taken_along(service: Service):
    """The same as the command prints it; nothing names the member's file."""
    found = post(service, "determination.json", None, sample="hospice")
    assert found.json["status"] == "excluded"
    assert found.headers["content-disposition"] == 'attachment; filename="determination.json"'
    resource = post(service, "parameters.json", None, sample="hospice")
    assert resource.json["resourceType"] == "Parameters"


def test_more_than_is_read_is_refused_with_the_limit(service: Service):
    """Twenty megabytes are a lot of records of one member; it says so before it reads them."""
    headers = {
        "Content-Type": "multipart/form-data; boundary=b",
        "Content-Length": str(21 * 1024 * 1024),
    }
    answer = service.request("POST", HERE, b"--b", headers)
    assert answer.status == 413
    assert "20 MB" in text(answer)


class Tags(HTMLParser):
    """What a page would do that no page of ours does."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.harm: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag, an attribute or an address that came from a chart."""
        given = dict(attrs)
        own = (given.get("src") or "").startswith("/static/")
        if tag in ("img", "iframe", "style") or (tag == "script" and not own):
            self.harm.append(tag)
        self.harm += [name for name in given if name.startswith("on") or name == "style"]
        address = (given.get("href") or "").strip().lower()
        if not address.startswith(("/", "#", "https://", "http://", "data:,")) and address:
            self.harm.append(address)


def test_hostile_texts_of_a_chart_are_shown_as_texts(service: Service):
    """In names, displays and narrative, with every reason open: no tag, no link, no attribute."""
    for name in ("five-emergency-visits", "family-doubled-up", "hospice"):
        chart = chart_of(service, name)
        for hostile in (*HOSTILE[:6], '" onmouseover="alert(1)', "</textarea><script>alert(1)"):
            data = json.dumps(with_texts(chart, hostile)).encode()
            for path in ("", "result"):
                assert Tags(text(post(service, path, data, open="*"))).harm == [], (name, hostile)


def test_hostile_strings_in_every_field_do_no_harm(service: Service):
    """Ids, codes, dates, references: an answer or a refusal, and never a tag of theirs."""
    chart = chart_of(service, "five-emergency-visits")
    for path in paths_of(chart)[::5]:
        changed = copy.deepcopy(chart)
        put(changed, path, "<img src=x onerror=alert(1)>' \" javascript:alert(1)")
        answer = post(service, "result", json.dumps(changed).encode(), open="*")
        assert answer.status in (200, 422), path
        assert Tags(text(answer)).harm == [], path


def test_naughty_strings_are_shown_as_strings(service: Service, ecm_test_data: Path):
    """The published list of them, a few at a time, in every text of a chart."""
    file = ecm_test_data / "09_robustness_naughty_strings/blns.json"
    naughty = json.loads(file.read_text(encoding="utf-8"))
    chart = chart_of(service, "five-emergency-visits")
    for start in range(0, len(naughty), 15):
        data = json.dumps(with_texts(chart, " ".join(naughty[start : start + 15]))).encode()
        answer = post(service, "result", data, open="*")
        assert answer.status == 200
        assert Tags(text(answer)).harm == []


def test_a_whole_population_is_answered_one_by_one(service: Service, ecm_test_data: Path):
    """615 people in eight megabytes of NDJSON: who, and then the answer."""
    files = sorted((ecm_test_data / "bulk/smart_2021_615").glob("*.ndjson"))
    data = b"".join(file.read_bytes() for file in files)
    listed = text(post(service, "result", data, asOf="2020-03-01", policyDate="2025-01-01"))
    assert "615 people" in listed
    first = listed.split('<option value="')[1].split('"')[0]
    answer = post(
        service, "result", data, asOf="2020-03-01", policyDate="2025-01-01", patient=first
    )
    assert answer.status == 200
    assert 'id="populations"' in text(answer)


def test_real_records_have_reasons_in_them(service: Service, ecm_test_data: Path):
    """Every entry that decided is found in the file, and can be shown."""
    for file in sorted((ecm_test_data / "01_synthea_smart_2021").glob("*.json"))[:12]:
        page = text(
            post(
                service,
                "result",
                file.read_bytes(),
                asOf="2020-03-01",
                policyDate="2025-01-01",
                plan="dhcs",
                open="*",
            )
        )
        assert "does not hold it under this name" not in page
