"""`ecm evaluate` as its user meets it: formats, streaming, and answers that never change."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.unit.adapter.command import (
    ECM,
    EXAMPLES,
    FIVE_VISITS,
    TERMINAL,
    avoidable,
    bundle,
    ecm,
    ecm_installed,
    emergency_visit,
    ndjson,
    patient,
    read_terminal,
)

CHARTS = sorted(EXAMPLES.glob("*.bundle.json"))
SCHEMA = json.loads(Path(__file__).with_name("evaluate-output.schema.json").read_bytes())
ASKED = ("--plan", "partnership", "--as-of", "2025-05-10")


def answer(*arguments: str | Path, stdin: bytes = b"") -> dict[str, Any]:
    """The JSON object that the command prints."""
    told = ecm("evaluate", *arguments, "--format", "json", stdin=stdin)
    assert told.returncode == 0, told.stderr.decode()
    read: dict[str, Any] = json.loads(told.stdout)
    return read


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {one["id"]: one["outcome"] for one in report["populations"]}


@pytest.mark.parametrize("chart", CHARTS[::3], ids=lambda path: path.name[:2])
def test_json_has_the_shape_of_the_contract(chart: Path) -> None:
    """Nine populations in order, and nothing null but a count that is open upwards."""
    report = answer(chart, *ASKED)
    jsonschema.validate(report, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert [one["number"] for one in report["populations"]] == list(range(1, 10))
    assert set(_paths_of_null(report)) <= {"count.high"}


def _paths_of_null(value: Any, path: str = "") -> list[str]:
    if value is None:
        return [".".join(path.split(".")[-2:])]
    if isinstance(value, dict):
        return [one for key, each in value.items() for one in _paths_of_null(each, f"{path}.{key}")]
    if isinstance(value, list):
        return [one for each in value for one in _paths_of_null(each, path)]
    return []


def test_the_policy_date_is_told_only_where_it_was_given() -> None:
    """`policyDate` marks a retrospective answer."""
    chart = CHARTS[0]
    assert "policyDate" not in answer(chart, *ASKED)
    assert answer(chart, *ASKED, "--policy-date", "2025-05-10")["policyDate"] == "2025-05-10"


@pytest.mark.parametrize("form", ("text", "json", "fhir"))
def test_the_same_input_gives_the_same_bytes(form: str) -> None:
    """Twice the same question, and once with the entries in reverse order."""
    chart = EXAMPLES / "02-undecided-visits.bundle.json"
    turned = json.loads(chart.read_bytes())
    turned["entry"].reverse()
    asked = ("evaluate", "-", *ASKED, "--format", form)
    first, second = (ecm_installed(*asked, stdin=chart.read_bytes()).stdout for _ in range(2))
    assert first == second
    assert first == ecm(*asked, stdin=json.dumps(turned).encode()).stdout


def test_without_a_plan_the_coverage_names_it() -> None:
    """Without Coverage the state's text answers."""
    assert answer(CHARTS[0], "--as-of", "2025-05-10")["plan"] == "partnership"
    assert answer("-", "--as-of", "2025-05-10", stdin=bundle(patient()))["plan"] == "dhcs"


def test_without_a_day_the_question_is_about_today() -> None:
    """The day is one in California."""
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", answer("-", stdin=bundle(patient()))["asOf"])


def test_a_day_to_come_may_be_asked_about() -> None:
    """A referral can be prepared ahead."""
    assert answer("-", "--as-of", "2090-01-01", stdin=bundle(patient()))["asOf"] == "2090-01-01"


