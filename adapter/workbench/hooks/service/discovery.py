"""A service's discovery as an engineer reads it: what there is, what to answer, what is at fault.

Discovery is somebody else's text of any shape: what is no text is shown as none, and told as a
fault (`adapter.cds_client.discovery`). Services with the same prefetch are shown together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from msgspec import Struct

from adapter.cds_client.discovery import DiscoveryFault, discovery_faults
from cds_hooks.catalogue import HOOKS

#: Shown at most; what has more is told as a number.
MOST_SERVICES, MOST_QUERIES, MOST_FINDINGS = 100, 100, 200
#: Of one text; nobody reads more.
_MOST_CHARACTERS = 2000

_TOKEN = re.compile(r"(\{\{[^{}]*\}\})")
_TYPE = re.compile(r"[A-Z][A-Za-z]+")
_OF_THE_PATIENT = {"patient", "subject", "beneficiary"}


class Query(Struct, frozen=True, kw_only=True):
    """One key of a prefetch template."""

    key: str
    #: As it came, in pieces: text, and whether it is a token that the client fills in.
    pieces: tuple[tuple[str, bool], ...]
    #: What it asks for, in words; empty: that cannot be said.
    words: str
    resource_type: str
    is_search: bool


class Template(Struct, frozen=True, kw_only=True):
    """What the client is asked to send along, by some of the services."""

    #: Ids of the services that have it.
    services: tuple[str, ...]
    queries: tuple[Query, ...]
    left_out: int = 0

    @property
    def searches(self) -> int:
        """How many searches a client does for it."""
        return sum(one.is_search for one in self.queries)

    @property
    def reads(self) -> int:
        """How many resources a client reads for it."""
        return len(self.queries) - self.searches

    @property
    def tokens(self) -> tuple[str, ...]:
        """What the client fills in, each once."""
        found = (text for one in self.queries for text, is_token in one.pieces if is_token)
        return tuple(dict.fromkeys(found))

    @property
    def scopes(self) -> tuple[str, ...]:
        """What a service that fetches the same itself has to be granted (SMART App Launch 2)."""
        asked: dict[str, set[str]] = {}
        for one in self.queries:
            if one.resource_type:
                asked.setdefault(one.resource_type, set()).add("s" if one.is_search else "r")
        return tuple(
            f"{'user' if name.startswith('Practitioner') else 'patient'}/{name}."
            + ("rs" if "s" in how else "r")
            for name, how in asked.items()
        )


class Listed(Struct, frozen=True, kw_only=True):
    """One service of a discovery."""

    id: str
    hook: str
    #: Whether the hook is one that this playground can call.
    known: bool
    title: str
    description: str
    usage: str
    version: str
    #: Place of its template; None: it asks for nothing.
    template: int | None
    faults: int


class Finding(Struct, frozen=True, kw_only=True):
    """A fault, once for all services that have it."""

    found: str
    rule: str
    remedy: str
    #: Ids of services; none: the whole discovery.
    services: tuple[str, ...]


class Examined(Struct, frozen=True, kw_only=True):
    """A discovery."""

    services: tuple[Listed, ...]
    templates: tuple[Template, ...]
    findings: tuple[Finding, ...]
    #: Services that are not shown.
    left_out: int = 0


def examine(discovery: object) -> Examined:
    """Read the body of `GET /cds-services`."""
    faults = discovery_faults(discovery)
    counted = Counter(one.service for one in faults)
    listed = discovery.get("services") if isinstance(discovery, dict) else None
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    shown = entries[:MOST_SERVICES]
    groups: list[tuple[Mapping[str, Any], list[str]]] = []
    services = []
    for place, entry in enumerate(shown):
        id = _text(entry, "id")
        of = id or f"number {place + 1}"
        template = entry.get("prefetch")
        at = None
        if isinstance(template, dict) and template:
            at = next((n for n, (one, _) in enumerate(groups) if one == template), len(groups))
            if at == len(groups):
                groups.append((template, []))
            groups[at][1].append(of)
        services.append(
            Listed(
                id=id,
                hook=_text(entry, "hook"),
                known=_text(entry, "hook") in HOOKS,
                title=_text(entry, "title"),
                description=_text(entry, "description"),
                usage=_text(entry, "usageRequirements"),
                version=_text(entry, "version"),
                template=at,
                faults=counted[of],
            )
        )
    return Examined(
        services=tuple(services),
        templates=tuple(_template(one, of) for one, of in groups),
        findings=tuple(islice(_together(faults), MOST_FINDINGS)),
        left_out=len(entries) - len(shown),
    )


def query(key: str, text: str) -> Query:
    """One key of a template, read."""
    path, mark, search = text.partition("?")
    name = path.partition("/")[0]
    resource_type = name if _TYPE.fullmatch(name) else ""
    return Query(
        key=key,
        pieces=tuple(
            (piece, bool(_TOKEN.fullmatch(piece))) for piece in _TOKEN.split(text) if piece
        ),
        words=_words(resource_type, path, search if mark else None),
        resource_type=resource_type,
        is_search=bool(mark),
    )


def _template(template: Mapping[str, Any], services: list[str]) -> Template:
    texts = [
        (shortened(str(key)), shortened(one))
        for key, one in template.items()
        if isinstance(one, str)
    ]
    return Template(
        services=tuple(services),
        queries=tuple(query(key, one) for key, one in texts[:MOST_QUERIES]),
        left_out=max(0, len(texts) - MOST_QUERIES),
    )


def _words(resource_type: str, path: str, search: str | None) -> str:
    """`Every Encounter of the patient, newest first, 200 a page`."""
    if not resource_type:
        return "The user" if path == "{{context.userId}}" else ""
    if search is None:
        places = path.count("/")
        return (f"Every {resource_type}", f"The {resource_type}")[places] if places < 2 else ""
    of_patient, parts = "", []
    for name, _, value in (one.partition("=") for one in search.split("&")):
        if name in _OF_THE_PATIENT and value.removeprefix("Patient/") == "{{context.patientId}}":
            of_patient = " of the patient"
        elif name == "_count":
            parts.append(f"{value} a page")
        elif name == "_sort":
            parts.append("newest first" if value in ("-date", "-authored") else f"sorted: {value}")
        else:
            parts.append(
                f"{name} {' or '.join(one.rpartition('/')[2] for one in value.split(','))}"
            )
    return ", ".join((f"Every {resource_type}{of_patient}", *parts))


def _together(faults: tuple[DiscoveryFault, ...]) -> Iterator[Finding]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for one in faults:
        found.setdefault((one.found, one.rule, one.remedy), []).append(one.service)
    for (what, rule, remedy), services in found.items():
        yield Finding(
            found=shortened(what),
            rule=rule,
            remedy=shortened(remedy),
            services=tuple(dict.fromkeys(one for one in services if one)),
        )


def _text(entry: Mapping[str, Any], element: str) -> str:
    value = entry.get(element)
    return shortened(value) if isinstance(value, str) else ""


def shortened(text: str) -> str:
    """The text as far as it is shown."""
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"
