"""What a browser makes of a CDS service when a page of another origin calls it (CORS).

The requests are those a browser sends: a preflight, then the request itself, each with `Origin`.
What it makes of the headers follows the Fetch standard (CORS protocol, CORS-preflight fetch); CDS
Hooks asks services to allow it (cds-hooks_2.0@208). A page that calls with a token sends
`Authorization`, so also a GET is preceded by a preflight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from adapter.cds_client.calling import CdsService, Reply
from adapter.errors import UnusableInput

Method = Literal["GET", "POST"]

#: Origin of a page, as browsers write it.
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")

#: Headers of a signed call that a browser asks leave for, in the order it names them.
_HEADERS: dict[Method, tuple[str, ...]] = {
    "GET": ("authorization",),
    "POST": ("authorization", "content-type"),
}

#: Methods that need no leave (Fetch, CORS-safelisted method).
_SAFE = frozenset({"GET", "HEAD", "POST"})

_ASK, _ALLOW = "Access-Control-Request-", "Access-Control-Allow-"


class Check(Struct, frozen=True, kw_only=True):
    """One thing a browser looks at."""

    #: A header, or `Status`.
    name: str
    #: What came; empty: the header is missing.
    value: str
    #: `note`: nothing depends on it.
    said: Literal["pass", "fail", "note"]
    #: What the browser makes of it, and what to change where it fails.
    words: str


class Step(Struct, frozen=True, kw_only=True):
    """One request and what a browser made of its answer."""

    #: `OPTIONS`, `GET` or `POST`.
    method: str
    url: str
    #: Headers that were sent, as far as they matter.
    sent: tuple[tuple[str, str], ...]
    status: int
    milliseconds: float
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether a browser goes on."""
        return all(one.said != "fail" for one in self.checks)


class Tried(Struct, frozen=True, kw_only=True):
    """A preflight and, if a browser would send it, the request."""

    title: str
    steps: tuple[Step, ...]

    @property
    def passed(self) -> bool:
        """Whether the page reads the answer."""
        return len(self.steps) == 2 and all(one.passed for one in self.steps)


def read_origin(text: str) -> str:
    """An origin as a browser sends it; of a URL its origin.

    Raises:
        UnusableInput: it is none.
    """
    try:
        parts = urlsplit(text.strip())
        origin = f"{parts.scheme}://{parts.netloc}".lower()
        usual = {"http": ":80", "https": ":443"}.get(parts.scheme.lower(), ":")
        origin = origin.removesuffix(usual)
    except ValueError:
        origin = ""
    if not _ORIGIN.fullmatch(origin):
        raise UnusableInput(
            "the origin is none that a browser sends; write scheme, host and port of the page, for "
            "example https://ehr.example.org"
        )
    return origin


def tried(
    service: CdsService, *parts: str, title: str, method: Method, origin: str, body: object = None
) -> Tried:
    """Have a service asked as a browser would.

    Args:
        service: which.
        parts: id of one of its services, and `feedback`; none: discovery.
        title: what is tried, in words.
        method: of the request after the preflight.
        origin: of the page.
        body: of a POST, as JSON.

    Raises:
        UnusableInput: nothing was answered.
    """
    headers = _HEADERS[method]
    asked = {
        "Origin": origin,
        f"{_ASK}Method": method,
        f"{_ASK}Headers": ",".join(headers),
    }
    reply = service.ask("OPTIONS", *parts, headers=asked)
    checks = tuple(preflight_checks(reply, origin, method, headers))
    steps = [_step("OPTIONS", reply, asked, checks)]
    if steps[0].passed:
        sent = {"Origin": origin}
        reply = service.ask(method, *parts, headers=sent, body=body)
        steps.append(_step(method, reply, sent, tuple(answer_checks(reply, origin))))
    return Tried(title=title, steps=tuple(steps))


