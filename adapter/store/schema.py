"""All tables of the store: importing this declares each of them on `METADATA`.

A module that declares tables is named here.
"""

from __future__ import annotations

from adapter.store import (
    event_tables,
    index_tables,
    outbound_tables,
    resource_tables,
    service_tables,
)
from adapter.store.tables import METADATA as METADATA

#: The modules that declare the rest.
DECLARED = (event_tables, index_tables, outbound_tables, resource_tables, service_tables)
