"""The words a policy may use that other packages define; the caller passes them in.

`eligibility` holds no copy of the codes that may be said on the wire, so a `Vocabulary` comes from
outside. Where none is given (at run time, on files that were checked before they were shipped)
these words are not looked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Literal

from msgspec import Struct

AnswerType = Literal["boolean", "integer", "date", "code"]


class Vocabulary(Struct, frozen=True, kw_only=True):
    """Codes by their use (input contract, section 2)."""

    #: Attestation code to the type of its answer.
    attestations: Mapping[str, AnswerType]
    programs: Set[str]
    #: Ids of the value sets that stand for a concept.
    concepts: Set[str]


_COUNTIES = (
    "Alameda, Alpine, Amador, Butte, Calaveras, Colusa, Contra Costa, Del Norte, El Dorado, "
    "Fresno, Glenn, Humboldt, Imperial, Inyo, Kern, Kings, Lake, Lassen, Los Angeles, Madera, "
    "Marin, Mariposa, Mendocino, Merced, Modoc, Mono, Monterey, Napa, Nevada, Orange, Placer, "
    "Plumas, Riverside, Sacramento, San Benito, San Bernardino, San Diego, San Francisco, "
    "San Joaquin, San Luis Obispo, San Mateo, Santa Barbara, Santa Clara, Santa Cruz, Shasta, "
    "Sierra, Siskiyou, Solano, Sonoma, Stanislaus, Sutter, Tehama, Trinity, Tulare, Tuolumne, "
    "Ventura, Yolo, Yuba"
)

#: The counties of California, by which a text may phase in.
COUNTIES = frozenset(_COUNTIES.split(", "))
