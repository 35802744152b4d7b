"""`ecm profiles`: a package to publish, and faults as whoever writes resources reads them."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

import profiles
from profiles.package import NAME, VERSION, files
from tests.unit.adapter.command import ecm

EXAMPLES = Path(profiles.__file__).parent / "definitions" / "examples"
SENT = EXAMPLES / "example-task-sent.json"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A Task that was returned without a reason, and without a day on which it is due."""
    task = json.loads(SENT.read_bytes())
    task["status"] = "on-hold"
    path = tmp_path / "task.json"
    path.write_text(json.dumps(task), encoding="utf-8")
    return path


def test_export_writes_the_package_and_its_archive(tmp_path):
    ran = ecm("profiles", "export", tmp_path / "out")
    assert (ran.returncode, ran.stderr) == (0, b"")
    packed = tmp_path / "out" / f"{NAME}-{VERSION}.tgz"
    assert str(packed) in ran.stdout.decode()
    for name, content in files().items():
        assert (tmp_path / "out" / name).read_bytes() == content
    with tarfile.open(packed) as tar:
        assert tar.getnames() == list(files())


def test_export_publishes_under_the_base_of_the_deployment(tmp_path):
    ecm("profiles", "export", tmp_path, "--base", "https://plan.example/fhir/")
    manifest = json.loads((tmp_path / "package" / "package.json").read_bytes())
    assert manifest["canonical"] == "https://plan.example/fhir"


def test_export_does_not_write_over_a_package(tmp_path):
    (tmp_path / "package").mkdir()
    ran = ecm("profiles", "export", tmp_path)
    assert ran.returncode == 2
    assert "holds a package already; name another folder, or remove it" in ran.stderr.decode()


@pytest.mark.parametrize(
    "base", ("plan.example", "ftp://e.org/x", 'https://e.org/"x', "https://e.org?a=b")
)
def test_a_base_that_is_no_address_is_refused(tmp_path, base):
    ran = ecm("profiles", "export", tmp_path, "--base", base)
    assert ran.returncode == 2
    assert "is not a base" in ran.stderr.decode()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    ran = ecm("profiles", "export", tmp_path / "file" / "out")
    assert ran.returncode == 2
    assert "name a folder that can be written" in ran.stderr.decode()


def test_check_says_that_nothing_is_wrong():
    ran = ecm("profiles", "check", SENT, EXAMPLES / "example-transaction.json", "--warnings")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"2 files, no faults\n", b"")


def test_check_tells_each_fault_with_its_place_rule_and_remedy(broken):
    ran = ecm("profiles", "check", broken)
    assert (ran.returncode, ran.stdout) == (2, b"")
    fault, count = ran.stderr.decode().splitlines()
    assert fault == (
        f"{broken}: Task: breaks the rule: A Task that is rejected, cancelled, on hold or "
        "failed says why. (ecm-referral-task ecm-task-1). Give statusReason with text, and a "
        "coding of ecm-referral-status-reason."
    )
    assert count == "1 file, 1 fault"


def test_check_with_warnings_tells_what_is_advised_and_counts_it_as_no_fault():
    task = json.loads(SENT.read_bytes())
    del task["restriction"]
    ran = ecm("profiles", "check", "-", "--warnings", stdin=json.dumps(task).encode())
    assert (ran.returncode, ran.stdout) == (0, b"1 file, no faults\n")
    assert ran.stderr.startswith(b"standard input: warning: Task: breaks the rule: A live Task")


def test_check_reads_xml():
    patient = b'<Patient xmlns="http://hl7.org/fhir"><gender value="x"/></Patient>'
    ran = ecm("profiles", "check", "-", stdin=patient)
    assert ran.returncode == 2
    assert b"standard input: Patient.gender: has a code that its required value set" in ran.stderr


@pytest.mark.parametrize("content", (b"", b"{", b"[]", b'{"a": 1, "a": 2}', b"<Patient", b"\x00"))
def test_what_is_no_resource_is_told_in_one_line(content):
    ran = ecm("profiles", "check", "-", stdin=content)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr.count(b"\n") == 1
    assert b"standard input" in ran.stderr


def test_a_file_that_is_not_there_is_told():
    ran = ecm("profiles", "check", "no-such-file.json")
    assert ran.returncode == 2
    assert b"no-such-file.json: No such file" in ran.stderr
