"""What a person reads: the screen of `ecm evaluate` and the trace of `ecm explain`."""

from __future__ import annotations

import os
import pty
import re
import subprocess

import pytest

from tests.unit.adapter.command import ECM, EXAMPLES, TERMINAL, ecm, ecm_installed, read_terminal

UNDECIDED = EXAMPLES / "02-undecided-visits.bundle.json"
ASKED = ("--plan", "partnership", "--as-of", "2025-05-10")


def test_text_shows_nine_populations_and_points_to_explain() -> None:
    """One screen, with a mark for each population."""
    told = ecm("evaluate", UNDECIDED, *ASKED).stdout.decode()
    assert len(re.findall(r"^  [●◐○?] \d ", told, re.MULTILINE)) == 9
    assert "◐ 2 Avoidable hospital or emergency use" in told
    assert "Possibly eligible" in told
    assert "\x1b" not in told


def test_text_ends_with_the_command_that_explains_the_same_question() -> None:
    """Options included; standard input is gone by then, so FILE stands for it."""
    options = (*ASKED, "--complete", "encounters=2024-05-10..2025-05-10")
    told = ecm("evaluate", UNDECIDED, *options).stdout.decode()
    assert told.splitlines()[-1] == f"ecm explain {UNDECIDED} {' '.join(options)} for the reasons"
    told = ecm("evaluate", "-", stdin=UNDECIDED.read_bytes()).stdout.decode()
    assert told.splitlines()[-1] == "ecm explain FILE for the reasons"


def test_text_does_without_characters_the_terminal_lacks() -> None:
    """An ASCII terminal gets ASCII."""
    told = ecm_installed("evaluate", UNDECIDED, *ASKED, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert told.returncode == 0
    assert "~ 2 Avoidable hospital" in told.stdout.decode("ascii")


def test_explain_shows_each_rule_with_source_evidence_and_question() -> None:
    """What is asked to be shown, and nothing else."""
    told = ecm("explain", UNDECIDED, *ASKED, "--population", "2").stdout.decode()
    assert "[VI.A.4.c.1]" in told
    assert "Missing: Could the visit of" in told
    assert "Evidence: Encounter/" in told
    assert "look-back: " in told
    assert "Homelessness" not in told
    assert (
        told
        == ecm(
            "explain", UNDECIDED, *ASKED, "--population", "avoidable-utilization"
        ).stdout.decode()
    )


def test_explain_shows_every_population_and_exclusion_by_default() -> None:
    """Each of the nine with its id, and the exclusions."""
    told = ecm(
        "explain", EXAMPLES / "14-hospice.bundle.json", "--plan", "partnership"
    ).stdout.decode()
    assert len(re.findall(r"^[●◐○?] \d .* \([a-z-]+\): ", told, re.MULTILINE)) == 9
    assert "Exclusions and competing programs" in told


@pytest.mark.parametrize(("colour", "coloured"), (({}, True), ({"NO_COLOR": "1"}, False)))
def test_a_terminal_gets_colour_and_its_own_width(
    colour: dict[str, str], *, coloured: bool
) -> None:
    """Unless NO_COLOR is set."""
    told = _on_a_terminal("explain", str(UNDECIDED), *ASKED, environment=colour)
    assert ("\x1b[1;32m" in told or "\x1b[1;33m" in told) is coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", told)
    assert max(map(len, plain.splitlines())) <= 60


def _on_a_terminal(*arguments: str, environment: dict[str, str]) -> str:
    """What the command writes to a terminal of sixty columns."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([ECM, *arguments], stdout=theirs, env=TERMINAL | environment) as running:
        os.close(theirs)
        shown = read_terminal(ours)
        assert running.wait() == 0
    return shown
