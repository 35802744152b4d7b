"""problem-list-item-create: a condition is entered; it may complete a Population of Focus.

Hook definition: problem-list-item-create 0.1.0 (its context as of April 2026: `conditions`). The
drafts are read together with the record, as if they were saved.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from cds_hooks.answering import View
from cds_hooks.cards.moment import Moment
from cds_hooks.reading import Call
from cds_hooks.services import Service


class _Draft(Struct):
    id: str | None = None


class _Entry(Struct):
    resource: _Draft | None = None


class _Bundle(Struct):
    entry: list[_Entry] | None = None


_DRAFTS = msgspec.json.Decoder(_Bundle)


def _look(call: Call) -> View:
    drafts = bytes(call.context["conditions"])
    return View(
        moment=Moment(kind="problem"), drafts=(("conditions", drafts),), unsaved=_references(drafts)
    )


def _references(drafts: bytes) -> frozenset[str]:
    try:
        entries = _DRAFTS.decode(drafts).entry or []
    except msgspec.DecodeError:
        return frozenset()
    ids = (one.resource.id for one in entries if one.resource is not None)
    return frozenset(f"Condition/{id}" for id in ids if id)


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
