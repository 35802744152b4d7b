"""encounter-start and encounter-discharge: a stay or visit begins or ends.

Hook definitions: encounter-start 1.0, encounter-discharge 1.0. A discharge is the moment a
transition of care is arranged, so a referral suggested there is urgent.
"""

from __future__ import annotations

from cds_hooks.answering import View
from cds_hooks.cards.moment import Moment
from cds_hooks.reading import Call
from cds_hooks.services import Service


def _start(call: Call) -> View:
    del call
    return View(moment=Moment(kind="admission"))


def _discharge(call: Call) -> View:
    del call
    return View(moment=Moment(kind="discharge"))


START = Service(
    id="ecm-encounter-start",
    hook="encounter-start",
    title="Enhanced Care Management (ECM) on admission",
    description=(
        "When a visit or stay begins: says whether the member may qualify for Enhanced Care "
        "Management, and what to ask while the member is there."
    ),
    look=_start,
)

DISCHARGE = Service(
    id="ecm-encounter-discharge",
    hook="encounter-discharge",
    title="Enhanced Care Management (ECM) before discharge",
    description=(
        "Before a discharge: says whether the member may qualify for Enhanced Care Management, so "
        "that a lead care manager can be there for the transition."
    ),
    look=_discharge,
)
