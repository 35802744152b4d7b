"""Which patients are measured: bundles of three sizes, the same ones every time.

With `ECM_TEST_DATA` they are whole Synthea records of its `01*` folders, the largest of which is
mostly indentation; so the largest of its `10*` folder, which has none, stands beside it. Without
`ECM_TEST_DATA` they are the sample patients the adapter ships, all of them small.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import orjson
from msgspec import Struct

from adapter.samples import all_samples

#: A day on which the records are recent, and policies of a day when there were some.
AS_OF = date(2020, 3, 1)
POLICY_DATE = date(2025, 1, 1)

_SMALL_BYTES, _TYPICAL_BYTES = 5_000, 100_000
_OF_EACH = 5


class Patients(Struct, frozen=True, kw_only=True):
    """The bundles that are measured, and the days they are asked about."""

    #: Where they come from, in words.
    origin: str
    as_of: date
    policy_date: date
    #: Bundles by the name of their size.
    sizes: Mapping[str, tuple[bytes, ...]]
    #: Every whole bundle, on one line each.
    lines: tuple[bytes, ...]


def patients() -> Patients:
    """The patients this machine has."""
    folder = os.environ.get("ECM_TEST_DATA")
    return _synthea(Path(folder)) if folder else _samples()


def _synthea(folder: Path) -> Patients:
    whole = [path.read_bytes() for path in sorted(folder.glob("01*/*.json"))]
    if not whole:
        raise SystemExit(f"ECM_TEST_DATA names {folder}, which holds no 01*/*.json")
    typical = sorted(whole, key=lambda data: abs(len(data) - _TYPICAL_BYTES))[:_OF_EACH]
    compact = [path.read_bytes() for path in sorted(folder.glob("10*/*.json"))]
    return Patients(
        origin=f"{len(whole)} Synthea records of ECM_TEST_DATA/01*",
        as_of=AS_OF,
        policy_date=POLICY_DATE,
        sizes={
            "small": tuple(_cut(data, _SMALL_BYTES) for data in typical),
            "typical": tuple(typical),
            "large": (max(whole, key=len),),
            **({"large, compact": (max(compact, key=len),)} if compact else {}),
        },
        lines=tuple(orjson.dumps(orjson.loads(data)) for data in whole),
    )


def _cut(data: bytes, most: int) -> bytes:
    """The Patient and the first other resources, as many as fit."""
    bundle = orjson.loads(data)
    entries = sorted(
        bundle["entry"], key=lambda entry: entry["resource"]["resourceType"] != "Patient"
    )
    kept = len(entries)
    while len(shorter := orjson.dumps(bundle | {"entry": entries[:kept]})) > most and kept > 1:
        kept -= 1
    return shorter


def _samples() -> Patients:
    samples = all_samples(POLICY_DATE)
    lines = tuple(orjson.dumps(sample.bundle) for sample in samples)
    return Patients(
        origin=f"the {len(samples)} packaged samples, for want of ECM_TEST_DATA; all are small",
        as_of=POLICY_DATE,
        policy_date=POLICY_DATE,
        sizes={"small": lines},
        lines=lines,
    )
