"""What the exchange would say of a step before anybody takes it, by the very rules of a write.

Nothing is written. What else has to come with a write (profiles, the reference of an output) is
checked when it is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adapter import clock
from adapter.casework.access import Access
from adapter.casework.steps import Action, writes
from adapter.errors import UnusableInput
from adapter.fhir_api.faults import Refused
from adapter.fhir_api.lookup import StoreLookup
from adapter.fhir_client.partner_answers import Resource
from adapter.referrals.asking import check_new
from adapter.referrals.codes import kind_of
from adapter.referrals.handing_on import task_above
from adapter.referrals.lifecycle import is_live
from adapter.referrals.rules import rule
from adapter.referrals.standing import Standing, standing
from adapter.store.records import Viewer

_DONE = {"type": {"text": "Outcome"}, "valueString": "What was done"}


class Judge:
    """The rules, as they would judge a viewer's steps with one Task as it is now."""

    def __init__(self, task: Resource, viewer: Viewer, lookup: StoreLookup, base: str) -> None:
        self._task, self._viewer, self._lookup, self._base = task, viewer, lookup, base
        #: What the viewer is towards the Task.
        self.stand: Standing = standing(task, viewer, lookup)
        #: The Tasks it was handed on by.
        self.parts = [one for one in lookup.children(task["id"]) if kind_of(one) == "fulfill"]

    @property
    def order(self) -> Resource | None:
        """What the Task asks to fulfil; None: it is elsewhere, or not for this viewer."""
        return self._lookup.resource(str((self._task.get("focus") or {}).get("reference", "")))

    @property
    def nobody_asked(self) -> bool:
        """Whether nobody is at its order now."""
        order = self.order
        tasks = self._lookup.tasks_focused_on(order["id"]) if order else ()
        return not any(is_live(one) for one in tasks if kind_of(one) == "fulfill")

    @property
    def handed_on(self) -> bool:
        """Whether somebody else it was handed on to is at it."""
        return any(map(is_live, self.parts))

    def refuses(self, action: Action) -> str:
        """Why a step cannot be taken; empty: it can.

        Args:
            action: one of `adapter.casework.steps.ACTIONS`; its outcome, where it needs one, and
                its reason in words are taken to be given.
        """
        before = self._task
        for elements in writes(before, action, base=self._base):
            after = {**before, **elements}
            if after.get("status") == "completed":
                after["output"] = [*(before.get("output") or []), _DONE]
            try:
                ruling = rule(before, after, self._viewer, self._lookup, clock.now())
            except Refused as refused:
                return _words(refused)
            after |= ruling.amendments
            before = {name: value for name, value in after.items() if value is not None}
        return ""

    def refuses_to_hand_on(self) -> str:
        """Why it cannot be handed on to another organization; empty: it can."""
        same = ("code", "intent", "focus", "for")
        part = {
            "resourceType": "Task",
            "id": "new",
            "partOf": [{"reference": f"Task/{self._task['id']}"}],
            "requester": self._task.get("owner"),
            **{name: self._task.get(name) for name in same},
        }
        stand = standing(part, self._viewer, self._lookup)
        try:
            check_new(part, stand, self._lookup)
            task_above(part, stand, self._lookup)
        except Refused as refused:
            return _words(refused)
        return ""


@contextmanager
def judging(access: Access, task: Resource) -> Iterator[Judge]:
    """The rules over the store as it is now.

    Args:
        access: of this process.
        task: as it was looked at.

    Raises:
        UnusableInput: the exchange is a service elsewhere.
    """
    assembly, viewer = access.assembly, access.viewer
    if assembly is None or viewer is None:
        raise UnusableInput("the exchange is elsewhere, and says what it allows when it is asked")
    with assembly.store.reading() as unit:
        lookup = StoreLookup(unit, viewer, assembly.here.around)
        yield Judge(task, viewer, lookup, access.canonical)


def is_own(access: Access, reference: str) -> bool:
    """Whether a record of the exchange in this process was entered by who looks."""
    assembly, viewer = access.assembly, access.viewer
    if assembly is None or viewer is None:
        return False
    with assembly.store.reading() as unit:
        lookup = StoreLookup(unit, viewer, assembly.here.around)
        return viewer.operator or lookup.author_of(reference) == viewer.party


def _words(refused: Refused) -> str:
    return "; ".join(one.diagnostics for one in refused.issues)
