"""The queries of a prefetch template: filled in, and held to what every client has to know.

CDS Hooks 2.0, Prefetch tokens and Prefetch query restrictions: an instance read, or a search of one
type by references, tokens, dates, `_count` and `_sort`. Which of a type's search parameters are of
which kind is not looked up; those of the kinds left out are known by name, as R4 defines them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import quote

from msgspec import Struct

#: Tokens that name the user, by the type of `context.userId` (cds-hooks_2.0@56).
_USER_TOKENS = {
    "userPractitionerId": "Practitioner",
    "userPractitionerRoleId": "PractitionerRole",
    "userPatientId": "Patient",
    "userRelatedPersonId": "RelatedPerson",
}

_TOKEN = re.compile(r"\{\{([^{}]*)\}\}")
_READ = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
_TYPE = re.compile(r"[A-Z][A-Za-z]+")
_OTHER_PREFIX = re.compile(r"(ne|sa|eb|ap)\d")
_EVERY_PREFIX = re.compile(r"(eq|ne|lt|gt|le|ge|sa|eb|ap)?-?\d")
_DATES = frozenset({
    "abatement-date", "authored", "authored-on", "authoredon", "birthdate", "date", "death-date",
    "effective-time", "expiration-date", "issued", "_lastUpdated", "occurrence", "onset-date",
    "period", "planned-date", "recorded-date", "start-date", "whenhandedover", "whenprepared",
})  # fmt: skip
#: Parameters for results and of all resources, but those of the subset.
_RESULTS = frozenset({
    "_contained", "_containedType", "_content", "_elements", "_filter", "_has", "_include", "_list",
    "_maxresults", "_profile", "_query", "_revinclude", "_score", "_source", "_summary", "_text",
    "_total", "_type",
})  # fmt: skip
#: Search parameters of type string, number, quantity, uri, composite and special (R4).
_OTHER_KINDS = frozenset({
    "address", "address-city", "address-country", "address-postalcode", "address-state",
    "abatement-age", "abatement-string", "code-value-concept", "code-value-date",
    "code-value-quantity", "code-value-string", "combo-code-value-concept",
    "combo-code-value-quantity", "combo-value-quantity", "component-code-value-concept",
    "component-code-value-quantity", "component-value-quantity", "description", "family", "given",
    "name", "near", "onset-age", "onset-info", "phonetic", "probability", "title", "url",
    "value-quantity", "value-string",
})  # fmt: skip


class QueryFault(Struct, frozen=True, kw_only=True):
    """One way in which a template asks for more than a client has to know."""

    #: The prefetch key.
    key: str
    #: Id of the rule, e.g. `cds-hooks_2.0@58`.
    rule: str
    #: What was found.
    found: str
    #: What to do.
    remedy: str

    def __str__(self) -> str:
        """The fault as one line."""
        return f"prefetch key {self.key!r}: {self.found} ({self.rule}); {self.remedy}"


def resolve(query: str, values: Mapping[str, str]) -> str | None:
    """A template's query with its tokens filled in.

    Args:
        query: e.g. `Coverage?patient={{context.patientId}}&_count=50`.
        values: token to value, e.g. `context.patientId` to `p1`. The tokens of the user are found
            in `context.userId`.

    Returns:
        The query, relative to the server's base; None: a token has no value, or an empty one.
    """
    known = {**_user_tokens(values.get("context.userId", "")), **values}
    tokens = _TOKEN.findall(query)
    if not all(known.get(token) for token in tokens):
        return None
    return _TOKEN.sub(lambda found: quote(known[found[1]], safe="/"), query)


def _user_tokens(user: str) -> dict[str, str]:
    resource_type, _, id = user.rpartition("/")
    return {token: id for token, of in _USER_TOKENS.items() if of == resource_type}


def lint(template: Mapping[str, object], tokens: Collection[str]) -> tuple[QueryFault, ...]:
    """Where a prefetch template leaves the subset that every client has to know.

    Args:
        template: `prefetch` of a discovered service, as it came.
        tokens: the fields of its hook's context that may be tokens, e.g. `patientId`.
    """
    return tuple(
        QueryFault(key=key, rule=f"cds-hooks_2.0@{rule}", found=found, remedy=remedy)
        for key, query in template.items()
        for rule, found, remedy in _faults(query, tokens)
    )


_Told = tuple[int, str, str]


def _faults(query: object, tokens: Collection[str]) -> Iterator[_Told]:
    if not isinstance(query, str) or not query.strip():
        yield 36, "the value is no query", "write a FHIR read or search, e.g. Patient/{{…}}"
        return
    plain = _TOKEN.sub("0", query)
    if "{{" in plain or "}}" in plain:
        yield 55, "a token is not closed by both braces", "write {{ and }} in pairs"
        return
    yield from _token_faults(query, tokens)
    if _TOKEN.fullmatch(query):  # `{{context.userId}}`: a whole reference
        return
    path, mark, search = plain.partition("?")
    if not mark:
        yield from _read_faults(path)
        return
    if not _TYPE.fullmatch(path):
        yield 58, "it searches something else than one resource type", "start with Type?…"
    for parameter in search.split("&"):
        yield from _parameter_faults(*parameter.partition("="))


def _token_faults(query: str, tokens: Collection[str]) -> Iterator[_Told]:
    for token in _TOKEN.findall(query):
        scope, dot, field = token.partition(".")
        if token in _USER_TOKENS or (scope == "context" and field in tokens):
            continue
        if scope == "context" and dot:
            remedy = f"name one of {', '.join(sorted(tokens))}" if tokens else "use no token"
            yield 57, "it takes a token from the context that this hook does not give", remedy
        elif token in tokens:
            yield 59, f"the token {token} lacks its place", f"write {{{{context.{token}}}}}"
        else:
            remedy = "write {{context.field}} or a user id such as {{userPractitionerId}}"
            yield 56, "a token is no field of the context and no user id", remedy


def _read_faults(path: str) -> Iterator[_Told]:
    if _READ.fullmatch(path):
        return
    if _TYPE.fullmatch(path):
        yield 58, "it asks for every resource of a type", "search by the patient: Type?patient=…"
    else:
        yield 58, "it is neither Type/id nor Type?…", "use a read or a search relative to the base"


def _parameter_faults(name: str, equals: str, value: str) -> Iterator[_Told]:
    name, colon, modifier = name.partition(":")
    if not equals or not name or not value:
        yield 58, "a search parameter has no name or no value", "write name=value"
    elif name in _RESULTS or "." in name or modifier.startswith("_"):
        yield 58, f"it uses {name}", "leave out includes, chains and filters; ask by another key"
    elif name in _OTHER_KINDS:
        yield 58, f"{name} is no reference, token or date", "search by one of these"
    elif colon and modifier != "in":
        yield 58, f"it uses the modifier :{modifier}", "compare for equality, or use :in"
    elif _OTHER_PREFIX.match(value) or (name in _DATES and not _EVERY_PREFIX.match(value)):
        yield 58, f"{name} is compared otherwise than by eq, lt, gt, ge, le", "use one of these"
    elif name == "_count" and not value.isdigit():
        yield 58, "_count is no number", "write _count=50"
