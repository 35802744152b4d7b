"""The published rules of CDS Hooks, by the public numbering of ONC's Inferno CRD test kit.

`rules.csv` says what each asks, in our words; its last column is for our own tests. Rules are named
`specification@number`, e.g. `cds-hooks_2.0@83`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from msgspec import Struct

#: The two specifications that are numbered.
HOOKS, LIBRARY = "cds-hooks_2.0", "cds-hooks-library_1.0.1"


class Rule(Struct, frozen=True, kw_only=True):
    """One published rule."""

    id: str
    #: SHALL, SHOULD, MAY and their negations.
    level: str
    #: `service`, `client` or `both`.
    binds: str
    #: What it asks, in our words.
    asks: str
    #: Why no test of ours holds it; empty: one does, or it binds clients alone.
    not_tested: str

    @property
    def binds_a_service(self) -> bool:
        """Whether it is a service's duty, alone or with the client."""
        return self.binds != "client"


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule that binds a service, and clients' duties a service has to do with; by id."""
    text = (files("adapter.cds_client") / "rules.csv").read_text(encoding="utf-8")
    return {
        row["rule"]: Rule(
            id=row["rule"],
            level=row["level"],
            binds=row["binds"],
            asks=row["asks"],
            not_tested=row["not tested"],
        )
        for row in csv.DictReader(text.splitlines(), delimiter="|")
    }
