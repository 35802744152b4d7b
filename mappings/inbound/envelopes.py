"""What resources come in: Bundle, Parameters, CDS Hooks request. Only the fields that are read."""

from __future__ import annotations

import re

from msgspec import DecodeError, Raw
from msgspec.json import Decoder

from mappings.inbound.elements import ABSENT, Element

#: What decoding bytes of unknown origin can raise: bad JSON or a wrong type, bytes that are not
#: UTF-8, arrays in arrays a hundred thousand deep.
UNREADABLE = (DecodeError, UnicodeDecodeError, RecursionError)


class Entry(Element):
    """`Bundle.entry`; also the `{response, resource}` wrapper some clients put in a prefetch."""

    full_url: str | None = None
    resource: Raw = ABSENT
    response: Raw = ABSENT


class Envelope(Element):
    """Any document, until its `resourceType` is known."""

    resource_type: str | None = None
    entry: list[Entry] | None = None
    link: Raw = ABSENT
    parameter: Raw = ABSENT
    hook: Raw = ABSENT
    context: Raw = ABSENT
    prefetch: Raw = ABSENT
    resource: Raw = ABSENT


class LooseBundle(Element):
    """A Bundle one of whose entries is not an entry."""

    resource_type: str | None = None
    entry: Raw = ABSENT
    link: Raw = ABSENT


class Link(Element):
    """`Bundle.link`."""

    relation: str | None = None


class Response(Element):
    """`Bundle.entry.response`."""

    status: str | None = None


class Parameter(Element):
    """`Parameters.parameter`."""

    name: str | None = None
    resource: Raw = ABSENT


class Context(Element):
    """`context` of a CDS Hooks request."""

    patient_id: str | None = None


class OutcomeIssue(Element):
    """`OperationOutcome.issue`."""

    severity: str | None = None


class OperationOutcome(Element):
    """A server's message about what it was asked."""

    issue: list[OutcomeIssue] | None = None


class Typed(Element):
    """Any resource."""

    resource_type: str | None = None


ENVELOPE = Decoder(Envelope)
LOOSE_BUNDLE = Decoder(LooseBundle)
ENTRY = Decoder(Entry)
LINKS = Decoder(list[Link] | None)
RESPONSE = Decoder(Response | None)
PARAMETERS = Decoder(list[Parameter] | None)
CONTEXT = Decoder(Context | None)
OUTCOME = Decoder(OperationOutcome)
RAW_LIST = Decoder(list[Raw])
TYPED = Decoder(Typed)
RAW_BY_KEY = Decoder(dict[str, Raw] | None)
#: Checks that bytes are JSON, whatever they say.
ANYTHING = Decoder(Raw)

#: Most clients and servers write the type first; a regular expression finds it without decoding.
type_first = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"').match


def type_of(raw: Raw) -> str | None:
    """The `resourceType` of a resource, wherever it stands.

    Raises:
        UNREADABLE: what is not an object with a type in text.
    """
    match = type_first(raw)
    return TYPED.decode(raw).resource_type if match is None else match[1].decode()


#: A surrogate escape that is no half of a pair, after an even number of backslashes.
_HALF = re.compile(
    rb"""(?<!\\)((?:\\\\)*)
         (?:(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})
           |\\u[dD][89abAB][0-9a-fA-F]{2}
           |\\u[dD][c-fC-F][0-9a-fA-F]{2})""",
    re.VERBOSE,
)


def without_half_characters(data: bytes) -> bytes | None:
    """JSON with every lone surrogate replaced by U+FFFD; None: there is none in it.

    A program that cuts a text within an emoji leaves one. It is legal JSON, but not text.
    """
    mended = _HALF.sub(lambda found: found[1] + (found[2] or b"\\ufffd"), data)
    return None if mended == data else mended
