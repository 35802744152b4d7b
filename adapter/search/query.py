"""A search as it is understood: clauses that all hold, each met by any of its values.

FHIR R4 search (https://hl7.org/fhir/R4/search.html). Parsed by `parsing`, answered by
`adapter.store.searching`.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal["token", "reference", "date", "string", "uri", "number", "quantity", "special"]


class Parameter(Struct, frozen=True):
    """A search parameter of one resource type."""

    #: `Task`
    type: str
    #: `owner`
    name: str
    kind: Kind
    #: Types a reference may lead to; empty: any.
    targets: tuple[str, ...] = ()
    #: Name of the parameter in whose rows this one looks, for `targets` alone: `Task.patient` is
    #: what `Task.subject` says of Patients. Empty: its own.
    stored: str = ""

    @property
    def param(self) -> str:
        """As it is written in the index: `Task.owner`."""
        return f"{self.type}.{self.stored or self.name}"


class Value(Struct, frozen=True, kw_only=True):
    """One value of a clause; which fields are set depends on the kind."""

    #: eq, ne, gt, lt, ge, le, sa, eb, ap
    prefix: str = "eq"
    #: token: None: any system; '': none. Of :identifier too.
    system: str | None = None
    #: token code, uri, string; the value of an identifier.
    text: str = ""
    #: reference
    target_type: str = ""
    target_id: str = ""
    url: str = ""
    #: date (ms), number and quantity: the range the value stands for.
    low: float = 0
    high: float = 0


class Clause(Struct, frozen=True, kw_only=True):
    """One parameter of a query."""

    parameter: Parameter
    #: '', missing, not, exact, contains, identifier, text, of-type, above, below …
    modifier: str = ""
    values: tuple[Value, ...] = ()
    #: Of a chain: what has to hold for the resource referred to (one of them by type).
    chain: tuple[Clause, ...] = ()
    #: Of `_has`: what has to hold for a resource that refers here by `parameter`.
    has: tuple[Clause, ...] = ()
    #: Of `_has`: the type of the resources that are referred to.
    of: str = ""
    #: Parameters that will do as well as `parameter`, as in a compartment.
    alternatives: tuple[Parameter, ...] = ()

    @property
    def type(self) -> str:
        """The type of the resources it is about."""
        return self.of or self.parameter.type


class Include(Struct, frozen=True):
    """`_include=Task:focus` or `_revinclude=Task:focus`, with the target type if it names one."""

    parameter: Parameter
    target: str = ""
    iterate: bool = False


class Query(Struct, frozen=True, kw_only=True):
    """A search of one type."""

    type: str
    clauses: tuple[Clause, ...] = ()
    #: (parameter, descending); empty: in the order of creation.
    sort: tuple[tuple[Parameter, bool], ...] = ()
    #: Matches on a page; 0 as with _summary=count.
    count: int = 20
    includes: tuple[Include, ...] = ()
    revincludes: tuple[Include, ...] = ()
    #: none, estimate, accurate; '': only if it comes for nothing.
    total: str = ""
    #: true, text, data, count, false; '': not asked.
    summary: str = ""
    elements: tuple[str, ...] = ()
    #: What was applied, for the link `self`, in the caller's spelling.
    applied: tuple[tuple[str, str], ...] = ()
    #: Where the page before ended, as `Found.next` gave it; empty: the first page.
    after: str = ""
