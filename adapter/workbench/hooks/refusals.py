"""What an answer that is no success says, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adapter.cds_client.refusals import REFUSALS

#: What to do about an answer, by status, beyond what its OperationOutcome says.
ADVICE = {
    **REFUSALS,
    **dict.fromkeys(
        (301, 302, 303, 307, 308),
        "The address leads elsewhere. Redirects are not followed, as a token would go along: use "
        "the new address.",
    ),
    400: "The request itself is wrong; the report on conformance says where.",
    401: "Why is not told, on purpose. Is the issuer registered with this key, does aud name this "
    "very URL, is the clock right, was the token used before? The page Tokens takes it apart.",
    404: "There is no such service here; its discovery lists those there are.",
    412: "The service lacks data it cannot do without: send that prefetch key, or name a FHIR "
    "server it may fetch from.",
    413: "The request is too large; leave out what is largest.",
}


def issues_told(body: object) -> Iterator[str]:
    """What an OperationOutcome says, a line for each issue."""
    issues = body.get("issue") if isinstance(body, Mapping) else None
    for issue in issues if isinstance(issues, list) else ():
        if isinstance(issue, dict):
            details = issue.get("details")
            said = issue.get("diagnostics") or (
                details.get("text") if isinstance(details, dict) else None
            )
            where = ", ".join(str(one) for one in issue.get("expression") or ())
            yield ": ".join(filter(None, (where, str(said or issue.get("code") or ""))))
