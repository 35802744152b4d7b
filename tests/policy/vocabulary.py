"""Names the cases use: payors on a card, and the questions that are answered by yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

CoverageType = Literal["managed-care", "public", "commercial"]

#: Payors by the name a case gives them: as written on the card, and the type of the Coverage.
PAYORS: Mapping[str, tuple[str, CoverageType | None]] = {
    "partnership": ("Partnership HealthPlan of California", "managed-care"),
    "anthem": ("Anthem Blue Cross", "managed-care"),
    "health-net": ("Health Net", "managed-care"),
    "another-plan": ("CalOptima", "managed-care"),
    "unknown-plan": ("Some Plan Nobody Registered", "managed-care"),
    "fee-for-service": ("Medi-Cal", "public"),
    "medicaid": ("Medicaid", None),
    "employer": ("Employer Group Insurance", "commercial"),
}
#: Every question that is answered by yes or no.
YES_OR_NO = (
    "complex-need",
    "cannot-self-manage",
    "coordination-would-help",
    "no-adequate-nighttime-residence",
    "place-not-for-habitation",
    "in-shelter",
    "exiting-institution-homeless",
    "fleeing-violence",
    "homeless-other-federal",
    "doubled-up",
    "motel-no-alternative",
    "abandoned-in-hospital",
    "dependent-child-in-home",
    "unaccompanied-youth",
    "homeless-family",
    "social-factor-food",
    "social-factor-housing",
    "social-factor-transport",
    "social-factor-law-enforcement",
    "social-factor-crisis-services",
    "social-factor-employment",
    "social-factor-other",
    "pregnant",
    "well-managed",
    "smhs-criteria-met",
    "dmc-criteria-met",
    "high-risk-institutionalization",
    "high-risk-overdose",
    "high-risk-suicide",
    "sole-source-acute-care",
    "crisis-service-user",
    "snf-level-of-care",
    "lower-acuity-skilled-nursing",
    "environmental-factor",
    "can-reside-in-community",
    "wants-to-leave-facility",
    "likely-transition-success",
    "nf-resident",
    "aged-out-of-foster-care",
    "in-foster-care-at-18",
    "adoption-assistance-eligible",
    "serious-mental-illness",
    "substance-use-disorder",
    "chronic-condition",
    "idd",
    "tbi",
    "hiv",
)
