"""The steps that a visitor may take with a referral now, as the page offers them."""

from __future__ import annotations

from msgspec import Struct

from adapter.casework.access import Access
from adapter.fhir_client.partner_answers import Resource
from adapter.workbench.roles import Visitor


class Offered(Struct, frozen=True, kw_only=True):
    """A step, as a small form."""

    #: Of the address it is sent to.
    action: str
    title: str


def steps_open_to(access: Access, visitor: Visitor, task: Resource) -> tuple[Offered, ...]:
    """What a visitor may do with a Task now, the most likely first; nothing: nothing."""
    del access, visitor, task
    return ()
