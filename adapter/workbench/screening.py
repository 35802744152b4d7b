"""`/screening?ask=…`: the questions a card left open, and their answers as FHIR.

The link of a card leads here. It names questions, never a member; what is entered is made into a
QuestionnaireResponse to file in the chart, and kept nowhere. An app that was launched with the
link asks for `application/fhir+json` and gets the Questionnaire of those questions; without any,
all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from threading import BoundedSemaphore
from typing import Any

import msgspec
from flask import Blueprint, Response, render_template, request

from adapter.errors import UnusableInput
from adapter.screening_form import Filled, FormQuestion, questions_asked, read_answers, response_to
from mappings.outbound.questionnaire import questionnaire_of, referral_questionnaire

FHIR_JSON = "application/fhir+json"

#: All questions with their longest answers are a fraction of it.
_MOST_BYTES = 64 * 1024

#: Forms read at once. Anybody may send one, and one that stalls holds a thread of the service.
_PLACES = 2

#: A page with a form may send it here and nowhere else.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def screening_page(today: Callable[[], date], canonical_base: str) -> Blueprint:
    """The form, and what comes of it.

    Args:
        today: the member's local day, on which a response is authored.
        canonical_base: base of our own canonical URLs.
    """
    blueprint = Blueprint("screening", __name__)
    places = BoundedSemaphore(_PLACES)

    @blueprint.get("/screening")
    def form() -> Response:
        wants_fhir = _wants_fhir()
        if wants_fhir and "ask" not in request.args:
            return _fhir(referral_questionnaire(canonical_base))
        try:
            questions = questions_asked(request.args.get("ask", ""))
        except UnusableInput as fault:
            return _page((), None, str(fault), 400)
        if wants_fhir:
            return _fhir(questionnaire_of((one.code for one in questions), canonical_base))
        return _page(questions, None, "", 200)

    @blueprint.post("/screening")
    def filled_in() -> Response:
        try:
            questions = questions_asked(request.args.get("ask", ""))
        except UnusableInput as fault:
            return _page((), None, str(fault), 400)
        if request.content_length is None or request.content_length > _MOST_BYTES:
            return _page(questions, None, "What was sent is not this form.", 413)
        if not places.acquire(blocking=False):
            return _page(questions, None, "Too many forms are being sent. Please try again.", 503)
        try:
            filled = read_answers(questions, request.form)
        finally:
            places.release()
        try:
            made = response_to(filled, authored=today(), base=canonical_base)
        except UnusableInput as fault:
            return _page(questions, filled, str(fault), 400)
        response = _fhir(made)
        response.headers["Content-Disposition"] = 'attachment; filename="ecm-screening.json"'
        return response

    return blueprint


def _wants_fhir() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", FHIR_JSON, "application/json"])
    return best in (FHIR_JSON, "application/json")


def _fhir(resource: dict[str, Any]) -> Response:
    body = msgspec.json.format(msgspec.json.encode(resource), indent=2)
    response = Response(body, mimetype=FHIR_JSON)
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    return response


def _page(
    questions: tuple[FormQuestion, ...], filled: Filled | None, problem: str, status: int
) -> Response:
    ask = ",".join(one.code for one in questions)
    body = render_template(
        "workbench/screening.html",
        questions=questions,
        filled=filled,
        problem=problem,
        action=f"{request.script_root}/screening?ask={ask}",
    )
    response = Response(body, status=status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
