"""A search as it is asked, turned into a `Query`: parameters, modifiers, chains, how to answer.

FHIR R4 search (https://hl7.org/fhir/R4/search.html). A parameter nobody knows is left out, and
`Query.applied` shows it; where the client asked for strict handling it is refused. A modifier or
value that cannot be honoured is always refused: leaving it out would find more than was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from adapter.fhir_api.faults import refused
from adapter.search.parameters import PATIENT_COMPARTMENT, TYPES, parameter
from adapter.search.query import Clause, Parameter, Query, Value
from adapter.search.results import Results, Unknown, costly
from adapter.search.texts import is_storable
from adapter.search.values import read, split, wrong

#: Links of one chain, parameters of one search, values of all of them.
_LINKS, _CLAUSES, _VALUES = 3, 40, 500

#: Belong to how an answer is written, not to what is searched.
_OF_THE_ANSWER = frozenset({"_format", "_pretty"})
_MODIFIERS: dict[str, frozenset[str]] = {
    "token": frozenset({"missing", "not", "text", "of-type"}),
    "string": frozenset({"missing", "exact", "contains"}),
    "reference": frozenset({"missing", "identifier"}),
}
_MISSING = frozenset({"missing"})


def parse(
    type: str,
    pairs: Iterable[tuple[str, str]],
    *,
    strict: bool = False,
    compartment: tuple[str, str] | None = None,
    bases: tuple[str, ...] = (),
) -> Query:
    """The search that was asked.

    Args:
        type: resource type.
        pairs: name and value of each parameter, decoded, in the order they were sent.
        strict: refuse what is not known (`Prefer: handling=strict`).
        compartment: type and id, as in `Patient/1/Task`.
        bases: URLs of this server, without a slash at the end.

    Raises:
        Refused: 400 with what to write; 404 for a type that cannot be searched.
    """
    if type not in TYPES:
        raise refused(404, "not-supported", "resources of this type cannot be searched here")
    reading = _Reading(type, strict=strict, bases=bases)
    if compartment is not None:
        reading.clauses.append(_compartment(type, *compartment))
    for name, value in pairs:
        reading.add(name, value)
    return reading.query()


def _compartment(type: str, of: str, id: str) -> Clause:
    names = PATIENT_COMPARTMENT.get(type, ()) if of == "Patient" else ()
    found = [one for name in names if (one := parameter(type, name)) is not None]
    if not found:
        raise refused(
            404,
            "not-supported",
            f"resources of type {type} are in no such compartment; search them by themselves",
        )
    return Clause(
        parameter=found[0],
        alternatives=tuple(found[1:]),
        values=(Value(target_type=of, target_id=id),),
    )


class _Reading:
    """One search while it is read."""

    def __init__(self, type: str, *, strict: bool, bases: tuple[str, ...]) -> None:
        self.type, self.strict, self.bases = type, strict, bases
        self.clauses: list[Clause] = []
        self.applied: list[tuple[str, str]] = []
        self.results = Results(type)
        self.values = 0

    def query(self) -> Query:
        results = self.results
        return Query(
            type=self.type,
            clauses=tuple(self.clauses),
            sort=tuple(results.sort),
            count=0 if results.summary == "count" else results.count,
            includes=tuple(dict.fromkeys(results.includes)),
            revincludes=tuple(dict.fromkeys(results.revincludes)),
            total=results.total,
            summary=results.summary,
            elements=results.elements,
            applied=tuple(self.applied),
        )

    def add(self, name: str, value: str) -> None:
        """Read one parameter and, if it counts, note that it was applied."""
        if not is_storable(name) or not is_storable(value):
            raise refused(400, "value", "a search parameter holds NUL or half of a surrogate pair")
        if name in _OF_THE_ANSWER:
            return
        try:
            if self.results.add(name, value):
                pass
            elif value:
                self._clause(name, value)
            elif self.strict:
                raise refused(400, "value", f"search parameter {_shown(name)} has no value")
            else:
                return
        except Unknown:
            if self.strict:
                raise refused(
                    400,
                    "not-supported",
                    f"{self.type} has no search parameter {_shown(name)} here; the "
                    "CapabilityStatement lists those there are",
                ) from None
            return
        self.applied.append((name, value))

    def _clause(self, name: str, value: str) -> None:
        if len(self.clauses) >= _CLAUSES:
            raise costly(f"more than {_CLAUSES} parameters")
        self.clauses.append(self._of(self.type, name, value, _LINKS))

    def _of(self, type: str, name: str, value: str, links: int) -> Clause:
        if links < 0:
            raise costly(f"a chain of more than {_LINKS} links")
        if name.startswith("_has:"):
            return self._has(type, name, value, links)
        head, dot, rest = name.partition(".")
        base, _, modifier = head.partition(":")
        found = parameter(type, base)
        if found is None:
            raise Unknown
        if dot:
            return self._chained(found, modifier, rest, value, links)
        _check_modifier(found, modifier)
        texts = split(value, ",")
        self.values += len(texts)
        if self.values > _VALUES:
            raise costly(f"more than {_VALUES} values")
        values = [read(found, modifier, one, self.bases) for one in texts if one]
        if not values:
            raise wrong(found, "it has no value")
        return Clause(parameter=found, modifier=modifier, values=tuple(values))

    def _has(self, type: str, name: str, value: str, links: int) -> Clause:
        parts = name.split(":", 3)
        if len(parts) != 4:
            raise refused(400, "value", "write _has as _has:Type:reference:parameter=value")
        by = parameter(parts[1], parts[2])
        if by is None or by.kind != "reference" or (by.targets and type not in by.targets):
            raise Unknown
        return Clause(parameter=by, of=type, has=(self._of(parts[1], parts[3], value, links - 1),))

    def _chained(self, by: Parameter, modifier: str, rest: str, value: str, links: int) -> Clause:
        if by.kind != "reference":
            raise refused(400, "value", f"{by.name} is no reference, so no chain goes through it")
        if modifier:
            if modifier not in TYPES or (by.targets and modifier not in by.targets):
                raise refused(
                    400, "value", f"after {by.name}: write a type it refers to, then a dot"
                )
            return Clause(parameter=by, chain=(self._of(modifier, rest, value, links - 1),))
        if not by.targets:
            raise refused(
                400,
                "value",
                f"{by.name} may refer to any type; say which, as in "
                f"{by.name}:Patient.{_shown(rest)}",
            )
        chain = []
        for type in by.targets:
            try:
                chain.append(self._of(type, rest, value, links - 1))
            except Unknown:
                continue
        if not chain:
            raise Unknown
        return Clause(parameter=by, chain=tuple(chain))


def _check_modifier(of: Parameter, modifier: str) -> None:
    if not modifier:
        return
    if of.name in ("_id", "_lastUpdated"):
        raise refused(400, "not-supported", f"{of.name} takes no modifier")
    if of.kind == "reference" and modifier in TYPES:
        if of.targets and modifier not in of.targets:
            raise wrong(of, "it does not refer to that type")
        return
    known = _MODIFIERS.get(of.kind, _MISSING)
    if modifier not in known:
        raise refused(
            400,
            "not-supported",
            f"search parameter {of.name} of {of.type} does not take the modifier "
            f":{_shown(modifier)}; it takes {', '.join(f':{one}' for one in sorted(known))}",
        )


def _shown(name: str) -> str:
    """A name as it may be told: it is the caller's, and may be anything."""
    return re.sub(r"[^\w.:-]", "?", name[:60], flags=re.ASCII)
