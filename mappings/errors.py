"""What a caller can do wrong when it hands over data.

A fault inside the data is never an exception: it becomes an `eligibility.facts.Issue`. These are
for input that as a whole is not what was asked for, or leaves open whom it is about. Messages are
one line and hold no patient data but resource ids.

    MappingError
    ├── NotJson           the bytes are not JSON, or not to the end
    ├── NotFhir           JSON, but no FHIR resource, Bundle or CDS Hooks request
    ├── EmptyBundle       nothing in it
    ├── NoPatient         resources, but nobody they are about
    ├── SeveralPatients   more than one, and the caller named none (`ids`)
    └── PatientNotFound   the caller named somebody who is not there (`ids`)
"""

from __future__ import annotations

from collections.abc import Iterable

_MOST_IDS_SHOWN = 10


class MappingError(Exception):
    """The data as a whole cannot be used; the message says why and what to do."""


class NotJson(MappingError):
    """The bytes are not JSON, or not to the end."""


class NotFhir(MappingError):
    """The bytes are JSON, but no FHIR resource, Bundle, NDJSON or CDS Hooks request."""


class EmptyBundle(MappingError):
    """The Bundle, NDJSON, Parameters or request holds no resource at all."""


class NoPatient(MappingError):
    """There is no Patient resource, so nobody to make a determination about."""


class SeveralPatients(MappingError):
    """There are several Patient resources and the caller named none of them.

    `ids` are their references, sorted, e.g. `("Patient/p1", "Patient/p2")`.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(sorted(ids))
        super().__init__(
            f"the data holds {len(self.ids)} Patient resources ({_shown(self.ids)}) and a"
            " determination is about one member: name one of them"
        )


class PatientNotFound(MappingError):
    """The Patient that the caller named is not among the resources.

    `ids` are the references of those that are there, sorted.
    """

    def __init__(self, wanted: str, ids: Iterable[str]) -> None:
        self.ids = tuple(sorted(ids))
        super().__init__(
            f"the data holds no {_shown((wanted,))}, only {_shown(self.ids)}: name one of these"
            " or hand over that patient's resources"
        )


def _shown(ids: tuple[str, ...]) -> str:
    shown = [printable(id) for id in ids[:_MOST_IDS_SHOWN]]
    if len(ids) > _MOST_IDS_SHOWN:
        shown.append("…")
    return ", ".join(shown)


def printable(name: str) -> str:
    """`name` if it can stand in a one-line message, else a stand-in.

    Names come out of the data, which may hold line breaks, terminal codes or a novel.
    """
    fits = len(name) <= 200 and name.isascii() and name.isprintable()
    return name if fits else "(a name that cannot be shown)"
