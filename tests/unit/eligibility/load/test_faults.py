"""Each broken file in `faults/` is named after its fault; the faulty line ends in `# <- here`.

The messages are part of what this project offers: whoever writes a policy reads nothing else.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.load.checks import check
from eligibility.load.folder import read_file
from eligibility.load.vocabulary import Vocabulary
from eligibility.model import Document

FAULTS = Path(__file__).parent / "faults"
MARK = "# <- here"

DOCUMENTS = {
    "mccp2032": Document(
        key="mccp2032", title="A policy", publisher="A plan", date="2024-11-13", status="primary"
    )
}
VOCABULARY = Vocabulary(
    attestations={
        "complex-need": "boolean",
        "cannot-self-manage": "boolean",
        "ace-score": "integer",
    },
    programs={"smhs", "hospice", "foster-care"},
    concepts={"idd"},
)

#: File, what was found, what to do.
EXPECTED = (
    ("not-yaml", "this is not YAML", "correct the line"),
    ("not-one-document", "found another document", "correct the line"),
    ("empty", "the file is empty", "write it, or remove the file"),
    ("duplicate-key", "key 'title' is given twice, first on line 3", "keep one"),
    ("alias", "an alias to this node", "write it out"),
    ("unknown-key", "unknown key 'titel' in the policy", "did you mean 'title'?"),
    ("missing-key", "the policy has no 'title'", "add `title:`"),
    ("wrong-type", "title is a list, not a text", "write it"),
    ("not-an-id", "id is 'complex need', not an id", "lower-case words joined by hyphens"),
    ("unknown-document", "document 'mccp2033' is not listed", "list it there"),
    ("source-without-section", "the source has no 'section'", "add `section:`"),
    ("criterion-without-source", "a criterion has no source", "add `section:`"),
    ("source-and-section", "both a source and a section", "keep `section`"),
    ("unknown-population", "unknown population 'smi'", "use one of: homelessness,"),
    ("policy-in-another-folder", "does not agree with the file's place", "move it to anthem/"),
    ("policy-in-another-file", "does not agree", "partnership/smi-sud-child-youth.yaml"),
    ("policy-without-variant", "not an id", "<plan>/<population>/<variant>"),
    ("unknown-test-kind", "unknown test kind 'facts'", "did you mean 'fact'?"),
    ("two-tests", "a criterion has 2 tests", "make a group of criteria"),
    ("unknown-test-option", "unknown key 'meet' in test 'fact'", "did you mean 'meets'?"),
    ("missing-test-option", "test 'released' has no 'within_months'", "add `within_months:`"),
    ("test-that-nothing-meets", "none of answer, meets", "add one of them"),
    ("switch-turned-off", "is 'false', not true", "leave it out"),
    ("literal-number", "is the bare number 10", "write `$name`"),
    ("literal-where-a-parameter-belongs", "'CA', not a parameter", "write `$name`"),
    ("unknown-parameter", "unknown parameter $months", "define it under `parameters:`"),
    ("unused-parameter", "parameter 'months' is used by no rule", "use it as `$months`"),
    ("parameter-without-values", "'look_back' has no values", "add a dated value"),
    ("overlapping-values", "from 2023-06-30 overlaps", "end the earlier one the day before"),
    ("gap-between-values", "$look_back has no value on 2023-07-01", "add a dated value"),
    ("value-that-begins-too-late", "has no value on 2022-01-01", "narrow the days"),
    ("value-that-ends-too-early", "has no value on 2026-01-01", "narrow the days"),
    ("value-without-source", "parameter 'look_back' has no source", "add `section:`"),
    ("value-of-another-unit", "in months is 'twelve', not a whole number", "write digits"),
    ("value-of-another-type", "takes a whole number", "correct the value"),
    ("last-before-first", "last day 2021-12-31 of in_force lies before", "correct one"),
    ("not-a-date", "'2023-02-29', not a date", "a day that exists as YYYY-MM-DD"),
    ("unused-interpretation", "'window' is used by no rule", "name it where it applies"),
    ("unknown-interpretation", "unknown interpretation 'look-back'", "define it"),
    ("duplicate-interpretation", "'window' is defined twice", "rename one"),
    ("interpretation-without-effect", "has no 'effect'", "add `effect:`"),
    ("duplicate-criterion", "'visits' is there already, on line 15", "rename one"),
    ("indicator-without-criterion", "indicator 'stays' names no criterion", "use the id"),
    ("unknown-attestation", "unknown attestation code 'complex-needs'", "correct it"),
    ("attestation-of-another-type", "of type integer, not boolean", "correct it"),
    ("unknown-programme", "unknown programme code 'smh'", "correct it"),
    ("unknown-concept", "unknown concept 'diabetes'", "correct it"),
    ("unknown-county", "unknown county 'Reno'", "the name of a California county"),
    ("unknown-word", "unknown elsewhere 'perhaps'", "use one of: not-met, unknown"),
    ("rule-too-long", "310 characters, more than 300", "one plain sentence of our own"),
    ("population-not-yet-decided", "'smi-sud', which is not decided before", "a lower number"),
    ("empty-group", "group 'any' is empty", "add its criteria"),
    ("two-operators", "a node has all and any", "nest the other"),
    ("group-without-rule", "a group with an id has no rule", "add `rule:`"),
    ("provisional-without-reason", "provisional without a reason", "`provisional_because:`"),
    ("reason-without-provisional", "not marked provisional", "add `provisional: true`"),
    ("age-without-bound", "age has no bound", "add `at_least:` or `under:`"),
    ("unknown-exclusion-kind", "unknown exclusion kind 'forbidden'", "use one of: excluded,"),
    ("unknown-exclusion-kind-in-a-parameter", "has the value 'forbidden'", "correct the value"),
    ("duplicate-exclusion", "exclusion 'hospice' is there already", "join the two"),
    ("exclusions-of-another-plan", "of plan 'anthem'", "correct the plan"),
)


def marked_line(path: Path) -> int:
    lines = path.read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.endswith(MARK))


@pytest.mark.parametrize(("name", "fault", "remedy"), EXPECTED, ids=[row[0] for row in EXPECTED])
def test_a_faulty_file_is_told_with_its_line_what_was_found_and_what_to_do(name, fault, remedy):
    path = FAULTS / f"{name}.yaml"
    is_exclusions = "\nexclusions:" in path.read_text()
    place = "partnership/" + ("exclusions.yaml" if is_exclusions else "smi-sud-adult.yaml")
    content, faults = read_file(path, PurePosixPath(place), DOCUMENTS, VOCABULARY, path.name)
    assert content is None
    assert len(faults) == 1, "one fault in the file makes one message"
    message = str(faults[0])
    assert message.startswith(f"{name}.yaml:{marked_line(path)}: ")
    assert fault in faults[0].fault
    assert remedy in faults[0].remedy
    assert "\n" not in message


def test_every_broken_file_is_expected():
    assert {path.stem for path in FAULTS.glob("*.yaml")} == {name for name, _, _ in EXPECTED}


def test_two_texts_of_one_variant_in_force_on_the_same_day_are_a_fault_of_the_later_file():
    folder = FAULTS / "two-texts-at-once"
    checked = check([folder], VOCABULARY)
    assert checked.files == 3
    (fault,) = checked.faults
    later = folder / "partnership" / "smi-sud-adult.yaml"
    assert fault.file.endswith("two-texts-at-once/partnership/smi-sud-adult.yaml")
    assert fault.line == marked_line(later)
    assert "smi-sud-adult-2022.yaml is too" in fault.fault
    assert "end the earlier one" in fault.remedy


def test_all_faults_of_a_file_are_found_in_the_order_of_their_lines(tmp_path):
    path = tmp_path / "smi-sud-adult.yaml"
    path.write_text(
        "policy: partnership/smi-sud/adult\n"
        "titel: x\n"
        "version: '1'\n"
        "source: {document: nowhere, section: A}\n"
        "in_force: {first: 2022-13-01, last: open, section: A}\n"
        "indicators: [[stays]]\n"
        "criteria: {criterion: a, rule: A., section: A, test: {visits: {at_least: 3}}}\n"
    )
    _, faults = read_file(path, PurePosixPath("partnership/smi-sud-adult.yaml"), DOCUMENTS)
    assert [fault.line for fault in faults] == [1, 2, 4, 5, 6, 7, 7, 7]


def test_words_of_other_packages_are_not_looked_up_without_a_vocabulary():
    path = FAULTS / "unknown-concept.yaml"
    place = PurePosixPath("partnership/smi-sud-adult.yaml")
    assert read_file(path, place, DOCUMENTS)[1] == []


@pytest.mark.parametrize("content", (b"\xff\xfe", b"a: \x01b", b"- [" * 50_000))
def test_a_file_that_is_no_text_or_is_nested_without_end_is_a_fault(tmp_path, content):
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    content, faults = read_file(path, PurePosixPath("partnership/x.yaml"), DOCUMENTS)
    assert content is None
    assert len(faults) == 1


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    checked = check([tmp_path / "missing.yaml"], None)
    assert "cannot be read" in checked.faults[0].fault


SOUND = (Path(__file__).parent / "sound.yaml").read_text().splitlines()
PIECES = ("", "- x", "x: y", "[]", "{}", "$a", "99999999999999999999", "2024-02-30", "null", "x: [")


@given(
    at=st.integers(0, len(SOUND) - 1),
    many=st.integers(1, 4),
    piece=st.sampled_from(PIECES),
    under_key=st.booleans(),
)
def test_a_file_damaged_anywhere_is_told_in_faults_and_never_by_another_error(
    tmp_path_factory, at, many, piece, under_key
):
    lines = list(SOUND)
    key = lines[at].partition(":")[0] + ": " if under_key else ""
    lines[at : at + many] = [key + piece]
    path = tmp_path_factory.getbasetemp() / "damaged.yaml"
    path.write_text("\n".join(lines))
    place = PurePosixPath("partnership/smi-sud-adult.yaml")
    content, faults = read_file(path, place, DOCUMENTS, VOCABULARY)
    assert content is None or not faults
    assert all(1 <= fault.line <= len(lines) + 1 for fault in faults)
