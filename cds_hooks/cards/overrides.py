"""Override reasons: what a person may answer who sets a card aside (CDS Hooks 2.0, OverrideReason).

They mirror what the policies exclude and what they leave to the member. The list is the same on
every card: clients such as Epic have it mapped by hand, once, and a list that changed with the
member would tell something. The CodeSystem `ecm-override-reason` is the source.
"""

from __future__ import annotations

from functools import cache

from cds_hooks.protocol import Coding
from profiles.canonicals import canonicals
from profiles.codes import override_reasons

#: HL7's code system of reasons, which CDS Hooks 3.0 offers as an example.
STANDARD_SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"


@cache
def offered(base: str) -> tuple[Coding, ...]:
    """The reasons a card offers, each with its `display` (cds-hooks_2.0@98-@100, @136).

    Args:
        base: canonical base of our own code systems.
    """
    system = canonicals(base).code_system("ecm-override-reason")
    return tuple(
        Coding(system=system, code=one.code, display=one.display)
        for one in override_reasons().values()
    )


@cache
def suppressing() -> frozenset[str]:
    """Our codes after which a card is kept back from the member for a while."""
    return frozenset(one.code for one in override_reasons().values() if one.suppresses)


def meaning(system: str, code: str) -> str | None:
    """Our code for a reason as a client sent it back; None for one we do not know.

    Our codes are taken under any system, because clients that map reasons by hand write their own
    system (Epic takes any). A code of HL7's list counts where it stands for one of ours, or for
    several that all keep the card back; `patient-ineligible` alone does not say why.
    """
    known = override_reasons()
    if code in known:
        return code
    if system.strip().rstrip("/") != STANDARD_SYSTEM:
        return None
    mapped = [one for one in known.values() if one.standard == code]
    if len(mapped) == 1 or (mapped and all(one.suppresses for one in mapped)):
        return mapped[0].code
    return None
