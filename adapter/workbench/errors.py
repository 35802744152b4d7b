"""Errors as a page or a part of one: what was wrong and what to do, and nothing of the program.

An error of ours is told by its kind and place in the log only: its message may quote a chart.
"""

from __future__ import annotations

import logging
from traceback import extract_tb

from flask import Blueprint, Response, render_template
from werkzeug.exceptions import HTTPException

from adapter.errors import UnusableInput
from adapter.fhir_client.partner_faults import PartnerFault
from adapter.workbench.guard import is_fragment
from cds_hooks.errors import NotStored
from eligibility.errors import EligibilityError
from mappings.errors import MappingError

_LOG = logging.getLogger(__name__)

_WORDS = {
    400: "The request could not be read.",
    401: "You are not signed in.",
    403: "This is not for you.",
    404: "There is no such page.",
    405: "This address takes no such request.",
    413: "That is too large: up to 20 MB of a chart is read at a time.",
    421: "This is not an address of this service.",
}


def tell_errors(bench: Blueprint) -> None:
    """Have every error of these pages told as one."""
    bench.register_error_handler(HTTPException, _refused)
    for kind in (UnusableInput, MappingError, EligibilityError):
        bench.register_error_handler(kind, _unusable)
    bench.register_error_handler(PartnerFault, _not_allowed)
    bench.register_error_handler(NotStored, _not_stored)
    bench.register_error_handler(Exception, _failed)


def error_page(status: int, title: str, says: str) -> Response:
    """The error as a page, or as a part of one where a script asked."""
    name = "fault.html" if is_fragment() else "error.html"
    return Response(
        render_template(f"workbench/{name}", status=status, title=title, says=says),
        status=status,
        mimetype="text/html",
    )


def _refused(fault: HTTPException) -> Response | HTTPException:
    status = fault.code or 500
    if status < 400:
        return fault
    ours = fault.description if fault.description != type(fault).description else ""
    return error_page(status, _WORDS.get(status, fault.name), ours or "")


def _unusable(fault: Exception) -> Response:
    return error_page(422, "This cannot be used.", str(fault))


def _not_allowed(fault: Exception) -> Response:
    assert isinstance(fault, PartnerFault)
    status = fault.status if fault.status in (403, 404, 409, 412, 422) else 422
    return error_page(
        status, "The exchange refused it.", "; ".join(fault.diagnostics) or str(fault)
    )


def _not_stored(_: Exception) -> Response:
    return error_page(503, "The database does not answer.", "Nothing was changed; try again.")


def _failed(fault: Exception) -> Response:
    frame = extract_tb(fault.__traceback__)[-1]
    _LOG.error("%s in %s, line %s", type(fault).__name__, frame.filename, frame.lineno)
    return error_page(500, "An error of this service.", "It is not your fault, and it was logged.")
