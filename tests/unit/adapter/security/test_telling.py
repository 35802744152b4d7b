"""What is told is written down with patient, labels and consent; Part 2 data bear their notice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapter.security.disclosure import STATEMENT
from adapter.security.telling import notice, told
from adapter.store.database import Database
from adapter.store.records import AuditEntry, Permit, Version, Viewer
from adapter.store.resources import ResourceStore
from tests.unit.adapter.store.drafting import OPERATOR, OTHER, PROVIDER, draft, viewer

FOREVER = 2**53


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ResourceStore]:
    """Conditions that need a consent and a Task that needs none, about p1, and a Location."""
    folder: Path = tmp_path_factory.mktemp("telling")
    with closing(Database(f"sqlite:///{folder / 'ecm.sqlite'}")) as database:
        store = ResourceStore(database)
        with store.unit() as unit:
            for type, id, labels in (
                ("Condition", "c", {"eth", "r"}),
                ("Condition", "h", {"hiv"}),
                ("Task", "t", set[str]()),
                ("Consent", "x", set[str]()),
                ("Consent", "y", set[str]()),
            ):
                unit.put(draft(id, 1, unit.now, type=type, labels=frozenset(labels)))
            unit.put(draft("l", 1, unit.now, type="Location", patient=None))
            for id, party, permitted in (
                ("x", PROVIDER, ["eth", "r", "hiv"]),
                ("y", OTHER, ["*"]),
            ):
                unit.permit(
                    "valley",
                    ("Consent", id),
                    [
                        Permit(patient="p1", party=party, label=label, start=0, end=FOREVER)
                        for label in permitted
                    ],
                )
        yield store


def entries(store: ResourceStore, eyes: Viewer, *places: tuple[str, str]) -> list[AuditEntry]:
    with store.reading() as unit:
        found: list[Version] = []
        for type, id in places:
            version = unit.current("valley", type, id)
            assert version is not None
            found.append(version)
        return told(unit, eyes, "read", found)


def test_an_entry_says_whose_data_it_was_how_guarded_and_by_which_consent(store: ResourceStore):
    """For a provider that sees it by consent alone."""
    (entry,) = entries(store, viewer(PROVIDER), ("Condition", "c"))
    assert (entry.action, entry.outcome, entry.entity) == ("read", "success", "Condition/c")
    assert (entry.patient, entry.labels, entry.consent) == ("p1", "eth r", "Consent/x")


@pytest.mark.parametrize(
    ("eyes", "place", "consent"),
    (
        (OPERATOR, ("Condition", "c"), ""),
        (viewer(PROVIDER, clearance=frozenset({"eth", "r"})), ("Condition", "c"), ""),
        (viewer(PROVIDER, clearance=frozenset({"r"})), ("Condition", "c"), "Consent/x"),
        (viewer(PROVIDER), ("Task", "t"), ""),
        (viewer(PROVIDER), ("Location", "l"), ""),
        (viewer(OTHER, covered=False), ("Task", "t"), "Consent/y"),
        (viewer(OTHER, covered=False), ("Location", "l"), ""),
    ),
)
def test_a_consent_is_named_where_it_was_needed(
    store: ResourceStore, eyes: Viewer, place: tuple[str, str], consent: str
):
    """Not where a clearance, or the law for covered entities, does without."""
    (entry,) = entries(store, eyes, place)
    assert entry.consent == consent


def test_what_is_told_of_substance_use_by_consent_bears_the_notice(store: ResourceStore):
    """Once for all that is told at once; nothing else does."""
    eyes = viewer(PROVIDER)
    found = notice(entries(store, eyes, ("Task", "t"), ("Condition", "c"), ("Condition", "h")))
    assert found is not None
    assert (found.statement, found.consents) == (STATEMENT, ("Consent/x",))
    assert notice(entries(store, eyes, ("Task", "t"), ("Condition", "h"))) is None
    assert notice(entries(store, OPERATOR, ("Condition", "c"))) is None
    assert notice([]) is None
