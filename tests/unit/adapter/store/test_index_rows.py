"""A resource is found by what its present version says, and by nothing else."""

from __future__ import annotations

import pytest

from adapter.store.records import IndexRows
from adapter.store.resources import ResourceStore
from tests.unit.adapter.store.drafting import OPERATOR, TENANT, draft, put_next, rows


def found_by(resources: ResourceStore, table: str) -> list[tuple[object, ...]]:
    with resources.reading() as unit:
        return unit.connection.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4", {})  # noqa: S608


@pytest.mark.parametrize("told", (True, False))
def test_a_resource_is_found_by_its_present_version_alone(resources: ResourceStore, told: bool):
    """Whether the writer knows what the version before was found by, or has it looked up."""
    before = rows("requested")
    with resources.unit() as unit:
        unit.put(draft("1", 1, unit.now, index=before))
    after = IndexRows(
        tokens=(("Task.status", "s", "accepted"), ("Task.intent", "i", "order")),
        references=before.references,
        strings=(("Task.name", "ng", "Ng"),),
    )
    with resources.unit() as unit:
        unit.put(draft("1", 2, unit.now + 1, index=after), previous=before if told else None)
    assert found_by(resources, "token_index") == [
        (1, "Task.intent", "order", "i", TENANT),
        (1, "Task.status", "accepted", "s", TENANT),
    ]
    assert len(found_by(resources, "reference_index")) == 1
    assert found_by(resources, "string_index") == [(1, "Task.name", "ng", "Ng", TENANT)]
    assert not found_by(resources, "date_index")
    assert not found_by(resources, "number_index")


def test_a_deleted_resource_is_found_by_nothing_and_comes_back(resources: ResourceStore):
    with resources.unit() as unit:
        put_next(unit, "1")
    with resources.unit() as unit:
        deleted = put_next(unit, "1", method="delete")
    assert deleted.deleted
    assert not deleted.body
    for table in ("token_index", "reference_index", "date_index", "string_index", "number_index"):
        assert not found_by(resources, table)
    with resources.reading() as unit:
        assert unit.visible(OPERATOR, "Task", "1") == deleted
    with resources.unit() as unit:
        assert put_next(unit, "1", method="create").version == 3
    assert len(found_by(resources, "token_index")) == 2


def test_a_text_longer_than_an_index_takes_is_clipped(resources: ResourceStore):
    """Not at half a letter; the resource itself is whole."""
    index = IndexRows(tokens=(("Task.code", "s" * 5000, "é" * 5000),))
    with resources.unit() as unit:
        unit.put(draft("1", 1, unit.now, index=index, body=b"x" * 5000))
    [(*_, code, system, _)] = found_by(resources, "token_index")
    assert (system, code) == ("s" * 800, "é" * 400)
