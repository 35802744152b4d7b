"""The order in which entries are carried out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapter.fhir_api.call import Call
from adapter.fhir_api.entries import Entry
from adapter.fhir_api.routing import Route
from adapter.fhir_api.transaction_plan import Planned, in_order


def planned(place: int, interaction: str, refers: tuple[str, ...] = ()) -> Planned:
    call = Call(method="POST", path=("Task",))
    entry = Entry(place=place, full_url="", call=call, resource=None)
    route = Route(interaction=interaction, type="Task")
    return Planned(entry=entry, route=route, id=str(place), refers=refers)


def order(*given: Planned) -> list[int]:
    return [one.entry.place for one in in_order(given)]


def test_deletions_writes_reads():
    """Each kind in the order of the entries."""
    kinds = ("read", "patch", "search-type", "delete", "update", "create", "delete")
    assert order(*(planned(n, kind) for n, kind in enumerate(kinds))) == [3, 6, 1, 4, 5, 0, 2]


def test_what_is_referred_to_comes_first():
    """Also along a chain, and from what is updated."""
    chain = [planned(n, "create", (f"Task/{n + 1}",)) for n in range(3)]
    assert order(*chain, planned(3, "update")) == [3, 2, 1, 0]


def test_an_order_ends_after_its_tasks():
    """Though they refer to it."""
    order_ends = planned(0, "update")
    order_ends.ends_order = True
    assert order(order_ends, planned(1, "update", ("Task/0",)), planned(2, "read")) == [1, 0, 2]


def test_a_circle_is_carried_out_once_each():
    """It has to begin somewhere."""
    assert sorted(order(planned(0, "create", ("Task/1",)), planned(1, "create", ("Task/0",)))) == [
        0,
        1,
    ]
    assert order(planned(0, "create", ("Task/0", "Task/9", "Patient/1"))) == [0]


@given(st.lists(st.sets(st.integers(0, 30)), max_size=31))
def test_every_entry_is_carried_out_once_after_what_it_refers_to(refers: list[set[int]]):
    """Where there is no circle: each refers to later entries only."""
    entries = [
        planned(n, "create", tuple(f"Task/{target}" for target in targets if target > n))
        for n, targets in enumerate(refers)
    ]
    done = order(*entries)
    assert sorted(done) == list(range(len(entries)))
    for one in entries:
        for target in one.refers:
            number = int(target.partition("/")[2])
            if number < len(entries):
                assert done.index(number) < done.index(one.entry.place)


def test_a_long_chain_needs_no_recursion():
    """As long as a Bundle may be."""
    chain = [planned(n, "create", (f"Task/{n + 1}",)) for n in range(5000)]
    assert order(*chain) == list(range(4999, -1, -1))
