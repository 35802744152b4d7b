"""`$validate`: what is wrong with a resource, without storing it.

https://hl7.org/fhir/R4/resource-operation-validate.html. The answer is an OperationOutcome and
always 200: that a resource has faults is the answer, not a failure.
"""

from __future__ import annotations

from typing import Any

import msgspec

from adapter.fhir_api.answers import outcome_body
from adapter.fhir_api.faults import Issue, refused
from adapter.fhir_api.operations import Asked, Operation
from adapter.fhir_api.table import TABLE, Definition
from profiles.canonicals import DEFAULT_BASE

_DEFINITION = Definition(
    name="validate",
    definition="http://hl7.org/fhir/OperationDefinition/Resource-validate",
    types=frozenset(TABLE),
    instances=frozenset(TABLE),
    system=True,
)


def validate_operation(base: str = DEFAULT_BASE) -> Operation:
    """The operation.

    Args:
        base: our canonical base in this deployment.
    """

    def answer(asked: Asked) -> dict[str, Any]:
        resource = _resource(asked)
        profile = asked.one("profile")
        issues = _issues(resource, profile, base)
        outcome: dict[str, Any] = msgspec.json.decode(outcome_body(issues))
        return outcome

    return Operation(definition=_DEFINITION, answer=answer)


def _resource(asked: Asked) -> dict[str, Any]:
    document = asked.document
    if document is None:
        raise refused(400, "required", "there is no resource to validate; send one")
    resource = document.data
    if resource.get("resourceType") == "Parameters" and asked.route.type != "Parameters":
        given = asked.resources("resource")
        if len(given) != 1:
            raise refused(400, "required", "parameter `resource` has to give one resource")
        resource = given[0]
    if asked.route.type and resource.get("resourceType") != asked.route.type:
        raise refused(400, "structure", f"this address validates {asked.route.type}; send one")
    return resource


def _issues(resource: dict[str, Any], profile: str | None, base: str) -> list[Issue]:
    from profiles.validate import validate

    issues = []
    if profile is not None:
        meta = resource.get("meta")
        claimed = meta.get("profile", []) if isinstance(meta, dict) else []
        if isinstance(claimed, list) and profile not in claimed:
            known = meta if isinstance(meta, dict) else {}
            resource = {**resource, "meta": {**known, "profile": [*claimed, profile]}}
        if not profile.startswith(base):
            issues.append(
                Issue(
                    severity="warning",
                    code="not-supported",
                    diagnostics="the profile is not one of this server's and was not checked; "
                    "what FHIR R4 itself asks was",
                )
            )
    plain = msgspec.json.decode(msgspec.json.Encoder(decimal_format="number").encode(resource))
    issues += [
        Issue(
            severity=one.severity,
            code="invariant",
            diagnostics=f"{one.found} ({one.rule}). {one.remedy}",
            expression=one.expression,
        )
        for one in validate(plain, base=base, warnings=True)
    ]
    if all(one.severity != "error" for one in issues):
        issues.append(
            Issue(severity="information", code="informational", diagnostics="no fault was found")
        )
    return issues
