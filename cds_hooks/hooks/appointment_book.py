"""appointment-book: appointments are about to be booked, and somebody talks with the member.

Hook definition: appointment-book 1.0. `userId` may name staff, the patient or a relative.
"""

from __future__ import annotations

from cds_hooks.answering import View
from cds_hooks.cards.moment import Moment
from cds_hooks.reading import Call
from cds_hooks.services import Service


def _look(call: Call) -> View:
    del call
    return View(moment=Moment(kind="appointment"))


SERVICE = Service(
    id="ecm-appointment-book",
    hook="appointment-book",
    title="Enhanced Care Management (ECM) with an appointment",
    description=(
        "When an appointment is booked: says whether the member may qualify for Enhanced Care "
        "Management, and what to ask while somebody talks with the member."
    ),
    look=_look,
)
