"""Labels: what keeps a resource from a reader who is not cleared, and what never does."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.inbound.labels import restricting

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
#: What a clearance usually names: kinds of sensitive information and of people, laws, and what
#: must not be done (v3-ActCode, v3-Confidentiality; IHE Privacy Consent on FHIR 1.1; sample records
#: of the SHIFT Task Force).
SENSITIVE = (
    "R", "V", "ETH", "SUD", "ETHUD", "OPIOIDUD", "PSY", "PSYTHPN", "MH", "BH", "EMOTDIS",
    "COGN", "DVD", "HIV", "STD", "SEX", "GDIS", "SCA", "SICKLE", "SDV", "VIO", "MST", "SPI",
    "TBOO", "DEMO", "DOB", "GENDER", "LIVARG", "MARST", "RACE", "REL", "EMPL", "LOCIS",
    "SSP", "ADOL", "CEL", "DIA", "DRGIS", "EMP", "PDS", "PHY", "PRS", "42CFRPart2",
    "HIPAAPsyNotes", "HIPAASelfPay", "Title38Section7332", "NODSCLCD", "NORDSCLCD", "NOPAT",
)  # fmt: skip
INTEGRITY = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"


def label(code: str | None, system: str | None = ACT_CODE) -> dict[str, str]:
    coding = {"system": system, "code": code}
    return {name: value for name, value in coding.items() if value is not None}


@pytest.mark.parametrize("code", SENSITIVE)
def test_every_label_a_clearance_may_name_restricts(code: str) -> None:
    """With its system, as older FHIR spelled it, by OID, without any, in any case."""
    system = CONFIDENTIALITY if code in ("R", "V") else ACT_CODE
    older = (
        "http://hl7.org/fhir/v3/Confidentiality"
        if code in ("R", "V")
        else ("http://hl7.org/fhir/v3/ActCode")
    )
    for spelled in (
        label(code, system),
        label(code, older),
        label(code.lower(), system.upper()),
        label(f" {code} ", f"{system}|2.0.0"),
        label(code, "urn:oid:2.16.840.1.113883.5.4"),
        label(code, "http://terminology.hl7.org/CodeSystem/v3-ActUSPrivacyLaw"),
        label(code, None),
    ):
        assert restricting([spelled]) == {code.lower()}


@pytest.mark.parametrize(
    "harmless",
    (
        *(label(code, CONFIDENTIALITY) for code in "ULMN"),
        label("N", None),
        label("N", "http://hl7.org/fhir/v3/Confidentiality"),
        label("n", "urn:oid:2.16.840.1.113883.5.25"),
        label("HTEST", ACT_REASON),
        label("TREAT", ACT_REASON),
        label("TREAT", "http://hl7.org/fhir/v3/ActReason"),
        label("SUBSETTED", INTEGRITY),
        label("PATRPT", INTEGRITY),
        label("ENCRYPT"),
        label("PERSISTLABEL"),
        label("CPLYCUI"),
    ),
)
def test_a_label_that_restricts_nothing_keeps_nothing_back(harmless: dict[str, str]) -> None:
    """Normal confidentiality, a purpose, a test record, an obligation, where data came from."""
    assert restricting([harmless]) == frozenset()


@pytest.mark.parametrize(
    ("unknown", "found"),
    (
        (label("SICKVIS"), "sickvis"),
        (label("X", CONFIDENTIALITY), "x"),
        (label("BTG", ACT_REASON), "btg"),
        (label("N", "https://hospital.example.org/labels"), "n"),
        (label("VIP", "https://hospital.example.org/labels"), "vip"),
        (label(None, CONFIDENTIALITY), ""),
        ({"display": "restricted"}, ""),
        (label(None, ACT_REASON), ""),
        ({"system": 7, "code": 8}, ""),
    ),
)
def test_a_label_nobody_knows_restricts(unknown: Any, found: str) -> None:
    """It may be the one that matters; without a code nobody can be cleared for it."""
    assert restricting([unknown]) == {found}


@pytest.mark.parametrize(
    "security",
    (
        label("ETH"),
        [[label("ETH")]],
        {"coding": [label("ETH")]},
        [{"coding": label("ETH"), "text": "substance use"}],
        ["ETH"],
        "eth",
    ),
)
def test_a_label_is_seen_in_any_shape(security: Any) -> None:
    """Older FHIR and broken records write it otherwise; it still counts."""
    assert restricting(security) == {"eth"}


@pytest.mark.parametrize("security", (None, [], {}, [None], [{}], [[]]))
def test_no_label_restricts_nothing(security: Any) -> None:
    """An empty element is no label."""
    assert restricting(security) == frozenset()


def test_every_label_counts() -> None:
    """One that is cleared does not outweigh the one beside it."""
    both = [label("R", CONFIDENTIALITY), label("N", CONFIDENTIALITY), label("ETH")]
    assert restricting(both) == {"r", "eth"}
