"""A call as its caller may see it: without what carries a label the caller is not cleared for.

Taken out before anything is looked at, so that no state of the prefetch, no request to a FHIR
server, no card and no log line can tell of it (see `mappings.inbound.clearing`).
"""

from __future__ import annotations

import msgspec

from cds_hooks.reading import Call, read_call
from mappings.inbound.clearing import cleared


def visible(call: Call, clearance: frozenset[str]) -> Call:
    """The call as if what its caller is not cleared for had never been sent.

    The very same object where there is nothing of that kind. A Bundle of drafts that is taken out
    leaves an empty one, since the hook requires the field.
    """
    body = cleared(call.body, clearance)
    if body is call.body:
        return call
    return msgspec.structs.replace(read_call(body, call.hook), deviations=call.deviations)
