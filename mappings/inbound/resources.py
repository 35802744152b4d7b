"""The resources that were handed over, undecoded and sorted by type.

`collect` makes them; the mappers decode those of their type. Types that no mapper reads are left
out before they are decoded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Raw, Struct, field

from eligibility.facts import Issue, Source
from mappings.errors import printable

#: Every source a caller may declare complete.
SOURCES: frozenset[Source] = frozenset({"encounters", "conditions", "programs", "screenings"})

#: The types that are read, or that those refer to.
WANTED = frozenset(
    {
        "Condition",
        "Coverage",
        "Encounter",
        "EpisodeOfCare",
        "ExplanationOfBenefit",
        "Flag",
        "Location",
        "Observation",
        "Organization",
        "Patient",
        "Procedure",
        "QuestionnaireResponse",
        "RelatedPerson",
    }
)


class Resource(Struct, gc=False):
    """One resource as it was given."""

    type: str
    #: The JSON, unchanged.
    raw: Raw
    #: `Bundle.entry.fullUrl`, where there was one.
    full_url: str | None = None
    #: Where it stood, e.g. `Bundle.entry` with `index` 4, `line` 12, `prefetch.patient`.
    place: str = ""
    index: int | None = None
    #: What it is called as evidence, where that is not simply `Type/id`.
    name: str | None = None

    @property
    def where(self) -> str:
        """Its place, e.g. `Bundle.entry[4]`."""
        return self.place if self.index is None else f"{self.place}[{self.index}]"

    def called(self, id: str | None) -> str:
        """What to call it: `Type/id`, else its fullUrl, else its place."""
        if self.name is not None:
            return self.name
        if id:
            return f"{self.type}/{id}"
        return printable(self.full_url) if self.full_url else self.where


def _by_type() -> defaultdict[str, list[Resource]]:
    return defaultdict(list)


class Resources(Struct):
    """What one document holds for the mappers."""

    #: By resource type, in the order given. Only types in `WANTED`.
    by_type: defaultdict[str, list[Resource]] = field(default_factory=_by_type)
    #: How many resources there were, of any type.
    count: int = 0
    #: Who a CDS Hooks request is about (`context.patientId`), as `Patient/id`.
    patient: str | None = None
    issues: list[Issue] = field(default_factory=list)
    #: Sources of which the document itself says that something is missing.
    incomplete: set[Source] = field(default_factory=set)

    def of(self, type: str) -> list[Resource]:
        """The resources of one type; none: an empty list."""
        return self.by_type.get(type, [])

    def add(self, resource: Resource) -> None:
        """Takes one more resource."""
        self.count += 1
        self.by_type[resource.type].append(resource)

    def lose(self, issue: Issue, sources: Iterable[Source] = SOURCES) -> None:
        """Records that something is missing, so that `sources` cannot be complete."""
        self.issues.append(issue)
        self.incomplete.update(sources)
