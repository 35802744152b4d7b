"""Records nobody here wrote: every file, every plan, whole answers, and the facts known of some.

The files are old, so they are judged as of their own days by the policies of 2025. A file that is
no patient's is refused by the reader's own errors and nothing else.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
import pytest

from eligibility.determination import Determination
from eligibility.evaluate import evaluate
from eligibility.facts import MemberFacts
from eligibility.logic import MET, UNKNOWN
from eligibility.model import POPULATIONS
from eligibility.packs import plans
from eligibility.report import to_json
from mappings.errors import MappingError, SeveralPatients
from mappings.inbound.bundle import read_member

POLICY_DATE = date(2025, 1, 1)
DAYS = {
    "01_synthea_smart_2021": ("2018-06-01", "2020-03-01"),
    "01b_synthea_smart_full": ("2018-06-01", "2020-03-01"),
    "02_synthea_pathling_2022": ("2022-03-01",),
    "10_pysynthea_california": ("2021-09-15", "2022-01-15"),
    "smart_2021_615": ("2020-03-01",),
    "pathling_100": ("2019-06-01",),
}
OTHERWISE = ("2025-11-01",)


def judge(facts: MemberFacts, plan: str, as_of: str) -> Determination:
    return evaluate(facts, plan=plan, as_of=date.fromisoformat(as_of), policy_date=POLICY_DATE)


def is_whole(answer: Determination) -> bool:
    """Nine populations in order, each not-met with its reason or weighed with its trace."""
    return [one.id for one in answer.populations] == list(POPULATIONS) and all(
        variant.trace is not None or variant.reason is not None
        for one in answer.populations
        for variant in one.variants
    )


def members(document: bytes) -> Iterator[MemberFacts]:
    try:
        yield read_member(document)
    except SeveralPatients:
        entries = json.loads(document).get("entry", [])
        resources = [entry.get("resource", {}) for entry in entries]
        for patient in (one for one in resources if one.get("resourceType") == "Patient"):
            yield read_member(document, patient=f"Patient/{patient['id']}")
    except MappingError:
        return


@pytest.mark.parametrize("plan", plans())
def test_every_file_is_answered_or_refused(ecm_test_data: Path, plan: str) -> None:
    """No file makes the evaluation fail, and every answer is whole."""
    answered = 0
    for file in sorted(ecm_test_data.rglob("*.json")):
        for facts in members(file.read_bytes()):
            for as_of in DAYS.get(file.parent.name, OTHERWISE):
                answer = judge(facts, plan, as_of)
                assert is_whole(answer), file.name
                answered += 1
    assert answered > 150


@cache
def exported(folder: Path) -> dict[str, bytes]:
    """The lines of each patient of a bulk export, as NDJSON, by patient id."""
    lines: dict[str, list[bytes]] = defaultdict(list)
    for file in sorted(folder.glob("*.ndjson")):
        for line in file.read_bytes().splitlines():
            resource = json.loads(line)
            owner = resource.get("subject", resource.get("patient", {})).get("reference", "")
            id = resource["id"] if resource["resourceType"] == "Patient" else owner.split("/")[-1]
            lines[id].append(line)
    return {id: b"\n".join(found) for id, found in lines.items()}


@pytest.mark.parametrize(("export", "patients"), (("smart_2021_615", 615), ("pathling_100", 100)))
def test_every_exported_patient_is_answered_for_every_plan(
    ecm_test_data: Path, export: str, patients: int
) -> None:
    """Bulk NDJSON, one patient at a time: every plan answers in whole."""
    everybody = exported(ecm_test_data / "bulk" / export)
    assert len(everybody) >= patients
    for lines in everybody.values():
        facts = read_member(lines)
        for plan in plans():
            assert is_whole(judge(facts, plan, DAYS[export][0]))


def test_bundle_prefetch_and_ndjson_give_the_same_bytes(ecm_test_data: Path) -> None:
    """The same resources give the same answer however they are handed over, in any order."""
    for file in sorted((ecm_test_data / "10_pysynthea_california").glob("*.json")):
        bundle = json.loads(file.read_bytes())
        shapes = (
            file.read_bytes(),
            json.dumps({**bundle, "entry": bundle["entry"][::-1]}).encode(),
            b"\n".join(
                msgspec.json.encode({"resourceType": "Bundle", "entry": [entry]})
                for entry in bundle["entry"]
            ),
            json.dumps(
                {"hook": "patient-view", "context": {}, "prefetch": {"all": bundle}}
            ).encode(),
        )
        answers = {
            to_json(judge(read_member(shape), "partnership", "2022-01-15")) for shape in shapes
        }
        assert len(answers) == 1, file.name


def facts_of(folder: Path, name: str) -> MemberFacts:
    (file,) = folder.rglob(f"{name}*.json")
    return read_member(file.read_bytes())


def emergency_count(answer: Determination, variant: str) -> int:
    """The highest number of emergency visits found in one window."""
    trace = next(
        one.trace for one in answer.populations[1].variants if one.policy.variant == variant
    )
    assert trace is not None
    (node,) = trace.named(("ed-visits",))
    assert node.finding is not None
    return len(node.finding.evidence)


def test_five_visits_in_six_months_and_four_the_day_before(ecm_test_data: Path) -> None:
    """The fifth visit, late in the evening by UTC, is dated by the member's own calendar."""
    isaiah = facts_of(ecm_test_data, "Isaiah_Schaden")
    variant = (
        "child-youth"
        if judge(isaiah, "partnership", "2020-03-01").populations[1].variants[0].reason
        else "adult"
    )
    assert emergency_count(judge(isaiah, "partnership", "2020-03-01"), variant) >= 5
    before = emergency_count(judge(isaiah, "partnership", "2020-02-19"), variant)
    after = emergency_count(judge(isaiah, "partnership", "2020-02-20"), variant)
    assert after == before + 1