@pytest.mark.parametrize(
    "stdin",
    (
        bundle(*FIVE_VISITS),
        ndjson(*FIVE_VISITS),
        b"\xef\xbb\xbf" + ndjson(*FIVE_VISITS),
        b"\n\n" + ndjson(*FIVE_VISITS).replace(b"\n", b"\r\n\r\n"),
        json.dumps(
            {
                "hook": "patient-view",
                "hookInstance": "9a5dd5ae-fe9c-4d1a-a0a3-0a0ee6f8d3f2",
                "context": {"patientId": "p1", "userId": "Practitioner/x"},
                "prefetch": {
                    "patient": FIVE_VISITS[0],
                    "rest": json.loads(bundle(*FIVE_VISITS[1:])),
                },
            },
            indent=1,
        ).encode(),
    ),
    ids=("bundle", "ndjson", "byte order mark", "blank lines", "cds-hooks"),
)
def test_bundle_ndjson_and_cds_hooks_request_give_the_same_answer(stdin: bytes) -> None:
    """Five avoidable visits are five however they are handed over."""
    report = answer("-", *ASKED, stdin=stdin)
    assert outcomes(report)["avoidable-utilization"] == "met"
    assert report["issues"] == answer("-", *ASKED, stdin=bundle(*FIVE_VISITS))["issues"]


def test_of_many_patients_in_ndjson_one_is_read() -> None:
    """The others' lines are passed over and counted, as resources of a Bundle would be."""
    others = [patient("p2"), emergency_visit("x1", "2025-01-03", of="p2"), avoidable("x2", of="p2")]
    lines = ndjson(*others, *FIVE_VISITS)
    first = answer("-", *ASKED, "--patient", "Patient/p1", stdin=lines)
    second = answer("-", *ASKED, "--patient", "Patient/p2", stdin=lines)
    assert first["member"] == "Patient/p1"
    assert outcomes(first)["avoidable-utilization"] == "met"
    assert outcomes(second)["avoidable-utilization"] == "unknown"
    bundled = bundle(*others, *FIVE_VISITS)
    assert first == answer("-", *ASKED, "--patient", "Patient/p1", stdin=bundled)
    assert any(one["code"] == "other-patient" for one in first["issues"])


#: The peak is this program's own: `ru_maxrss` would begin with that of the test run that forked it.
_PEAK = """
import sys
from pathlib import Path
from adapter.cli.main import main
code = main(sys.argv[1:])
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")),
      file=sys.stderr)
sys.exit(code)
"""


def big_export(folder: Path, megabytes: int) -> Path:
    """One member's lines before many lines about somebody else."""
    line = json.dumps(emergency_visit("x", "2025-01-03", of="p2") | {"text": "n" * 10_000}) + "\n"
    export = folder / "export.ndjson"
    with export.open("w") as file:
        file.write(ndjson(*FIVE_VISITS).decode())
        for _ in range(megabytes * 100):
            file.write(line)
    return export


def test_a_population_in_ndjson_needs_the_memory_of_one_member(tmp_path: Path) -> None:
    """120 MB of others' lines are read within 80 MB, program included."""
    export = str(big_export(tmp_path, 120))
    asked = ["evaluate", export, *ASKED, "--patient", "Patient/p1", "--format", "json"]
    told = subprocess.run([sys.executable, "-c", _PEAK, *asked], capture_output=True, check=True)
    assert outcomes(json.loads(told.stdout))["avoidable-utilization"] == "met"
    assert int(told.stderr) < 80_000


def test_a_person_sees_how_far_a_big_input_is_read(tmp_path: Path) -> None:
    """On standard error; standard output holds the answer alone."""
    export = str(big_export(tmp_path, 6))
    asked = ["evaluate", export, *ASKED, "--patient", "Patient/p1", "--format", "json"]
    ours, theirs = pty.openpty()
    told = tmp_path / "answer.json"
    with (
        told.open("wb") as file,
        subprocess.Popen([ECM, *asked], stdout=file, stderr=theirs, env=TERMINAL) as running,
    ):
        os.close(theirs)
        shown = read_terminal(ours)
        assert running.wait() == 0
    assert json.loads(told.read_bytes())["member"] == "Patient/p1"
    assert "reading" in shown
    assert "MB" in shown
