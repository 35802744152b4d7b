"""What tells a page that something changed: a mark of what its visitor sees.

Pages ask every second or two, so this has to cost next to nothing: what a visitor sees is counted
again only when a Task of the tenant changed, or another minute began (something may be overdue).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from threading import Lock

from msgspec import Struct

from adapter.casework.board import Board
from adapter.store.board_conditions import Queue, Wanted
from adapter.store.records import Viewer

#: Visitors that are remembered.
_MOST = 512


class Known(Struct, frozen=True):
    """What a visitor's board was when it was counted."""

    mark: str
    counts: Mapping[Queue, int]


class Marks:
    """The marks of all visitors of this process; any number of threads may ask."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], tuple[str, Known]] = {}
        self._lock = Lock()

    def of(self, board: Board, viewer: Viewer, wanted: Wanted, minute: int) -> Known:
        """A mark that is another one when anything changed that the viewer sees on the board.

        Args:
            board: the viewer's.
            viewer: whose eyes.
            wanted: without filters.
            minute: since 1970.
        """
        whose = (viewer.tenant, viewer.party, viewer.operator, viewer.claims, viewer.covered)
        key = (*whose, viewer.clearance, viewer.scopes)
        before = f"{board.latest()} {minute}"
        with self._lock:
            known = self._known.get(key)
        if known is not None and known[0] == before:
            return known[1]
        counts, text = board.counts(wanted)
        found = Known(sha256(text.encode()).hexdigest()[:24], counts)
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = (before, found)
        return found
