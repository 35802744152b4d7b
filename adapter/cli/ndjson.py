"""NDJSON, one resource a line, as bulk export writes it: which lines may be about one member.

A file can hold a whole population, so only so much of a line is read as tells whose it is
(`msgspec` skips the rest), and lines about others are dropped as they go by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct


class _Reference(Struct, gc=False):
    reference: str = ""


class _Head(Struct, gc=False, rename={"type": "resourceType"}):
    """As much of a resource as says whose it is."""

    type: str = ""
    id: str = ""
    subject: _Reference | None = None
    patient: _Reference | None = None
    beneficiary: _Reference | None = None

    def people(self) -> list[str]:
        """The references to whom it is about; its own where it is a Patient."""
        if self.type == "Patient":
            return [f"Patient/{self.id}"]
        named = (self.subject, self.patient, self.beneficiary)
        return [one.reference for one in named if one is not None and one.reference]


_decode_head = msgspec.json.Decoder(_Head).decode


class LinesAbout:
    """The lines that are about `patient`, or about nobody, as an organization is.

    A line about somebody else comes as an empty one, so that the lines keep their numbers.
    """

    def __init__(self, lines: Iterable[bytes], patient: str) -> None:
        self._lines = lines
        self._id = _id_of(patient)
        #: How many other Patients there were, so far.
        self.others = 0
        #: How many lines were about somebody else, so far.
        self.left_out = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            try:
                head = _decode_head(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                # No resource, or no JSON: who reads the resources says so.
                yield line
                continue
            ids = [_id_of(reference) for reference in head.people()]
            if not ids or any(id is None or id == self._id for id in ids):
                yield line
                continue
            if head.type == "Patient":
                self.others += 1
            else:
                self.left_out += 1
            yield b""


def _id_of(reference: str) -> str | None:
    """The id in `Patient/p1`, `https://…/Patient/p1/_history/2` or `urn:uuid:p1`.

    None where only the resources themselves tell who is meant, as in `Patient?identifier=…`.
    """
    if "?" in reference or reference.startswith("#"):
        return None
    versionless = reference.partition("/_history/")[0]
    return versionless.rpartition("/")[2].rpartition(":")[2]
