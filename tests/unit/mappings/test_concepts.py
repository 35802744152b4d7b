"""From codings to concepts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import concepts
from mappings.concepts import concepts_of, screening_answer
from profiles.canonicals import CPT, HCPCS, ICD_10_CM, LOINC, ROLE_CODE, SNOMED_CT, canonicals

ICD_10_CM_CASES = [
    ("F11.23", ("substance-use-disorder",)),
    ("F11.20", ("substance-use-disorder",)),
    ("Z59.01", ("homeless-sheltered",)),
    ("Z59.02", ("homeless-unsheltered",)),
    ("Z59.00", ("homeless-unspecified",)),
    ("Z59.0", ("homeless-unspecified",)),
    ("Z59.812", ("housing-instability",)),
    ("Z59.12", ("inadequate-housing",)),
    ("Z59.41", ("food-insecurity",)),
    ("Z59.4", ("food-insecurity",)),
    ("Z65.1", ("incarceration-coded", "legal-involvement")),
    ("Z65.3", ("legal-involvement",)),
    ("Z87.820", ("tbi",)),
    ("J44.9", ("chronic-condition",)),
    ("I50.9", ("chronic-condition",)),
    ("C4A.0", ("chronic-condition",)),
    ("Q90.9", ("idd",)),
    ("B20", ("hiv",)),
    ("T74.11XA", ("domestic-violence",)),
    ("Z3A.20", ("pregnancy",)),
    ("O36.80X0", ("pregnancy",)),
    ("Z37.0", ("delivery",)),
    ("O80", ("delivery",)),
    ("Z51.5", ("palliative-care",)),
]


@pytest.mark.parametrize(("code", "concepts"), ICD_10_CM_CASES)
def test_an_icd_10_cm_code_stands_for_the_concepts_of_its_prefixes(code, concepts):
    assert concepts_of(ICD_10_CM, code) == concepts


@pytest.mark.parametrize(
    ("code", "why"),
    (
        ("F17.210", "tobacco is no substance use disorder here"),
        ("Z38.00", "the newborn's record says nothing of the mother"),
        ("R75", "an inconclusive test is no HIV infection"),
        ("O62.0", "a complication of labor is no birth"),
        ("T40.2X5A", "an adverse effect is no overdose"),
        ("T40.2X6A", "underdosing is no overdose"),
        ("L03.115", "cellulitis is in no set"),
        ("Z59", "a whole category of circumstances is none of them"),
        ("F1", "two characters are no code"),
        ("F11.23456", "eight characters are no code"),
        ("", "nothing is no code"),
    ),
)
def test_an_icd_10_cm_code_outside_every_set_stands_for_nothing(code, why):
    assert concepts_of(ICD_10_CM, code) == (), why


@pytest.mark.parametrize("code", ("Z59.01", "Z5901", "z59.01", " z5901 "))
def test_dots_case_and_blanks_of_an_icd_10_cm_code_do_not_matter(code):
    assert concepts_of(ICD_10_CM, code) == ("homeless-sheltered",)


def test_a_category_matches_in_lower_case_and_without_a_finer_code():
    assert concepts_of(ICD_10_CM, "f32") == ("serious-mental-illness",)


def test_a_code_split_after_our_release_is_still_found():
    assert concepts_of(ICD_10_CM, "Z59.82A") == ("transportation-insecurity",)


def test_poisoning_is_an_overdose_while_the_same_drugs_adverse_effect_is_not():
    assert concepts_of(ICD_10_CM, "T40.2X1A") == ("overdose",)
    assert concepts_of(ICD_10_CM, "T40.4X5A") == ()


def test_a_death_in_the_womb_is_a_loss_and_no_pregnancy():
    assert concepts_of(ICD_10_CM, "O36.4XX0") == ("pregnancy-loss",)


def test_a_housing_code_stands_for_one_kind_of_homelessness_only():
    for code in ("Z59.00", "Z59.01", "Z59.02"):
        assert len(concepts_of(ICD_10_CM, code)) == 1


@pytest.mark.parametrize(
    ("system", "code", "concepts"),
    (
        (SNOMED_CT, "32911000", ("homeless-unspecified",)),
        (SNOMED_CT, "611161000124109", ("homeless-sheltered",)),
        (SNOMED_CT, "651021000124107", ("homeless-unsheltered",)),
        (SNOMED_CT, "55680006", ("overdose",)),
        (SNOMED_CT, "6525002", ("substance-use-disorder",)),
        (SNOMED_CT, "72892002", ("pregnancy",)),
        (SNOMED_CT, "19169002", ("pregnancy-loss",)),
        (SNOMED_CT, "79586000", ("pregnancy-loss",)),
        (SNOMED_CT, "156073000", ("pregnancy-loss",)),
        (SNOMED_CT, "11466000", ("delivery",)),
        (SNOMED_CT, "385763009", ("hospice-care",)),
        (SNOMED_CT, "4525004", ("ed-visit",)),
        (SNOMED_CT, "8715000", ("planned-admission",)),
        (SNOMED_CT, "422650009", ("social-isolation",)),
        (SNOMED_CT, "73595000", ()),
        (SNOMED_CT, "160903007", ()),
        (SNOMED_CT, "266948004", ()),
        (SNOMED_CT, "161744009", ()),
        (SNOMED_CT, "1078229009", ()),
        (CPT, "99283", ("ed-visit",)),
        (CPT, "99310", ("nursing-facility",)),
        (CPT, "59400", ("delivery",)),
        (HCPCS, "G9919", ("ace-high",)),
        (ROLE_CODE, "CHILD", ("child-in-home",)),
        (canonicals().aid_code, "4M", ("aged-out-foster-youth",)),
    ),
)
def test_a_listed_code_stands_for_its_concept(system, code, concepts):
    assert concepts_of(system, code) == concepts


@pytest.mark.parametrize(
    ("system", "code", "concept"),
    (
        ("urn:oid:2.16.840.1.113883.6.90", "F20.9", "serious-mental-illness"),
        ("urn:oid:2.16.840.1.113883.6.96", "32911000", "homeless-unspecified"),
        ("urn:oid:2.16.840.1.113883.6.12", "99281", "ed-visit"),
        ("urn:oid:2.16.840.1.113883.6.285", "G9919", "ace-high"),
        ("http://www.nlm.nih.gov/research/umls/hcpcs", "G0182", "hospice-care"),
    ),
)
def test_a_system_is_known_by_its_other_names(system, code, concept):
    assert concepts_of(system, code) == (concept,)


@pytest.mark.parametrize(
    ("system", "code"),
    (
        ("https://lab.example/codes", "F20.9"),
        ("http://hl7.org/fhir/sid/icd-10", "F20.9"),
        ("http://www.cms.gov/Medicare/Coding/ICD10", "F20"),
        (None, "F20.9"),
        (ICD_10_CM, None),
        ("", ""),
    ),
)
def test_a_coding_of_an_unknown_or_missing_system_stands_for_nothing(system, code):
    assert concepts_of(system, code) == ()


@pytest.mark.parametrize("code", ("LA33-6", "LA31995-6", "LA30190-5"))
def test_an_answer_without_its_question_stands_for_nothing(code):
    assert concepts_of(LOINC, code) == ()


ANYTHING = (
    st.none()
    | st.text()
    | st.integers()
    | st.lists(st.text())
    | st.dictionaries(st.text(), st.text())
)


@given(st.sampled_from([ICD_10_CM, SNOMED_CT, LOINC]) | ANYTHING, ANYTHING)
def test_no_system_and_no_code_raises(system, code):
    assert isinstance(concepts_of(system, code), tuple)
    assert screening_answer(system, code) is None


@pytest.mark.parametrize(
    ("question", "answer", "concepts"),
    (
        ("71802-3", "LA30190-5", ("housing-merged",)),
        ("71802-3", "LA31995-6", ("housing-merged",)),
        ("71802-3", "LA31994-9", ("housing-instability",)),
        ("71802-3", "LA30189-7", ()),
        ("93033-9", "LA33-6", ("housing-instability",)),
        ("88122-7", "LA6729-3", ("food-insecurity",)),
        ("88123-5", "LA28397-0", ("food-insecurity",)),
        ("88123-5", "LA28398-8", ()),
        ("88124-3", "LA19952-3", ("food-insecurity",)),
        ("88124-3", "LA19983-8", ()),
        ("93030-5", "LA30133-5", ("transportation-insecurity",)),
        ("93030-5", "LA30134-3", ("transportation-insecurity",)),
        ("93030-5", "LA32-8", ()),
        ("93031-3", "LA30125-1", ("food-insecurity",)),
        ("93028-9", "LA33-6", ("incarceration-screening",)),
        ("93028-9", "Y", ("incarceration-screening",)),
        ("93028-9", "373067005", ()),
        ("67875-5", "LA17956-6", ("unemployment",)),
    ),
)
def test_a_screening_answer_stands_for_concepts_or_finds_nothing(question, answer, concepts):
    meaning = screening_answer(question, answer)
    assert meaning is not None
    assert meaning.answered
    assert meaning.concepts == concepts


@pytest.mark.parametrize("answer", ("LA30122-8", "LA30257-2", "LA15775-2"))
def test_a_declined_screening_question_was_not_answered(answer):
    meaning = screening_answer("93030-5", answer)
    assert meaning is not None
    assert not meaning.answered
    assert meaning.concepts == ()


@pytest.mark.parametrize(
    ("question", "answer"),
    (("82810-3", "LA15173-0"), ("93030-5", "LA28397-0"), ("71802-3", "Y"), (None, "LA33-6")),
)
def test_a_question_or_answer_that_is_not_read_has_no_meaning(question, answer):
    assert screening_answer(question, answer) is None


def test_text_too_long_for_a_code_or_a_system_stands_for_nothing_and_is_not_kept():
    before = concepts._look_up.cache_info().currsize
    assert concepts_of(SNOMED_CT, "3" * 1_000_000) == ()
    assert concepts_of(SNOMED_CT + "/" * 1_000_000, "32911000") == ()
    assert concepts._look_up.cache_info().currsize == before
