"""How the `ecm` command starts and how it ends when something goes wrong."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from adapter.cli import evaluate
from adapter.cli.main import COMMANDS, main
from tests.unit.adapter.command import ECM, EXAMPLES, ecm_installed

CHART = EXAMPLES / "01-five-emergency-visits.bundle.json"


def test_version_is_one_line() -> None:
    """`ecm --version` names the program and its version."""
    told = ecm_installed("--version")
    assert told.returncode == 0
    assert told.stdout.decode().split()[0] == "ecm"
    assert told.stdout.count(b"\n") == 1


def test_help_lists_every_command() -> None:
    """Each with what it is for."""
    told = ecm_installed("--help")
    assert told.returncode == 0
    for command in COMMANDS:
        assert f"\n    {command} " in told.stdout.decode()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard output, where a pager reads it."""
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: ecm {command}")


_LOADED_AFTER_EVALUATE = """
import sys
from adapter.cli.main import main
main(["evaluate", sys.argv[1], "--format", "json"])
print(*sorted(sys.modules), file=sys.stderr)
"""

_LOADED_BY_ADAPTER = """
import sys
before = set(sys.modules)
import adapter
assert set(sys.modules) - before == {"adapter"}, set(sys.modules) - before
"""


def test_evaluate_loads_no_web_server_and_no_colours() -> None:
    """A determination in a shell loop starts fast."""
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            _LOADED_AFTER_EVALUATE,
            CHART,
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stderr.split()
    slow = {"flask", "rich", "requests", "jsonschema", "fhir", "pydantic", "granian"}
    assert slow.isdisjoint(loaded)
    assert "eligibility.evaluate" in loaded


def test_importing_the_package_loads_nothing_else() -> None:
    """`import adapter` costs nothing to who only wants a part of it."""
    subprocess.run(
        [
            sys.executable,
            "-c",
            _LOADED_BY_ADAPTER,
        ],
        check=True,
    )


def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    """`ecm evaluate … | head -1` prints one line and no complaint."""
    with subprocess.Popen(
        [ECM, "explain", CHART], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 141


@pytest.mark.parametrize(
    "command",
    (("evaluate", CHART), ("samples",), ("policies", "check"), ("serve", "--port", "0")),
    ids=lambda command: command[0],
)
def test_a_full_disk_is_told_in_one_line(command: tuple[str, ...]) -> None:
    """The answer was made but could not be written."""
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device, not a path to handle
        told = subprocess.run([ECM, *command], stdout=full, stderr=subprocess.PIPE, check=False)
    assert told.returncode == 74
    assert told.stderr.decode() == (
        "ecm: the answer could not be written: No space left on device\n"
    )


def test_an_interrupt_ends_the_command_without_a_trace() -> None:
    """Ctrl-C while it waits for its input."""
    with subprocess.Popen(
        [ECM, "evaluate", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        time.sleep(1)
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 130
        assert running.stderr is not None
        assert b"Traceback" not in running.stderr.read()


def test_an_unforeseen_fault_tells_its_kind_and_no_patient_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 70 and one line; the fault's own words may quote a chart."""

    def fail(_options: object) -> int:
        raise ZeroDivisionError("Rosa Nguyen, born 1973-08-09")

    monkeypatch.setattr(evaluate, "run", fail)
    assert main(["evaluate", str(CHART)]) == 70
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("ecm: internal error (ZeroDivisionError); please report")
    assert "Rosa" not in told.err
