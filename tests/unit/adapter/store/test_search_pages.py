"""Pages of a search: counted up to a bound, found again by their link, by nobody else."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from adapter.fhir_api.faults import Refused
from adapter.search.indexing import index
from adapter.search.parsing import parse
from adapter.store import search_candidates, search_includes, searching
from adapter.store.resources import ResourceStore
from adapter.store.search_pages import KEPT, forget_pages, keep_page, load_page
from adapter.store.transactions import Row, Transaction, Values
from tests.unit.adapter.store.drafting import OPERATOR, PROVIDER, draft, viewer


def write_tasks(resources: ResourceStore, count: int) -> None:
    """Tasks of one organization, each about one patient of its own."""
    with resources.unit() as unit:
        for number in range(count):
            for type, resource in (
                ("Patient", {"name": [{"family": f"Family {number}"}]}),
                (
                    "Task",
                    {
                        "status": "requested",
                        "for": {"reference": f"Patient/{number}"},
                        "owner": {"reference": "Organization/o"},
                    },
                ),
            ):
                unit.put(
                    draft(str(number), 1, 1000 + number, type=type, index=index(type, resource))
                )


def test_the_total_is_told_up_to_a_bound_and_beyond_it_if_asked(
    resources: ResourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten are counted here; in earnest it is five hundred."""
    monkeypatch.setattr(searching, "COUNTED", 10)
    write_tasks(resources, 11)
    with resources.reading() as unit:
        for sort in ([], [("_sort", "authored-on")]):
            query = parse("Task", [("_count", "3"), *sort])
            assert unit.search(OPERATOR, query).total is None
            assert unit.search(OPERATOR, replace(query, total="accurate")).total == 11
            assert unit.search(OPERATOR, replace(query, total="none")).total is None
            ids = ",".join(str(number) for number in range(10))
            query = parse("Task", [("_id", ids), ("_count", "3"), *sort])
            page = unit.search(OPERATOR, query)
            assert page.total == 10
            # The next page tells what the first one counted.
            assert unit.search(OPERATOR, replace(query, after=page.next)).total == 10


def test_a_page_goes_on_where_the_one_before_ended_though_something_came_between(
    resources: ResourceStore,
) -> None:
    write_tasks(resources, 6)
    query = parse("Task", [("_sort", "-_lastUpdated"), ("_count", "2")])
    with resources.reading() as unit:
        first = unit.search(OPERATOR, query)
    with resources.unit() as unit:
        unit.put(draft("new", 1, 9000, index=index("Task", {"status": "requested"})))
        unit.put(draft("4", 2, 9001, method="delete"))
    with resources.reading() as unit:
        second = unit.search(OPERATOR, replace(query, after=first.next))
    assert [one.id for one in first.matches] == ["5", "4"]
    assert [one.id for one in second.matches] == ["3", "2"]


def test_more_than_an_answer_takes_is_cut_and_told(
    resources: ResourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_includes, "MOST_INCLUDED", 3)
    write_tasks(resources, 5)
    query = parse("Task", [("_include", "Task:patient")])
    with resources.reading() as unit:
        found = unit.search(OPERATOR, query)
        assert (len(found.included), found.is_cut) == (3, True)
        found = unit.search(OPERATOR, replace(query, count=3))
        assert (len(found.included), found.is_cut) == (3, False)


def test_a_link_leads_the_same_client_to_the_same_search(resources: ResourceStore) -> None:
    query = parse("Task", [("patient.name", "Smith"), ("_sort", "-authored-on,_id")])
    with resources.unit() as unit:
        token = keep_page(unit.connection, OPERATOR, query, "[null,[1]]", unit.now)
        assert "Smith" not in token
        found = load_page(unit.connection, OPERATOR, token, unit.now)
        assert found == replace(query, after="[null,[1]]")


@pytest.mark.parametrize(
    "other",
    (
        viewer(PROVIDER),
        replace(OPERATOR, client="another"),
        replace(OPERATOR, tenant="another"),
    ),
)
def test_a_link_is_nothing_to_anybody_else(resources: ResourceStore, other: object) -> None:
    with resources.unit() as unit:
        token = keep_page(unit.connection, OPERATOR, parse("Task", []), "x", unit.now)
        assert load_page(unit.connection, other, token, unit.now) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("token", ("", "guess", "\0", "\ud800", "ä", "x" * 5000, "' OR 1=1 --"))
def test_what_is_no_token_leads_nowhere(resources: ResourceStore, token: str) -> None:
    with resources.unit() as unit:
        keep_page(unit.connection, OPERATOR, parse("Task", []), "x", unit.now)
        assert load_page(unit.connection, OPERATOR, token, unit.now) is None


def test_a_link_is_good_for_a_day_and_then_forgotten(resources: ResourceStore) -> None:
    with resources.unit() as unit:
        token = keep_page(unit.connection, OPERATOR, parse("Task", []), "x", 0)
        assert load_page(unit.connection, OPERATOR, token, KEPT - 1) is not None
        assert load_page(unit.connection, OPERATOR, token, KEPT) is None
        assert forget_pages(unit.connection, KEPT - 1) == 0
        assert forget_pages(unit.connection, KEPT) == 1


