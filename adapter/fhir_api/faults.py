"""A refusal over FHIR: HTTP status and OperationOutcome.

Raised anywhere below the router and told in one place. A message says what was found, where, and
what to do; it repeats no patient data and no token.
"""

from __future__ import annotations

from msgspec import Struct

from adapter.errors import AdapterError


class Issue(Struct, frozen=True, kw_only=True):
    """One issue of an OperationOutcome (value set issue-type)."""

    code: str
    diagnostics: str
    #: FHIRPath of the element, where one is at fault.
    expression: str = ""
    severity: str = "error"


class Refused(AdapterError):
    """The request is not carried out, and nothing was written."""

    def __init__(self, status: int, *issues: Issue, headers: dict[str, str] | None = None) -> None:
        super().__init__("; ".join(one.diagnostics for one in issues))
        self.status = status
        self.issues = issues
        self.headers = headers or {}
        #: What was tried on what (`update`, `Task/12`), for the audit.
        self.action = ""
        self.entity = ""


def refused(status: int, code: str, diagnostics: str, expression: str = "") -> Refused:
    """A refusal with one issue."""
    return Refused(status, Issue(code=code, diagnostics=diagnostics, expression=expression))


def not_found(type: str, id: str) -> Refused:
    """The same for what is not there and for what is another's."""
    del id
    return refused(404, "not-found", f"there is no {type} of that id that you may see")


def gone(type: str) -> Refused:
    """It was there."""
    return refused(410, "deleted", f"the {type} was deleted; its history is at _history")
