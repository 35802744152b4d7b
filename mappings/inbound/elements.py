"""FHIR data types, cut down to the fields that are read.

Everything is optional: servers leave out what the standard demands, and what is absent is the
mapper's business. `Raw` stands for an element that is decoded only when a fact needs it.
"""

from __future__ import annotations

from msgspec import Raw, Struct

#: An element that is not there.
ABSENT = Raw()


class Element(Struct, gc=False, rename="camel"):
    """Any FHIR element or resource; field names are FHIR's in snake case."""


class Identifier(Element):
    """`Identifier`: a business identifier."""

    system: str | None = None
    value: str | None = None


class Reference(Element):
    """`Reference`: literal, conditional (`Patient?identifier=…`), or logical (`identifier`)."""

    reference: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Coding(Element):
    """`Coding`: a code and the system it is from."""

    system: str | None = None
    code: str | None = None


class CodeableConcept(Element):
    """`CodeableConcept`: several codings of one meaning."""

    coding: list[Coding] | None = None
    text: str | None = None


class Period(Element):
    """`Period`: start and end, each a dateTime."""

    start: str | None = None
    end: str | None = None


class Address(Element):
    """`Address`: where a person lives or an organization is."""

    use: str | None = None
    line: list[str | None] | None = None
    city: str | None = None
    district: str | None = None
    state: str | None = None
    postal_code: str | None = None
    period: Period | None = None


class AnyResource(Element):
    """What every resource has: its id."""

    id: str | None = None


class Identified(AnyResource):
    """A resource with the identifiers by which conditional and logical references find it."""

    identifier: list[Identifier] | None = None


class Versioned(AnyResource):
    """A resource with what tells its newer version from its older one."""

    meta: Raw = ABSENT


def present(raw: Raw) -> bool:
    """Whether an undecoded element was given at all; `null` is not."""
    return bool(raw) and raw != _NULL


_NULL = Raw(b"null")