@pytest.mark.parametrize("after", ("x", "[]", "[null,[1,2,3]]", "[null,[{}]]", "\ud800"))
def test_what_is_no_place_of_the_search_is_refused(resources: ResourceStore, after: str) -> None:
    query = replace(parse("Task", []), after=after)
    with resources.reading() as unit, pytest.raises(Refused):
        unit.search(OPERATOR, query)


def test_a_chain_tells_nothing_of_what_the_caller_does_not_see(resources: ResourceStore) -> None:
    """The provider sees the Task, not the Patient it is for, nor who refers to it."""
    write_tasks(resources, 1)
    with resources.unit() as unit:
        unit.grant(("Task", "0"), "valley", {("Task", "0", PROVIDER)})
    searches = {
        "patient.name": "Family",
        "patient.name:missing": "false",
        "patient._id": "0",
        "patient._has:Task:patient:status": "requested",
    }
    with resources.reading() as unit:
        for name, value in searches.items():
            query = parse("Task", [(name, value)])
            assert unit.search(OPERATOR, query).total == 1, name
            assert unit.search(viewer(PROVIDER), query).total == 0, name
        query = parse("Task", [("_include", "Task:patient"), ("status", "requested")])
        found = unit.search(viewer(PROVIDER), query)
        assert (len(found.matches), found.included) == (1, [])
        # The Patient is the provider's to see now, the Task no longer.
        query = parse("Patient", [("_has:Task:patient:status", "requested")])
        assert unit.search(OPERATOR, query).total == 1
    with resources.unit() as unit:
        unit.grant(("Task", "0"), "valley", {("Patient", "0", PROVIDER)})
    with resources.reading() as unit:
        assert unit.search(viewer(PROVIDER), query).total == 0
        along = parse("Patient", [("_revinclude", "Task:patient")])
        found = unit.search(viewer(PROVIDER), along)
        assert (len(found.matches), found.included) == (1, [])


def test_a_code_that_two_systems_have_is_one_match(
    resources: ResourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where candidates come in order, each as often as it has the code."""
    monkeypatch.setattr(search_candidates, "_FEW", 1)
    code = {"coding": [{"system": "urn:a", "code": "x"}, {"system": "urn:b", "code": "x"}]}
    with resources.unit() as unit:
        for id in "123":
            unit.put(draft(id, 1, 1000, index=index("Task", {"code": code})))
    with resources.reading() as unit:
        found = unit.search(OPERATOR, parse("Task", [("code", "x"), ("_count", "2")]))
        assert ([one.id for one in found.matches], found.total) == (["1", "2"], 3)
        assert unit.search(OPERATOR, parse("Task", [("code", "x"), ("_count", "0")])).total == 3


class Explaining:
    """A transaction in a SQLite file that keeps how each statement is carried out."""

    is_file = True

    def __init__(self, inner: Transaction) -> None:
        self._inner = inner
        self.steps: list[str] = []

    def rows(self, sql: str, values: Values) -> list[Row]:
        self.steps += [row[3] for row in self._inner.rows(f"EXPLAIN QUERY PLAN {sql}", values)]
        return self._inner.rows(sql, values)


@pytest.mark.parametrize("few", (0, 5000))
@pytest.mark.parametrize("url", ("sqlite",), indirect=True)
@pytest.mark.parametrize(
    "search",
    (
        "owner=Organization/o&status=requested",
        "status=requested",
        "",
        "_sort=-_lastUpdated",
        "_lastUpdated=gt2024&owner=Organization/o",
        "patient.name=Family&status=requested",
        "_has:Task:part-of:status=requested",
        "owner:missing=true&status=requested",
        "owner=Organization/o&_include=Task:patient&_revinclude=Task:part-of:iterate",
        "_id=1",
    ),
)
def test_no_table_is_read_from_end_to_end(
    resources: ResourceStore, search: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the time of a page does not grow with what is stored."""
    monkeypatch.setattr(search_candidates, "_FEW", few)
    write_tasks(resources, 3)
    pairs = [tuple(each.split("=", 1)) for each in search.split("&") if each]
    query = parse("Task", [(name, value) for name, value in pairs])
    with resources.reading() as unit:
        for eyes in (OPERATOR, viewer(PROVIDER)):
            explaining = Explaining(unit.connection)
            searching.search(explaining, eyes, query, unit.now)  # type: ignore[arg-type]
            steps = [step.split() for step in explaining.steps]
            # What a subquery gave is read whole, and the list of keys of a page.
            given = {step[1] for step in steps if step[0] in ("CO-ROUTINE", "MATERIALIZE")}
            scanned = {step[1] for step in steps if step[0] == "SCAN"}
            assert scanned - given <= {"k", "CONSTANT"}, explaining.steps
