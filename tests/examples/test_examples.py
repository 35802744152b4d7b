"""The worked examples of the input and output contract, and our own, asked of the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapter.cli.main import main

HERE = Path(__file__).parent
EXAMPLES = sorted(HERE.glob("*/*.expected.json"))


def arguments(expected: dict[str, Any], folder: Path) -> list[str]:
    """The command line of an example."""
    given = [
        str(folder / expected["bundle"]),
        "--plan",
        expected["plan"],
        "--as-of",
        expected["asOf"],
    ]
    if "policyDate" in expected:
        given += ["--policy-date", expected["policyDate"]]
    for declared in expected["complete"]:
        given += ["--complete", declared]
    return given


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_is_answered_as_expected(
    path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Every field that the example is about has the expected value."""
    example: dict[str, Any] = json.loads(path.read_bytes())
    assert main(["evaluate", *arguments(example, path.parent), "--format", "json"]) == 0
    answer = json.loads(capsysbinary.readouterr().out)
    assert said(answer, example["expect"]) == example["expect"]


def said(answer: dict[str, Any], expect: dict[str, Any]) -> dict[str, Any]:
    """What the answer says of the fields that are expected, in the shape of `expect`."""
    by_id = {one["id"]: one for one in answer["populations"]}
    exclusions = {one["id"]: one for one in answer["exclusions"]}
    overlays = {one["id"]: one["outcome"] for one in answer["overlays"]}
    fields: dict[str, Any] = {
        "status": answer["status"],
        "membership": answer["membership"]["outcome"],
        "policyDate": answer.get("policyDate"),
        "issues": bool(answer["issues"]),
        "discretionaryReview": answer["discretionaryReview"],
        "narrower": [one["population"] for one in answer["planNarrowerThanState"]],
        "populations": {id: one["outcome"] for id, one in by_id.items()},
        "possible": {id: one["possible"] for id, one in by_id.items()},
        "missing": {
            id: any(each["outcome"] == "unknown" and each["missing"] for each in one["variants"])
            for id, one in by_id.items()
        },
        "overlays": overlays,
    }
    found: dict[str, Any] = {}
    for name, wanted in expect.items():
        if name == "exclusions":
            found[name] = {id: _like(exclusions[id], one) for id, one in wanted.items()}
        elif name == "flags":
            found[name] = {id: _flags(by_id[id], one) for id, one in wanted.items()}
        elif isinstance(wanted, dict):
            found[name] = {key: fields[name][key] for key in wanted}
        else:
            found[name] = fields[name]
    return found


def _like(exclusion: dict[str, Any], wanted: object) -> object:
    if isinstance(wanted, dict):
        return {key: exclusion[key] for key in wanted}
    return exclusion["outcome"]


def _flags(population: dict[str, Any], wanted: dict[str, bool]) -> dict[str, bool]:
    raised = {flag for variant in population["variants"] for flag in variant["flags"]}
    return {flag: flag in raised for flag in wanted}
