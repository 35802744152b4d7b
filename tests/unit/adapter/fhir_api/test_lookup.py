"""What the rules of one write remember of the store, and when they look again."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import msgspec

from adapter.fhir_api.lookup import StoreLookup, Surroundings
from adapter.store.database import Database
from adapter.store.records import Draft, Viewer
from adapter.store.resources import ResourceStore

_VIEWER = Viewer(tenant="t", client="plan", party="urn:plan|1", operator=True)
_AROUND = Surroundings(is_party=lambda *_: True, partner_of=lambda *_: None)


def _written(store: ResourceStore, version: int, status: str) -> None:
    order = {"resourceType": "ServiceRequest", "id": "a", "status": status}
    with store.unit() as unit:
        unit.put(
            Draft(
                tenant="t",
                type="ServiceRequest",
                id="a",
                method="create" if version == 1 else "update",
                version=version,
                updated_at=version,
                body=msgspec.json.encode(order),
                author=_VIEWER.party,
            )
        )


def test_what_somebody_else_wrote_before_it_was_locked_counts(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as database:
        store = ResourceStore(database)
        _written(store, 1, "active")
        with store.reading() as unit:
            lookup = StoreLookup(unit, _VIEWER, _AROUND)
            assert (lookup.resource("ServiceRequest/a") or {})["status"] == "active"
            _written(store, 2, "revoked")
            lookup.forget(("ServiceRequest", "a"))
            for found in (lookup.resource("ServiceRequest/a"), lookup.any("ServiceRequest/a")):
                assert (found or {})["status"] == "revoked"


def test_what_is_not_there_has_no_author(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as database:
        store = ResourceStore(database)
        _written(store, 1, "active")
        with store.reading() as unit:
            lookup = StoreLookup(unit, _VIEWER, _AROUND)
            assert lookup.author_of("ServiceRequest/a") == _VIEWER.party
            assert lookup.author_of("ServiceRequest/b") is None
            assert lookup.any("https://elsewhere.example.org/ServiceRequest/a") is None
