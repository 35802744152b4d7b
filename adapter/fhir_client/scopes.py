r"""What the scopes of an access token allow to be read.

SMART App Launch 1 writes `user/Observation.read`, version 2 `user/Observation.rs?category=...`
("Scopes for requesting FHIR resources"). The grammar here is closed: what looks like such a scope
and is none (`user/*.dus`, `user:Observation.read`) allows nothing. Vendors also send strings of
their own. Those say nothing we could read, so then it is worth a try, and the server decides.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Literal

_CONTEXT = re.compile(r"(?:patient|user|system)[/:]|\*", re.IGNORECASE)
_SCOPE = re.compile(
    r"(?:patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]*)\."
    r"(?:(?P<v1>read|write|\*)|(?P<v2>(?=[cruds])c?r?u?d?s?)(?P<only>\?[^\s?]+)?)",
    re.ASCII,
)
#: Scopes of SMART and OpenID Connect that are about no resource.
_OTHER = frozenset(
    {"fhirUser", "launch", "launch/patient", "launch/encounter", "offline_access", "online_access"}
    | {"openid", "profile"}
)


class Grant(Enum):
    """Whether scopes allow something."""

    YES = "yes"
    #: Only a part of the resources: each scope that covers them names a condition.
    SOME = "some"
    NO = "no"
    #: The scopes do not tell.
    NOT_SAID = "not said"


def grant(scope: str, resource_type: str, interaction: Literal["read", "search"]) -> Grant:
    """Whether a token with these scopes may read, or search, resources of a type.

    Args:
        scope: as granted, separated by spaces; empty: not said.
        resource_type: FHIR type.
        interaction: `read` of one resource by its id, or `search`.
    """
    told = False
    foreign = False
    some = False
    for token in scope.split():
        match = _SCOPE.fullmatch(token)
        if (
            match is not None
            and match["type"] in ("*", resource_type)
            and _allows(match, interaction)
        ):
            if match["only"] is None:
                return Grant.YES
            some = True
        elif match is not None or _CONTEXT.match(token):
            told = True
        elif token not in _OTHER:
            foreign = True
    if some:
        return Grant.SOME
    return Grant.NO if told and not foreign else Grant.NOT_SAID


def _allows(match: re.Match[str], interaction: Literal["read", "search"]) -> bool:
    if match["v1"]:
        return match["v1"] in ("read", "*")
    return interaction[0] in match["v2"]
