"""`/screening?ask=…`: the questions a card left open, and their answers as FHIR.

The link of a card leads here. It names questions, never a member; what is entered is made into a
QuestionnaireResponse to file in the chart, and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec
from flask import Blueprint, Response, render_template, request

from adapter.errors import UnusableInput
from adapter.screening_form import Filled, FormQuestion, questions_asked, read_answers, response_to

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

    @blueprint.get("/screening")
    def form() -> Response:
        try:
            questions = questions_asked(request.args.get("ask", ""))
        except UnusableInput as fault:
            return _page((), None, str(fault), 400)
        return _page(questions, None, "", 200)

    @blueprint.post("/screening")
    def filled_in() -> Response:
        try:
            questions = questions_asked(request.args.get("ask", ""))
        except UnusableInput as fault:
            return _page((), None, str(fault), 400)
        filled = read_answers(questions, request.form)
        try:
            made = response_to(filled, authored=today(), base=canonical_base)
        except UnusableInput as fault:
            return _page(questions, filled, str(fault), 400)
        body = msgspec.json.format(msgspec.json.encode(made), indent=2)
        response = Response(body, mimetype="application/fhir+json")
        response.headers["Content-Disposition"] = 'attachment; filename="ecm-screening.json"'
        response.headers["Cache-Control"] = "no-store"
        return response

    return blueprint


def _page(
    questions: tuple[FormQuestion, ...], filled: Filled | None, problem: str, status: int
) -> Response:
    ask = ",".join(one.code for one in questions)
    body = render_template(
        "screening.html",
        questions=questions,
        filled=filled,
        problem=problem,
        action=f"{request.script_root}/screening?ask={ask}",
    )
    response = Response(body, status=status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
