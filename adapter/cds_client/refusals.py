"""What to do about an answer of a CDS service that is no success, whoever called it."""

from __future__ import annotations

from collections.abc import Mapping

#: By status, beyond what the answer's OperationOutcome says. How one calls differently is told by
#: who calls: `adapter.cli.cds_hooks_call`, `adapter.workbench.hooks.refusals`.
REFUSALS: Mapping[int, str] = {
    403: "The service knows the caller and does not answer it; ask its operator.",
    415: "Something between here and the service changes the content type.",
    429: "Too many calls; wait, then call again.",
    500: "An error of the service; its log says more.",
    502: "What stands before the service cannot reach it.",
    503: "The service is not ready; call again later.",
    504: "What stands before the service gave up waiting for it.",
}
