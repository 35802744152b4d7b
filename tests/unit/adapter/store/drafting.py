"""Resources, viewers and audit entries as the tests of the resource store write them."""

from __future__ import annotations

from adapter.store.records import AuditEntry, Draft, IndexRows, Version, Viewer
from adapter.store.resources import Unit

TENANT = "valley"
PLAN, PROVIDER, OTHER = "npi|1000000012", "npi|1000000020", "npi|1000000038"


def viewer(party: str, **traits: object) -> Viewer:
    """Whoever acts for a party; a partner that is a covered entity, unless told otherwise."""
    return Viewer(**{"tenant": TENANT, "client": party, "party": party, **traits})  # type: ignore[arg-type]


#: Sees everything of its tenant.
OPERATOR = viewer(PLAN, operator=True, clearance=frozenset({"*"}))


def rows(code: str, type: str = "Task") -> IndexRows:
    """What a resource of one status is found by."""
    return IndexRows(
        tokens=((f"{type}.status", "s", code), (f"{type}.intent", "i", "order")),
        references=((f"{type}.owner", "Organization", "o1", "", ""),),
        dates=((f"{type}.modified", 1, 2),),
        strings=((f"{type}.name", "smith", "Smith"),),
        numbers=((f"{type}.quantity", 1.5, 2.5, "", "mg"),),
    )


def draft(id: str, version: int, updated_at: int, **traits: object) -> Draft:
    """A version of a Task about the patient p1, by the plan."""
    type, method = (
        traits.get("type", "Task"),
        traits.get("method", "update" if version > 1 else "create"),
    )
    return Draft(
        **{  # type: ignore[arg-type]
            "tenant": TENANT,
            "type": type,
            "id": id,
            "method": method,
            "version": version,
            "updated_at": updated_at,
            "body": b"" if method == "delete" else b'{"n": %d}' % version,
            "author": PLAN,
            "patient": "p1",
            "index": rows("requested"),
            **traits,
        }
    )


def entry(unit: Unit, entity: str = "Task/1", **traits: object) -> AuditEntry:
    """That the plan updated something."""
    return AuditEntry(
        **{  # type: ignore[arg-type]
            "at": unit.now,
            "tenant": TENANT,
            "client": "plan",
            "party": PLAN,
            "action": "update",
            "outcome": "success",
            "entity": entity,
            **traits,
        }
    )


def put_next(unit: Unit, id: str, **traits: object) -> Version:
    """Write the version after the present one, as the exchange does it."""
    type = str(traits.get("type", "Task"))
    found = unit.current(TENANT, type, id, lock=True)
    version = (found.version if found else 0) + 1
    updated_at = max(unit.now, found.updated_at + 1 if found else 0)
    stored = unit.put(draft(id, version, updated_at, **traits))
    unit.audit(entry(unit, f"{type}/{id}"))
    return stored