def preflight_checks(
    reply: Reply, origin: str, method: str, headers: tuple[str, ...]
) -> Iterator[Check]:
    """What a browser makes of the answer to its preflight, header by header."""
    if 200 <= reply.status < 300:
        yield _passed("Status", str(reply.status), "a success, as the preflight has to be")
    else:
        yield _failed(
            "Status",
            str(reply.status),
            "the preflight has to be answered with a success, 204 is usual, and without asking "
            "for a token: a browser sends none with it",
        )
    yield from _origin_checks(reply, origin)
    allowed = _listed(reply, "Methods")
    value = reply.header(f"{_ALLOW}Methods")
    if method in allowed or "*" in allowed:
        yield _passed(f"{_ALLOW}Methods", value, f"{method} is allowed")
    elif method in _SAFE:
        yield _note(f"{_ALLOW}Methods", value, f"not needed: {method} is always allowed")
    else:
        yield _failed(f"{_ALLOW}Methods", value, f"name {method} in it")
    yield _headers_check(reply, headers)
    age = reply.header("Access-Control-Max-Age")
    yield _note(
        "Access-Control-Max-Age",
        age,
        f"the browser asks again after {age} seconds"
        if age.isdigit()
        else "the browser asks before nearly every call; 600 spares most of that",
    )


def answer_checks(reply: Reply, origin: str) -> Iterator[Check]:
    """What a browser makes of the answer itself."""
    if 300 <= reply.status < 400 and reply.status != 304:
        yield _failed("Status", str(reply.status), "it leads elsewhere; give the page that address")
    else:
        words = "an error, which the page can read" if reply.status >= 400 else "a success"
        if reply.status == 401:
            words = "this test sends no token; what counts is that the page can read the answer"
        yield _note("Status", str(reply.status), words)
    yield from _origin_checks(reply, origin)
    varies = [one.strip().lower() for one in reply.header("Vary").split(",")]
    value = reply.header("Vary")
    if reply.header(f"{_ALLOW}Origin") in ("", "*") or {"origin", "*"} & set(varies):
        yield _note("Vary", value, "no cache gives this answer to a page of another origin")
    else:
        yield _note(
            "Vary",
            value,
            "add Origin to it: the answer differs by origin, and a cache may give it to another",
        )


def _origin_checks(reply: Reply, origin: str) -> Iterator[Check]:
    name, value = f"{_ALLOW}Origin", reply.header(f"{_ALLOW}Origin")
    if value == origin:
        yield _passed(name, value, "it names the page's origin")
    elif value == "*":
        yield _passed(name, value, "any page may read it, as long as it sends no cookies")
    elif not value:
        yield _failed(name, "", f"answer {origin} in it, on errors too")
    else:
        yield _failed(
            name, value, f"it is another origin; it has to be {origin} to the last character, once"
        )


def _headers_check(reply: Reply, headers: tuple[str, ...]) -> Check:
    name = f"{_ALLOW}Headers"
    value = reply.header(name)
    allowed = {one.lower() for one in _listed(reply, "Headers")}
    # A star stands for every header but this one.
    missing = [
        one
        for one in headers
        if one not in allowed and ("*" not in allowed or one == "authorization")
    ]
    if missing:
        return _failed(name, value, f"name {', '.join(missing)} in it; a signed call sends that")
    return _passed(name, value, f"{' and '.join(headers)} may be sent")


def _listed(reply: Reply, what: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in reply.header(f"{_ALLOW}{what}").split(","))


def _step(method: str, reply: Reply, sent: Mapping[str, str], checks: tuple[Check, ...]) -> Step:
    return Step(
        method=method,
        url=reply.url,
        sent=tuple(sent.items()),
        status=reply.status,
        milliseconds=reply.milliseconds,
        checks=checks,
    )


def _passed(name: str, value: str, words: str) -> Check:
    return Check(name=name, value=value, said="pass", words=words)


def _failed(name: str, value: str, words: str) -> Check:
    return Check(name=name, value=value, said="fail", words=words)


def _note(name: str, value: str, words: str) -> Check:
    return Check(name=name, value=value, said="note", words=words)
