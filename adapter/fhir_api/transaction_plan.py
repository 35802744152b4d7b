"""What the entries of a transaction come down to, and in which order they are carried out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct

from adapter.fhir_api.entries import Entry, at_entry
from adapter.fhir_api.faults import Refused, refused
from adapter.fhir_api.routing import Route
from adapter.search.query import Query
from adapter.store.records import Version

_WRITES = frozenset({"create", "update", "patch"})


class Planned(Struct, kw_only=True):
    """One entry, and what is known of it before anything is written."""

    entry: Entry
    route: Route
    #: The condition it depends on; None: on none.
    condition: Query | None = None
    #: Of the resource it is about; empty: a condition finds none, or it is about none.
    id: str = ""
    #: What its condition found.
    existing: Version | None = None
    #: Whether another entry creates what this one would find or create.
    is_repeated: bool = False
    #: What the resource refers to, as it will be written.
    refers: tuple[str, ...] = ()
    #: Whether it ends an order that is there: the Tasks that end with it are written before.
    ends_order: bool = False

    @property
    def target(self) -> str:
        """`Task/12`."""
        return f"{self.route.type}/{self.id}" if self.id else ""

    @property
    def creates(self) -> bool:
        """Whether it is a POST."""
        return self.route.interaction == "create"

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to write: the resource is there already."""
        return self.creates and (self.is_repeated or self.existing is not None)

    @property
    def text(self) -> str:
        """Its condition as a text, the same for the same condition; empty: it has none."""
        found = self.condition
        return f"{found.type}?{sorted(found.applied)}" if found is not None else ""

    @property
    def base(self) -> str:
        """The base of its full URL, on which its relative references stand; empty: it has none."""
        url = self.entry.full_url
        if not url.startswith(("http://", "https://")):
            return ""
        return url.rpartition("/")[0].rpartition("/")[0] + "/"


@contextmanager
def at(entry: Entry) -> Iterator[None]:
    """Say in a refusal which entry it is about."""
    try:
        yield
    except Refused as fault:
        raise at_entry(fault, entry.place) from None


def check_identities(planned: Iterable[Planned]) -> None:
    """No resource may be written by two entries: their order would decide what is left.

    Raises:
        Refused: 400.
    """
    seen: set[str] = set()
    for one in planned:
        if not one.route.writes or not one.id or one.is_done:
            continue
        if one.target in seen:
            with at(one.entry):
                raise refused(
                    400,
                    "duplicate",
                    "two entries write the same resource; put what they change into one",
                )
        seen.add(one.target)


def in_order(planned: Sequence[Planned]) -> list[Planned]:
    """Deletions, writes each after what it refers to, ends of orders, reads."""
    deletions = [one for one in planned if one.route.interaction == "delete"]
    writes = [one for one in planned if one.route.interaction in _WRITES]
    reads = [one for one in planned if not one.route.writes]
    ends = [one for one in writes if one.ends_order]
    others = [one for one in writes if not one.ends_order]
    return [*deletions, *_after_references(others), *ends, *reads]


def _after_references(writes: Sequence[Planned]) -> list[Planned]:
    """Each after those it refers to; a circle is begun somewhere."""
    by_target = {one.target: one for one in writes if not one.is_repeated}
    ordered: list[Planned] = []
    begun: set[int] = set()
    for start in writes:
        # Depth first, without recursion: a chain may be as long as the Bundle.
        waiting: list[tuple[Planned, Iterator[str]]] = []
        following: Planned | None = start if start.entry.place not in begun else None
        while waiting or following is not None:
            if following is not None:
                begun.add(following.entry.place)
                before = (following.target,) if following.is_repeated else ()
                waiting.append((following, iter((*before, *following.refers))))
            one, rest = waiting[-1]
            following = next(
                (
                    found
                    for target in rest
                    if (found := by_target.get(target)) is not None
                    and found.entry.place not in begun
                ),
                None,
            )
            if following is None:
                ordered.append(one)
                waiting.pop()
    return ordered
