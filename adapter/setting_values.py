"""What a single setting has to look like beyond its type, and how a secret one is shown.

Pure: `adapter.settings` reads the values and says where a bad one stands.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from adapter.referrals.choices import TenantChoices
from adapter.referrals.deadlines import timers
from cds_hooks.cards.overrides import suppressing

#: Host and port, as a browser writes them.
_NETLOC = re.compile(r"(?:[\w.-]+|\[[\w:.]+\])(?::\d{1,5})?", re.ASCII)

#: The answer to a card that is no override reason: its suggestion was taken.
ACCEPTED = "accepted"

#: Days for which a card is kept back from the member, by our override reason, or `accepted`.
SUPPRESSION_DAYS = {
    ACCEPTED: 30,
    "already-enrolled": 90,
    "already-referred": 30,
    "member-declined": 180,
}


def masked(store: str) -> str:
    """A store's URL without its password."""
    store = re.sub(r"(?i)(?<=[?&])(password|sslpassword)=[^&]*", r"\1=***", store)
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", store)


def _host(value: str) -> str:
    value = "127.0.0.1" if value == "localhost" else value
    try:
        return str(ip_address(value))
    except ValueError:
        raise ValueError(
            "not an IP address; use 127.0.0.1 (the default), or 0.0.0.0 for every network of this "
            "machine"
        ) from None


def _split(value: str) -> SplitResult:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an absolute http or https URL")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("a URL without user, query and fragment is needed")
    parts.port  # noqa: B018 - raises ValueError where it is no number
    return parts


def _url(value: str) -> str:
    _split(value)
    return value.rstrip("/")


def _public_base(value: str) -> str:
    if not value:
        return ""
    parts = _split(value)
    if parts.scheme == "http" and not is_loopback(str(parts.hostname)):
        raise ValueError("must be https, as clients send tokens and patient data there")
    return value.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether the host of a URL, or an IP address, is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def names_this_machine(netloc: str) -> bool:
    """Whether `localhost:8080`, `127.0.0.1`, `[::1]:80` or the like, and nothing beside it."""
    if not _NETLOC.fullmatch(netloc):
        return False
    try:
        return is_loopback(urlsplit(f"//{netloc}").hostname or "")
    except ValueError:
        return False


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if _split(value).path or value != value.lower():
            raise ValueError(
                "an origin is scheme, host and port in small letters, without a path or slash at "
                "the end"
            )
    return values


def _store(value: str) -> str:
    if value and not re.match(r"sqlite:///.|postgresql(\+psycopg)?://", value):
        raise ValueError("not the URL of an SQLite file or a PostgreSQL database")
    if ":memory:" in value:
        raise ValueError("a store in memory is not shared by the processes of a service")
    return value


def _smtp_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path):
        raise ValueError("not the URL of a mail server, smtp://host:port or smtps://host:port")
    return value


def _mail_from(value: str) -> str:
    if value and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value):
        raise ValueError("not an e-mail address")
    return value


def _suppression_days(values: dict[str, int]) -> dict[str, int]:
    known = suppressing() | {ACCEPTED}
    for answer in values:
        if answer not in known:
            raise ValueError(f"no card is kept back after {answer!r}, only after {_listed(known)}")
    return SUPPRESSION_DAYS | values


def _referral_choices(values: dict[str, TenantChoices]) -> dict[str, TenantChoices]:
    known = timers()
    for one in values.values():
        for timer, count in one.timers.items():
            if timer not in known:
                raise ValueError(f"there is no timer {timer!r}, only {_listed(frozenset(known))}")
            if count < 0:
                raise ValueError(f"timer {timer!r} runs forwards; give 0 or more")
    return values


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _certificates(value: Path | None) -> Path | None:
    if value is None:
        return None
    try:
        ssl.create_default_context(cafile=str(value))
    except OSError:  # ssl.SSLError is one
        raise ValueError("no file of certificates in PEM that can be read") from None
    return value


#: Setting → what it is made into; raises `ValueError` with words that do not repeat the value.
CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "host": _host,
    "public_base": _public_base,
    "canonical_base": _url,
    "origins": _origins,
    "fhir_servers": lambda values: tuple(_url(value) for value in values),
    "ca_file": _certificates,
    "store": _store,
    "smtp_url": _smtp_url,
    "mail_from": _mail_from,
    "suppression_days": _suppression_days,
    "referral_choices": _referral_choices,
}
