"""What cannot be used ends with exit code 2 and one line that says what to do."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.unit.adapter.command import EXAMPLES, bundle, ecm, emergency_visit, ndjson, patient

GOOD = bundle(patient())
CHART = str(EXAMPLES / "01-five-emergency-visits.bundle.json")

INPUTS = {
    "nothing": (b"", "empty"),
    "only blanks": (b" \n\n  \n", "empty"),
    "not JSON": (b"Dear colleague,\n", "not JSON"),
    "JSON cut short": (GOOD[:-20], "not JSON"),
    "binary": (b"\x00\x01\xff\xfe\x80" * 99, "not JSON"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "iconv"),
    "compressed": (gzip.compress(GOOD), "zcat"),
    "nested without end": (b"[" * 200_000, "JSON"),
    "a number": (b"42\n", "FHIR"),
    "an array of numbers": (b"[1, 2]\n", "FHIR"),
    "no FHIR": (b'{"hello": "world"}\n', "resourceType"),
    "an empty Bundle": (b'{"resourceType": "Bundle", "type": "collection"}', "no resource"),
    "no Patient": (bundle(emergency_visit("e1", "2025-01-01")), "Patient"),
    "several Patients": (bundle(patient("p1"), patient("p2")), "--patient"),
    "several Patients in NDJSON": (ndjson(patient("p1"), patient("p2")), "--patient"),
    "a line that is no JSON": (ndjson(patient(), patient()) + b"{oops}\n", "line 3"),
}

ARGUMENTS = {
    "unknown plan": (["--plan", "kaiser"], "partnership"),
    "as-of is no day": (["--as-of", "yesterday"], "YYYY-MM-DD"),
    "as-of is a loose date": (["--as-of", "2025-2-1"], "YYYY-MM-DD"),
    "as-of is in no calendar": (["--as-of", "2025-02-30"], "calendar"),
    "as-of in other digits": (["--as-of", "\uff12\uff10\uff12\uff15-01-01"], "YYYY-MM-DD"),
    "as-of before ECM": (["--as-of", "2021-12-31"], "--policy-date"),
    "policy date before ECM": (["--policy-date", "2021-12-31"], "2022-01-01"),
    "as-of twice": (["--as-of", "2025-01-01", "--as-of", "2025-01-02"], "twice"),
    "plan twice": (["--plan", "dhcs", "--plan", "anthem"], "twice"),
    "format twice": (["--format", "json", "--format", "fhir"], "twice"),
    "patient is no reference": (["--patient", "p1"], "Patient/ID"),
    "patient is another resource": (["--patient", "Encounter/e1"], "Patient/ID"),
    "patient is not there": (["--patient", "Patient/nobody"], "--patient"),
    "unknown source": (["--complete", "visits=2024-01-01..2025-01-01"], "encounters"),
    "no range": (["--complete", "encounters"], "SOURCE=FROM..TO"),
    "one day only": (["--complete", "encounters=2024-01-01"], "SOURCE=FROM..TO"),
    "range without end": (["--complete", "encounters=2024-01-01.."], "YYYY-MM-DD"),
    "range turned round": (["--complete", "encounters=2025-01-01..2024-01-01"], "earlier"),
    "unknown format": (["--format", "pdf"], "json"),
    "unknown option": (["--colour"], "--colour"),
    "shortened option": (["--pat", "Patient/p1"], "--pat"),
    "two files": (["other.json"], "other.json"),
    "option without its value": (["--plan"], "--plan"),
}

COMMANDS = {
    "no command": ([], "COMMAND"),
    "unknown command": (["assess"], "evaluate"),
    "no file": (["evaluate"], "FILE"),
    "missing file": (["evaluate", "no-such-file.json"], "No such file"),
    "a folder": (["evaluate", "."], "directory"),
    "unknown population": (["explain", CHART, "--population", "10"], "birth-equity"),
    "line breaks in an argument": (["evaluate", "a\nb\x1b[31m"], "No such file"),
}


def refused(*arguments: str | Path, stdin: bytes = b"") -> str:
    """The one line with which the command refuses."""
    answer = ecm(*arguments, stdin=stdin)
    told = answer.stderr.decode()
    assert answer.returncode == 2, told
    assert answer.stdout == b""
    assert told.startswith("ecm: ")
    assert told.endswith("\n")
    assert told.count("\n") == 1, told
    assert "Traceback" not in told
    assert "\x1b" not in told
    return told


@pytest.mark.parametrize("case", INPUTS)
def test_an_input_that_cannot_be_used_is_refused_in_one_line(case: str) -> None:
    """Nothing on standard output, so that no pipeline takes a fault for an answer."""
    stdin, says = INPUTS[case]
    assert says in refused("evaluate", "-", "--as-of", "2025-05-10", stdin=stdin)


@pytest.mark.parametrize("case", ARGUMENTS)
def test_arguments_that_cannot_be_used_are_refused_in_one_line(case: str) -> None:
    """The line names what would have been right."""
    arguments, says = ARGUMENTS[case]
    assert says in refused("evaluate", CHART, *arguments)


@pytest.mark.parametrize("case", COMMANDS)
def test_commands_that_cannot_be_used_are_refused_in_one_line(case: str) -> None:
    """A mistyped command is told like any other mistake."""
    arguments, says = COMMANDS[case]
    assert says in refused(*arguments)


def test_a_patient_no_line_is_about_is_refused() -> None:
    """The others' ids are nobody's business."""
    told = refused(
        "evaluate", "-", "--patient", "Patient/p9", stdin=ndjson(patient(), patient("p2"))
    )
    assert told.startswith("ecm: no line is about Patient/p9")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    """The line names the file."""
    chart = tmp_path / "chart.json"
    chart.write_bytes(GOOD)
    chart.chmod(0)
    try:
        chart.read_bytes()
    except PermissionError:
        assert "Permission denied" in refused("evaluate", chart)
    else:
        pytest.skip("this user may read everything")


def test_no_word_of_the_data_is_repeated() -> None:
    """A name in a file that is not JSON does not reach the logs."""
    told = refused("evaluate", "-", stdin=b'{"name": "Rosa Nguyen" "birthDate": "1973-08-09"}')
    assert "Rosa" not in told
    assert "1973" not in told
