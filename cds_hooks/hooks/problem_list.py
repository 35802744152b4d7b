"""problem-list-item-create: a condition is entered; it may complete a Population of Focus.

Hook definition: problem-list-item-create 0.1.0 (its context as of April 2026: `conditions`). The
drafts are read together with the record, as if they were saved.
"""

from __future__ import annotations

from cds_hooks.answering import View
from cds_hooks.cards.moment import Moment
from cds_hooks.hooks.drafts import drafts
from cds_hooks.reading import Call
from cds_hooks.services import Service


def _look(call: Call) -> View:
    conditions = bytes(call.context["conditions"])
    ids = [one.get("id") for one in drafts(conditions)]
    return View(
        moment=Moment(kind="problem"),
        drafts=(("conditions", conditions),),
        unsaved=frozenset(f"Condition/{id}" for id in ids if isinstance(id, str)),
    )


SERVICE = Service(
    id="ecm-problem-list-item-create",
    hook="problem-list-item-create",
    title="Enhanced Care Management (ECM) with a new problem",
    description=(
        "When a problem is entered: says whether the member, with that entry counted, may qualify "
        "for Enhanced Care Management."
    ),
    look=_look,
)
