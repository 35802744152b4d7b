"""`/workbench/evaluate`: a chart is dropped, asked about, and answered beside its own entries.

The chart is in every request and stays in the visitor's page; nothing of it is kept here. Reading
one megabyte takes a few milliseconds, which is why nothing is remembered between two questions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, Response, abort, render_template, request
from markupsafe import Markup
from msgspec import Struct

from adapter.dates import in_words
from adapter.errors import UnusableInput
from adapter.samples import Sample, sample
from adapter.workbench.evaluate.asked import (
    Asked,
    Chart,
    asked_of,
    determination_of,
    read_asked,
    read_chart,
    sample_chart,
)
from adapter.workbench.evaluate.people import people_in
from adapter.workbench.evaluate.reasons.entries import Entries
from adapter.workbench.evaluate.results import reasons_of, result_of
from adapter.workbench.plans import plan_titles
from adapter.workbench.samples import samples_by_answer
from adapter.workbench.visiting import current_visitor
from eligibility.dates import add_days
from eligibility.determination import Determination
from eligibility.errors import EligibilityError
from eligibility.packs import ECM_BEGAN
from eligibility.report import to_json
from mappings.errors import MappingError, PatientNotFound, SeveralPatients
from mappings.outbound.parameters import as_parameters

if TYPE_CHECKING:
    from adapter.workbench.site import Site

_BACK, _AHEAD = timedelta(days=730), timedelta(days=92)

#: What a file may be declared to hold all of, as the page says it.
WHOLE = (
    ("encounters", "every visit and stay"),
    ("conditions", "every diagnosis"),
    ("programs", "every program"),
    ("screenings", "every screening"),
)
_EVER = "1900-01-01..2100-12-31"
#: One slides to no day before.
_EARLIEST = date(1903, 1, 1)


class Slider(Struct, frozen=True, kw_only=True):
    """The days one can slide to."""

    first: date
    days: int
    value: int
    on: str


def evaluate_pages(site: Site) -> Blueprint:
    """The pages below `/workbench/evaluate`."""
    blueprint = Blueprint("evaluate", __name__, url_prefix="/evaluate")
    pages = _Pages(site)
    blueprint.get("/")(pages.index)
    blueprint.post("/")(pages.evaluated)
    blueprint.post("/result")(pages.result)
    blueprint.post("/trace")(pages.trace)
    blueprint.post("/determination.json")(pages.determination_json)
    blueprint.post("/parameters.json")(pages.parameters_json)
    return blueprint


class _Pages:
    def __init__(self, site: Site) -> None:
        self._site = site

    def index(self) -> str:
        """An invented member, or the place to drop a file."""
        named = request.args.get("sample", "")
        if not named:
            return self._page(None)
        today = self._site.today()
        asked = asked_of(sample_chart(named, today), request.args, today=today)
        return self._page(asked, sample(named, today), opened=request.args.getlist("open"))

    def evaluated(self) -> str | tuple[str, int]:
        """A chart that was dropped; what cannot be used is told where one drops another."""
        today = self._site.today()
        try:
            asked = self._posted()
            named = request.form.get("sample", "")
            return self._page(
                asked, sample(named, today) if named else None, request.form.getlist("open")
            )
        except (UnusableInput, MappingError, EligibilityError) as fault:
            return self._page(None, problem=str(fault)), 422

    def result(self) -> str:
        """The answer, as a part of the page."""
        shown = self._shown(self._posted(), request.form.getlist("open"))
        return render_template("workbench/evaluate/result.html", **shown)

    def trace(self) -> str:
        """The reasons of one population, as a part of the page."""
        asked = self._posted()
        chart = self._read(asked)
        population = request.form.get("population", "")
        found = reasons_of(
            determination_of(asked, chart.facts), Entries(chart.resources), population
        )
        if found is None:
            abort(404, "there is no such population")
        return render_template("workbench/evaluate/trace.html", trace=found, of=population)

    def determination_json(self) -> Response:
        """The object of the contract, to keep."""
        return self._download("determination.json", to_json, "application/json")

    def parameters_json(self) -> Response:
        """The answer as FHIR Parameters, to keep."""
        return self._download("determination-fhir.json", _parameters, "application/fhir+json")

    def _posted(self) -> Asked:
        return read_asked(request.form, request.files, today=self._site.today())

    def _read(self, asked: Asked) -> Chart:
        return read_chart(asked, base=self._site.settings.canonical_base, clearance=_clearance())

    def _shown(self, asked: Asked, opened: Collection[str]) -> dict[str, Any]:
        """What the template shows: the answer, whom to choose, or that ECM had not begun."""
        try:
            chart = self._read(asked)
        except (SeveralPatients, PatientNotFound) as fault:
            people = people_in(asked.chart, _clearance())
            return {"people": people, "wanted": isinstance(fault, PatientNotFound)}
        rules_of = asked.policy_date or asked.as_of
        if rules_of < ECM_BEGAN:
            return {"early": in_words(rules_of), "jump": asked.as_of}
        return {"result": result_of(asked, chart, opened), "asked": asked}

    def _page(
        self,
        asked: Asked | None,
        of: Sample | None = None,
        opened: Collection[str] = (),
        problem: str = "",
    ) -> str:
        """The whole page.

        Raises:
            UnusableInput, MappingError, EligibilityError: the question has no answer.
        """
        today = self._site.today()
        more: dict[str, Any] = {"problem": problem}
        if asked is not None:
            more |= {
                "asked": asked,
                "sample": of,
                "chart_text": "" if of else _in_a_textarea(asked.chart),
                "chart_kilobytes": max(1, len(asked.chart) // 1000),
                "plans": plan_titles(),
                "whole": [(source, words, f"{source}={_EVER}") for source, words in WHOLE],
                "declared": [f"{one.source}={one.first}..{one.last}" for one in asked.complete],
                "slider": _slider(asked.as_of, today),
                "today": today,
            }
            more |= self._shown(asked, opened)
        return render_template(
            "workbench/evaluate/index.html",
            has_chart=asked is not None,
            groups=samples_by_answer(today) if asked is None else (),
            **more,
        )

    def _download(
        self, name: str, rendered: Callable[[Determination], bytes], type: str
    ) -> Response:
        asked = self._posted()
        body = rendered(determination_of(asked, self._read(asked).facts))
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(body, mimetype=type, headers=disposition)


def _clearance() -> frozenset[str] | None:
    """The labels that the visitor is cleared for; None: all."""
    allowed = current_visitor().viewer.clearance
    return None if "*" in allowed else allowed


def _parameters(determination: Determination) -> bytes:
    resource = msgspec.json.encode(as_parameters(determination))
    return msgspec.json.format(resource, indent=2) + b"\n"


def _slider(as_of: date, today: date) -> Slider:
    """Two years back to three months ahead: of today, or of a day outside that."""
    near = today - _BACK <= as_of <= today + _AHEAD
    first = add_days(today if near else max(as_of, _EARLIEST), -_BACK.days)
    return Slider(
        first=first,
        days=(_BACK + _AHEAD).days,
        value=max(0, (as_of - first).days),
        on=in_words(as_of),
    )


def _in_a_textarea(chart: bytes) -> Markup:
    """The chart for the page to send again; within `textarea` only two characters are special.

    Escaping quotes too, as templates do, would double a file of JSON.
    """
    text = chart.decode(errors="replace").replace("&", "&amp;").replace("<", "&lt;")
    # A line break right after the tag would be dropped by the browser; this one is instead.
    return Markup("\n" + text)  # noqa: S704 - both characters that matter are escaped above
