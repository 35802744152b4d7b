"""In which form a client sends and wants resources (https://hl7.org/fhir/R4/http.html#mime-type).

JSON and XML of FHIR 4.0, in UTF-8. `_format` outweighs `Accept`; a client that asks for neither
gets JSON. What cannot be given is refused (406), what cannot be read too (415): never guessed at.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from adapter.fhir_api.call import JSON_TYPES, XML_TYPES, Call
from adapter.fhir_api.faults import Refused, refused

Format = Literal["json", "xml"]

#: `fhirVersion` of what is served. R4B changed none of these types, and R4B is what notifications
#: of topics are in where a subscriber asks for it.
_VERSIONS = ("4.0", "4.0.1", "4.3", "4.3.0")

_SHORT: dict[str, Format] = {"json": "json", "xml": "xml"}
_FORMATS: dict[str, Format] = {
    **_SHORT,
    **dict.fromkeys(JSON_TYPES, "json"),
    **dict.fromkeys(XML_TYPES, "xml"),
}
_WILD: dict[str, Format] = {
    "*/*": "json",
    "application/*": "json",
    "text/*": "json",
}
_WEIGHT = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)


class Wanted(Struct, frozen=True, kw_only=True):
    """The form of an answer."""

    format: Format = "json"
    #: Whether it is laid out for a person.
    pretty: bool = False
    #: `fhirVersion` the client named; empty: none.
    version: str = ""

    @property
    def media_type(self) -> str:
        """As the answer's Content-Type."""
        version = f"; fhirVersion={self.version}" if self.version else ""
        return f"application/fhir+{self.format}{version}; charset=utf-8"


def wanted(call: Call) -> Wanted:
    """The form the client wants the answer in.

    Raises:
        Refused: 406, none that there is.
    """
    query = dict(call.query)
    pretty = query.get("_pretty", "false") == "true"
    if asked := query.get("_format", ""):
        name, version = _media_type(asked)
        # A plus in a query is a blank.
        chosen = _FORMATS.get(name.replace(" ", "+"))
        if chosen is None or not _serves(version):
            raise _not_acceptable("_format")
        return Wanted(format=chosen, pretty=pretty, version=version)
    accept = call.header("accept")
    if accept is None:
        return Wanted(pretty=pretty)
    best: tuple[float, int, Wanted] | None = None
    for place, part in enumerate(accept.split(",")[:50]):
        name, version = _media_type(part)
        chosen = _FORMATS.get(name if "/" in name else "") or _WILD.get(name)
        weight = _weight(part)
        if chosen is None or weight == 0 or not _serves(version):
            continue
        candidate = (weight, -place, Wanted(format=chosen, pretty=pretty, version=version))
        if best is None or candidate[:2] > best[:2]:
            best = candidate
    if best is None:
        raise _not_acceptable("Accept")
    return best[2]


def sent_format(call: Call) -> Format:
    """The form of the body.

    Raises:
        Refused: 415, neither.
    """
    chosen = _FORMATS.get(call.media_type if "/" in call.media_type else "")
    if chosen is None:
        raise unsupported_type()
    check_parameters(call)
    return chosen


def check_parameters(call: Call) -> None:
    """Refuse a body of another version of FHIR, or not in UTF-8.

    Raises:
        Refused: 415.
    """
    content_type = call.headers.get("content-type", "")
    _, version = _media_type(content_type)
    charset = _parameter(content_type, "charset") or "utf-8"
    if charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        raise refused(415, "not-supported", "the body is not in UTF-8; send it so")
    if not _serves(version):
        raise refused(
            415, "not-supported", "the body is of another version of FHIR; send fhirVersion=4.0"
        )


def unsupported_type(remedy: str = "") -> Refused:
    """The refusal of a body in another form."""
    return refused(
        415,
        "not-supported",
        remedy
        or "the body is in a form that is not read here; send Content-Type: application/fhir+json "
        "or application/fhir+xml",
    )


def _not_acceptable(where: str) -> Refused:
    return refused(
        406,
        "not-supported",
        f"{where} names no form there is; ask for application/fhir+json or application/fhir+xml, "
        "fhirVersion 4.0",
    )


def _serves(version: str) -> bool:
    return not version or version in _VERSIONS


def _media_type(text: str) -> tuple[str, str]:
    """The type in lower case, and its `fhirVersion`."""
    return text.partition(";")[0].strip().lower(), _parameter(text, "fhirversion")


def _parameter(text: str, name: str) -> str:
    for part in text.split(";")[1:]:
        key, _, value = part.partition("=")
        if key.strip().lower() == name:
            return value.strip().strip('"')
    return ""


def _weight(part: str) -> float:
    text = _parameter(part, "q") or "1"
    return float(text) if _WEIGHT.fullmatch(text) else 0.0
