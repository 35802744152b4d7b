"""What the store knows of who may see a resource: the patient it is about, the labels it bears."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from adapter.store.transactions import Transaction

_AT_ONCE = 500


class Guard(Struct, frozen=True):
    """Of one resource, as of its newest version."""

    #: Id of the Patient; empty: it is about none.
    patient: str
    #: In lower case.
    labels: frozenset[str]
    #: Number of the newest version.
    version: int


def guards(transaction: Transaction, keys: Iterable[int]) -> dict[int, Guard]:
    """By key of the resource; what is not stored is not there."""
    wanted = sorted({key for key in keys if key})
    found: dict[int, Guard] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        values = {f"key_{place}": key for place, key in enumerate(wanted[start : start + _AT_ONCE])}
        names = ", ".join(f":{name}" for name in values)
        rows = transaction.rows(
            f"SELECT key, patient, labels, version FROM resource WHERE key IN ({names})",  # noqa: S608
            values,
        )
        found |= {
            key: Guard(patient or "", frozenset(labels.split()), version)
            for key, patient, labels, version in rows
        }
    return found
