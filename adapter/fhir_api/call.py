"""A FHIR request and its answer, whatever carries them: HTTP, or an entry of a Bundle."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from msgspec import Struct, field

from adapter.fhir_api.faults import refused
from adapter.store.records import Version

#: Parameters in one query or form; more than any search has.
_MOST_PARAMETERS = 200

#: Media types of FHIR's two forms; the first is ours.
JSON_TYPES = ("application/fhir+json", "application/json", "text/json", "application/json+fhir")
XML_TYPES = ("application/fhir+xml", "application/xml", "text/xml", "application/xml+fhir")


class Call(Struct, frozen=True, kw_only=True):
    """One request."""

    method: str
    #: Below the FHIR base, decoded: `("Task", "12", "_history")`.
    path: tuple[str, ...]
    #: Of the URL, decoded, in order.
    query: tuple[tuple[str, str], ...] = ()
    #: By name in lower case.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: In JSON, whatever it was sent in, unless it is a form or a patch.
    body: bytes = b""
    #: The FHIR base URL as the client wrote it, without a slash at the end.
    base: str = ""

    def header(self, name: str) -> str | None:
        """A header's value; None: not sent, or empty."""
        return self.headers.get(name, "").strip() or None

    @property
    def media_type(self) -> str:
        """Of the body, in lower case and without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Answer(Struct, kw_only=True):
    """One answer, not yet in the form the client wants."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    #: A resource in JSON; empty: no body.
    body: bytes = b""
    #: What the body is a version of, where it is one; it is read anew when the answer is repeated.
    version: Version | None = None
    #: Of a Bundle, the answer to each entry; None: it is none, or is in the body already.
    parts: list[Answer] | None = None


def parameters(text: str) -> tuple[tuple[str, str], ...]:
    """The parameters of a query string or form, decoded.

    Raises:
        Refused: 400, too many, or no UTF-8.
    """
    try:
        return tuple(
            parse_qsl(
                text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
            )
        )
    except UnicodeDecodeError:
        raise refused(400, "value", "a parameter is not UTF-8; encode it so") from None
    except ValueError:
        raise refused(
            400, "too-long", f"more than {_MOST_PARAMETERS} parameters; send less at once"
        ) from None
