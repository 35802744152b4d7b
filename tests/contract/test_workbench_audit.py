"""The audit over HTTP: who saw whom, that looking is audited, and what was changed by hand."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.conftest import Service
from tests.contract.operated import operated, page, post, refer


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operations") / "ecm.sqlite"


@pytest.fixture(scope="module")
def running(store: Path) -> Iterator[Service]:
    with operated(store) as service:
        yield service


def test_who_saw_a_patient_is_found_and_that_somebody_looked_too(running: Service):
    somebody = refer(running)
    running.get(f"/fhir/Patient/{somebody}")
    found = post(running, "audit", "auditor", patient=somebody).body.decode()
    assert found.count(f'value="{somebody}"') > 1
    assert "read" in found
    people = post(running, "audit", "auditor", patient=somebody, view="people").body.decode()
    assert "Development" in people
    ignored = page(running, f"audit?patient={somebody}-nobody", "auditor")
    assert "No entry is like this" not in ignored
    looked = page(running, "audit?action=search&client=sandbox-auditor", "auditor")
    assert re.search(r"\d+ found", looked)
    answer = post(running, "audit/export", "auditor", patient=somebody)
    assert answer.headers["content-type"].startswith("application/fhir+ndjson")
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert lines
    assert {one["resourceType"] for one in lines} == {"AuditEvent"}


def test_the_audit_has_pages(running: Service):
    for _ in range(60):
        running.get("/fhir/Task/none")
        running.get("/fhir/Organization")
    first = page(running, "audit", "auditor")
    assert "50 entries" in first
    match = re.search(r'name="before" value="([0-9-]+)"', first)
    assert match is not None
    second = post(running, "audit", "auditor", before=match[1]).body.decode()
    assert "further back" in second
    assert post(running, "audit", "auditor", since="never").status == 422


def test_a_row_that_was_changed_by_hand_is_told_with_its_place(running: Service, store: Path):
    """The last of the module: the record is not what was written from then on."""
    answer = post(running, "audit/verify", "auditor").body.decode()
    assert "each as it was written" in answer
    match = re.search(r"<pre[^>]*>(.*?)</pre>", answer, re.DOTALL)
    assert match is not None
    note = match[1].replace("&#34;", '"').strip()
    refer(running)
    same = post(running, "audit/verify", "auditor", note=note).body.decode()
    assert "what was noted is still there" in same
    assert post(running, "audit/verify", "auditor", note="[1, 2]").status == 422
    assert "unchanged" in page(running, "", "auditor")
    with closing(sqlite3.connect(store, timeout=20)) as database:
        database.execute("UPDATE audit SET outcome = 'failed' WHERE number = 3")
        database.commit()
    found = post(running, "audit/verify", "auditor").body.decode()
    assert "1 place where the record is not what was written" in found
    assert "the entry is not what was written" in found
    assert re.search(r'<th scope="row" class="figure">3</th>', found)
