"""Programmes and insurance on a line of time: what lasts, as bars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from adapter.workbench.evaluate.timeline.drawing import Bar, Scale, bar, period
from eligibility.dates import Span
from eligibility.facts import CoverageSpan, MemberFacts
from profiles.codes import programs


def lasting(facts: MemberFacts, scale: Scale, as_of: date) -> Iterator[tuple[str, tuple[Bar, ...]]]:
    """By name, the periods that touch the days that are drawn; programmes first."""
    for code, enrolments in facts.enrolments.items():
        name = programs()[code].display if code in programs() else code
        spans = [(one.span, "on", "") for one in enrolments]
        if bars := _bars(name, spans, scale, as_of):
            yield name, bars
    by_payor: dict[str, list[CoverageSpan]] = {}
    for coverage in facts.coverages:
        payor = next((one for one in coverage.payors if "|" not in one), "payor not named")
        by_payor.setdefault(payor, []).append(coverage)
    for payor, coverages in by_payor.items():
        name = f"Coverage: {payor}"
        spans = [
            (
                one.span or Span(),
                "on" if one.active else "off",
                "" if one.active else ", not active",
            )
            for one in coverages
        ]
        if bars := _bars(name, spans, scale, as_of):
            yield name, bars


def _bars(
    name: str, spans: list[tuple[Span, str, str]], scale: Scale, as_of: date
) -> tuple[Bar, ...]:
    drawn = (
        bar(span, scale, as_of, f"{name}, {period(span)}{says}", style)
        for span, style, says in spans
    )
    return tuple(one for one in drawn if one is not None)
