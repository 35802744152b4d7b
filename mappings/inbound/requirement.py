"""What a mapper needs: declared once, beside the mapper.

The prefetch template is made from these; so can be the queries that fetch what a prefetch left out,
the types of a bulk export and the columns of a population screen, when there are any.
"""

from __future__ import annotations

from msgspec import Struct

from eligibility.facts import Source


class DataRequirement(Struct, frozen=True, kw_only=True, gc=False):
    """Resources of one type, and what is read of them."""

    #: Its key in a prefetch, e.g. `encounters`.
    key: str
    resource_type: str
    #: The elements that are read, as FHIRPath without the type: `period`, `diagnosis.condition`.
    elements: tuple[str, ...]
    #: Ids of the value sets by which its codes are understood.
    value_sets: tuple[str, ...] = ()
    #: The query that fetches them, as a CDS Hooks prefetch template within the subset that every
    #: client has to know (an instance read, or a search with token equality, dates, `_count`,
    #: `_sort`).
    search: str
    #: The sources a member's facts from here belong to; none: of no source that can be complete.
    sources: tuple[Source, ...] = ()
