"""patient-view: somebody opens a member's chart; does ECM come into question?

Hook definition: patient-view 1.0. `userId` may name staff, the patient or a relative. Epic fires
this hook for most of what happens and says in an extension what it really was: an admission and a
discharge get the advice of their own hooks.
"""

from __future__ import annotations

from cds_hooks.answering import View
from cds_hooks.cards.moment import Kind, Moment
from cds_hooks.reading import Call
from cds_hooks.services import Service

#: Epic's trigger actions that are more than a look at the chart.
_EPIC_TRIGGERS: dict[str, Kind] = {
    "18": "order",  # an order is entered
    "23": "order",  # orders are signed
    "26": "admission",
    "27": "discharge",
    "29": "admission",  # moved to another unit: the stay goes on
}


def _look(call: Call) -> View:
    return View(moment=Moment(kind=_EPIC_TRIGGERS.get(call.trigger, "chart")))


SERVICE = Service(
    id="ecm-patient-view",
    hook="patient-view",
    title="Enhanced Care Management (ECM)",
    description=(
        "Says whether a Medi-Cal member may qualify for Enhanced Care Management, by which "
        "rule of which text, or which questions would decide it. Silent where nothing points "
        "to it."
    ),
    look=_look,
)
