"""How a call of a partner's FHIR server can fail, by what to do about it.

PartnerFault
├── Unreachable     nothing was decided there: try again later
├── NotAuthorized   it does not let us: somebody has to see to the registration; try again later
├── Conflict        another version is current there (412, 409): read, and decide on that
├── Missing         it is not there, or not for us (404, 410)
└── Rejected        it does not take what we sent, and would not another time

A message tells the status and the codes of the OperationOutcome, never its words: those may name a
patient.
"""

from __future__ import annotations

import re
from typing import Any

from adapter.errors import AdapterError
from adapter.fhir_client.partner_answers import objects

#: Answers after which the same call may succeed another time.
_LATER = frozenset({408, 423, 425, 429, 500, 502, 503, 504, 507})
_CODE = re.compile(r"[a-z][a-z-]{0,30}")


class PartnerFault(AdapterError):
    """A call of a partner's server came to nothing."""

    def __init__(
        self, words: str, *, status: int = 0, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(words)
        #: HTTP status; 0: none came.
        self.status = status
        #: How long the partner asked to be left alone; None: it did not say.
        self.retry_after_seconds = retry_after_seconds
        #: The words of the OperationOutcome, which may name a patient: for whoever asked, and for
        #: no log.
        self.diagnostics: tuple[str, ...] = ()


class Unreachable(PartnerFault):
    """Nothing was decided there."""


class NotAuthorized(PartnerFault):
    """The partner does not let us."""


class Conflict(PartnerFault):
    """Another version is current there."""


class Missing(PartnerFault):
    """It is not there, or not for us."""


class Rejected(PartnerFault):
    """It does not take what we sent."""


def fault_of(
    call: str, status: int, body: object, retry_after_seconds: float | None
) -> PartnerFault:
    """The fault that an answer stands for.

    Args:
        call: what was asked, without query.
        status: of the answer, 300 or more.
        body: decoded; None: it was no JSON.
        retry_after_seconds: as the answer says.
    """
    told = ", ".join(_codes(body))
    words = f"{call} was answered with {status}" + (f" ({told})" if told else "")
    kind: type[PartnerFault]
    if status in (401, 403):
        kind = NotAuthorized
    elif status in (404, 410):
        kind = Missing
    elif status in (409, 412):
        kind = Conflict
    elif status in _LATER or status > 507:
        kind = Unreachable
    else:
        kind = Rejected
    fault = kind(words, status=status, retry_after_seconds=retry_after_seconds)
    fault.diagnostics = _diagnostics(body)
    return fault


def _diagnostics(body: Any) -> tuple[str, ...]:
    issues = body.get("issue") if isinstance(body, dict) else None
    found = [one.get("diagnostics") for one in objects(issues)]
    return tuple(one for one in found if isinstance(one, str))


def _codes(body: Any) -> list[str]:
    """Codes of the issues, or the error of a token endpoint (RFC 6749)."""
    if not isinstance(body, dict):
        return []
    found = [one.get("code") for one in objects(body.get("issue"))]
    found.append(str(body.get("error", "")).replace("_", "-"))
    return [
        code for code in dict.fromkeys(found) if isinstance(code, str) and _CODE.fullmatch(code)
    ]