def test_three_stays_in_six_months(ecm_test_data: Path) -> None:
    """Three stays nobody has judged make avoidable use possible, not met."""
    stays = facts_of(ecm_test_data, "Bradly_Douglas")
    answer = judge(stays, "partnership", "2018-06-01").populations[1]
    assert answer.outcome is not MET
    assert answer.possible


def test_pregnancies_left_open_are_over(ecm_test_data: Path) -> None:
    """A pregnancy nobody closed is no longer current ten months after it was recorded."""
    stale = 0
    for lines in exported(ecm_test_data / "bulk" / "smart_2021_615").values():
        facts = read_member(lines)
        signs = facts.signs.get("pregnancy", ())
        if not any(one.active and one.ended is None for one in signs):
            continue
        if any(one.on is None or one.on.last >= date(2019, 5, 1) for one in signs):
            continue
        stale += 1
        (trace,) = (
            variant.trace
            for variant in judge(facts, "partnership", "2020-03-01").populations[8].variants
        )
        assert trace is not None
        (node,) = trace.named(("pregnant",))
        assert node.outcome is not MET
    assert stale


def test_an_overdose_is_no_substance_use_disorder(ecm_test_data: Path) -> None:
    """An event of overdose alone never stands for the disorder."""
    with_overdose = [
        facts
        for lines in exported(ecm_test_data / "bulk" / "smart_2021_615").values()
        if (facts := read_member(lines)).signs.get("overdose")
    ]
    assert with_overdose
    for facts in with_overdose:
        overdoses = {sign.ref for sign in facts.signs["overdose"]}
        disorders = {sign.ref for sign in facts.signs.get("substance-use-disorder", ())}
        assert not overdoses & disorders


def test_visits_after_the_day_are_not_counted(ecm_test_data: Path) -> None:
    """The readmission sets run into 2027; as of 2025 what lies ahead leaves no evidence."""
    for file in sorted(ecm_test_data.glob("07_ecqm_*/*.json")):
        for facts in members(file.read_bytes()):
            ahead = {
                visit.ref
                for visit in facts.visits
                if visit.start is not None and visit.start.first > date(2025, 11, 1)
            }
            shown = to_json(judge(facts, "dhcs", "2025-11-01")).decode()
            assert not [ref for ref in ahead if f'"{ref}"' in shown]


def test_coded_homelessness_makes_californians_possible(ecm_test_data: Path) -> None:
    """On a day between onset and end a code says homeless; a person must say the rest."""
    for name, as_of in (("Isidro_Kuphal", "2021-09-15"), ("Sidney_Donnelly", "2022-01-15")):
        answer = judge(facts_of(ecm_test_data, name), "dhcs", as_of)
        assert answer.populations[0].outcome is UNKNOWN
        assert answer.populations[0].possible, name
