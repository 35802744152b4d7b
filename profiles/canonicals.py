"""Canonical URLs: our own, which depend on the base, and those of the code systems we read.

The shipped definitions are written under `DEFAULT_BASE`. A deployment with another base asks
`canonicals(base)` for its URLs; readers compare systems with those.
"""

from __future__ import annotations

from functools import cache

from msgspec import Struct

#: The base in the shipped definitions, and of every deployment that sets no other.
DEFAULT_BASE = "https://ecm.example.org/fhir"

ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED_CT = "http://snomed.info/sct"
LOINC = "http://loinc.org"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_PRIORITY = "http://terminology.hl7.org/CodeSystem/v3-ActPriority"
ROLE_CODE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
YES_NO = "http://terminology.hl7.org/CodeSystem/v2-0136"
ADMIT_SOURCE = "http://terminology.hl7.org/CodeSystem/admit-source"
DISCHARGE_DISPOSITION = "http://terminology.hl7.org/CodeSystem/discharge-disposition"
DIAGNOSIS_ROLE = "http://terminology.hl7.org/CodeSystem/diagnosis-role"
CONDITION_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
CONDITION_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CONDITION_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
DATA_ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
TASK_CODE = "http://hl7.org/fhir/CodeSystem/task-code"
#: SDOH Clinical Care: its own codes, and its profiles that a referral follows.
SDOH_CODES = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
_SDOH_PROFILE = "http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-"
SDOH_SERVICE_REQUEST = f"{_SDOH_PROFILE}ServiceRequest"
SDOH_REFERRAL_TASK = f"{_SDOH_PROFILE}TaskForReferralManagement"
#: CDC race and ethnicity, which holds the OMB categories.
RACE_AND_ETHNICITY = "urn:oid:2.16.840.1.113883.6.238"

US_CORE_RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
US_CORE_ETHNICITY = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity"

#: Other names under which senders write the terminologies above. ICD-10 of the WHO
#: (`.../sid/icd-10`) is not among them: its codes differ from ICD-10-CM in meaning and depth.
_ALIASES = {
    "http://hl7.org/fhir/sid/icd-10-cm/": ICD_10_CM,
    "https://hl7.org/fhir/sid/icd-10-cm": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.90": ICD_10_CM,
    "http://snomed.info/sct/": SNOMED_CT,
    "https://snomed.info/sct": SNOMED_CT,
    "http://snomed.info/sct/731000124108": SNOMED_CT,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED_CT,
    "http://loinc.org/": LOINC,
    "https://loinc.org": LOINC,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "http://www.ama-assn.org/go/cpt/": CPT,
    "https://www.ama-assn.org/go/cpt": CPT,
    "urn:oid:2.16.840.1.113883.6.12": CPT,
    "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": HCPCS,
    "https://www.cms.gov/medicare/coding-billing/healthcare-common-procedure-system": HCPCS,
    "https://bluebutton.cms.gov/resources/codesystem/hcpcs": HCPCS,
    "http://www.nlm.nih.gov/research/umls/hcpcs": HCPCS,
    "urn:oid:2.16.840.1.113883.6.285": HCPCS,
    "urn:oid:2.16.840.1.113883.5.4": ACT_CODE,
    "http://hl7.org/fhir/v3/ActCode": ACT_CODE,
    "urn:oid:2.16.840.1.113883.5.7": ACT_PRIORITY,
    "http://hl7.org/fhir/v3/ActPriority": ACT_PRIORITY,
    "urn:oid:2.16.840.1.113883.5.111": ROLE_CODE,
    "http://hl7.org/fhir/v3/RoleCode": ROLE_CODE,
    "urn:oid:2.16.840.1.113883.12.136": YES_NO,
    "http://hl7.org/fhir/v2/0136": YES_NO,
    "http://terminology.hl7.org/CodeSystem/PHRaceAndEthnicityCDC": RACE_AND_ETHNICITY,
}


class Canonicals(Struct, frozen=True, gc=False):
    """Our own canonical URLs under one base."""

    base: str
    #: Code systems.
    attestation: str
    program: str
    answer: str
    population_of_focus: str
    aid_code: str
    #: The referral questionnaire, whose linkIds are attestation codes.
    referral_questionnaire: str
    #: Extension: content that awaits a decision or a check, and why.
    provisional: str

    def code_system(self, id: str) -> str:
        """Name a shipped CodeSystem."""
        return f"{self.base}/CodeSystem/{id}"

    def structure(self, id: str) -> str:
        """Name a shipped StructureDefinition: a profile or an extension."""
        return f"{self.base}/StructureDefinition/{id}"

    def identifier_system(self, id: str) -> str:
        """Name a set of identifiers that we give."""
        return f"{self.base}/sid/{id}"

    def value_set(self, id: str) -> str:
        """Name a shipped ValueSet; its id is a concept."""
        return f"{self.base}/ValueSet/{id}"


@cache
def canonicals(base: str = DEFAULT_BASE) -> Canonicals:
    """Give our canonical URLs under `base`, with or without a trailing slash."""
    base = base.rstrip("/")
    return Canonicals(
        base=base,
        attestation=f"{base}/CodeSystem/ecm-attestation",
        program=f"{base}/CodeSystem/ecm-program",
        answer=f"{base}/CodeSystem/ecm-answer",
        population_of_focus=f"{base}/CodeSystem/ecm-population-of-focus",
        aid_code=f"{base}/CodeSystem/medi-cal-aid-code",
        referral_questionnaire=f"{base}/Questionnaire/ecm-referral",
        provisional=f"{base}/StructureDefinition/provisional",
    )


def standard_system(system: str) -> str:
    """Give the canonical URL of a code system a sender may have named otherwise.

    A name nobody knows comes back as it is.
    """
    return _ALIASES.get(system, system)
