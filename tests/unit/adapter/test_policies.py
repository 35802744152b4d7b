"""`ecm policies`: what a policy owner reads, and how faults are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapter.cli.main import main

FAULTS = Path(__file__).parents[1] / "eligibility" / "load" / "faults"


@pytest.fixture
def ecm(capfd, monkeypatch):
    """Runs `ecm policies …`: exit code, standard output, standard error."""
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main(["policies", *map(str, arguments)])
        told = capfd.readouterr()
        return code, told.out, told.err

    return run


def test_list_has_every_file_with_its_days_version_and_source(ecm):
    code, out, err = ecm("list", "--plan", "partnership")
    assert (code, err) == (0, "")
    (line,) = (line for line in out.splitlines() if "homelessness/adult" in line and "to" in line)
    assert "1 homelessness/adult" in line
    assert "2022-01-01 to 2023-06-30" in line
    assert "2024-11-13" in line
    assert "VI.A.4.a" in line


def test_list_as_of_a_day_has_what_is_in_force_on_it(ecm):
    _, out, _ = ecm("list", "--plan", "partnership", "--as-of", "2023-06-30", "--format", "json")
    found = json.loads(out)
    assert found["asOf"] == "2023-06-30"
    assert [one["file"] for one in found["policies"] if one["population"]["number"] == 1] == [
        "partnership/homelessness-adult-2022.yaml"
    ]


def test_list_as_json_has_an_overlay_without_a_number_and_an_open_end_as_null(ecm):
    _, out, _ = ecm("list", "--plan", "partnership", "--format", "json")
    overlay = json.loads(out)["policies"][-1]
    assert overlay["population"] == {"id": "idd", "number": None}
    assert overlay["inForce"]["last"] is None


def test_history_before_ecm_began_is_listed(ecm):
    code, out, _ = ecm("list", "--as-of", "2021-06-01")
    assert code == 0
    assert "homelessness/all-ages" in out


def test_show_tells_a_rule_with_its_numbers_section_and_readings(ecm):
    code, out, err = ecm("show", "partnership/avoidable-utilization/adult")
    assert (code, err) == (0, "")
    assert "at least 5 visits; within 6 months; in the last 12 months" in out
    assert "[VI.A.4.c.1]" in out
    assert "ed_visits = 5 visits · from 2022-01-01" in out
    assert "Effect: Four emergency visits and two stays are not met." in out


def test_show_takes_a_population_by_its_number(ecm):
    assert ecm("show", "partnership/2")[1] == ecm("show", "partnership/avoidable-utilization")[1]


def test_show_of_a_plan_has_exclusions_with_their_kinds(ecm):
    _, out, _ = ecm("show", "partnership", "--as-of", "2025-01-01")
    assert "Hospice (hospice): excluded, excludes ECM" in out
    assert "Open questions for a policy owner" in out


def test_show_of_a_day_leaves_out_what_is_not_in_force(ecm):
    _, out, _ = ecm("show", "partnership/homelessness", "--as-of", "2023-06-30")
    assert "2022-01-01 to 2023-06-30" in out
    assert "from 2023-07-01" not in out


def test_show_says_so_when_nothing_is_in_force(ecm):
    code, out, _ = ecm("show", "partnership/ccs", "--as-of", "2023-06-30")
    assert (code, out) == (0, "Nothing of partnership/ccs is in force on 2023-06-30.\n")


def test_the_shipped_policies_have_no_faults_with_the_shipped_codes(ecm):
    code, out, err = ecm("check")
    assert (code, err) == (0, "")
    assert out.endswith(" files, no faults\n")


def test_check_tells_each_fault_on_a_line_with_file_line_and_remedy(ecm):
    code, out, err = ecm("check", FAULTS / "two-texts-at-once")
    assert (code, out) == (2, "")
    fault, count = err.splitlines()
    assert "partnership/smi-sud-adult.yaml:6: " in fault
    assert fault.endswith("End the earlier one the day before the later begins.")
    assert count == "3 files, 1 fault"


def test_check_of_a_folder_without_policies_is_not_a_success(ecm, tmp_path):
    code, out, err = ecm("check", tmp_path)
    assert (code, out) == (2, "")
    assert "no policy file" in err


def test_diff_of_two_plans_tells_both_values_with_both_sources(ecm):
    code, out, err = ecm("diff", "anthem", "partnership", "--as-of", "2025-01-01")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.endswith("– avoidable:"))
    assert lines[at + 1].strip() == "< not said"
    assert lines[at + 2].strip().startswith("> yes")
    assert "VI.A.4.c.2]" in lines[at + 2]


def test_diff_of_two_days_tells_the_exclusion_whose_kind_changed(ecm):
    _, out, _ = ecm(
        "diff", "partnership", "--as-of", "2024-06-30", "--as-of", "2024-07-01", "--format", "json"
    )
    found = json.loads(out)
    assert found["left"] == {"plan": "partnership", "asOf": "2024-06-30"}
    (tcm,) = found["exclusions"]
    assert (tcm["left"]["value"], tcm["right"]["value"]) == ("wrap", "excluded")


def test_diff_of_a_plan_with_itself_says_so(ecm):
    assert "They say the same." in ecm("diff", "dhcs", "dhcs")[1]


@pytest.mark.parametrize(
    "arguments",
    (
        (),
        ("list", "--plan", "kaiser"),
        ("list", "--as-of", "2025-02-30"),
        ("list", "--format", "xml"),
        ("show",),
        ("show", "kaiser"),
        ("show", "partnership/nothing"),
        ("show", "partnership/smi-sud/adult/more"),
        ("show", "../partnership"),
        ("diff", "partnership"),
        ("diff", "partnership", "anthem", "dhcs"),
        ("diff", "partnership", "--as-of", "2025-01-01"),
        ("diff", "partnership", "anthem", "--as-of", "2024-01-01", "--as-of", "2025-01-01"),
    ),
)
def test_what_cannot_be_asked_is_one_line_on_standard_error_and_exit_code_2(ecm, arguments):
    code, out, err = ecm(*arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
