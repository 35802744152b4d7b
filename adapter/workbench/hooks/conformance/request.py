"""The rules a request shows: what the client of an exchange did (CDS Hooks 2.0, hook library).

Which field of which hook a rule of the library is about stands in the words of the rule itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from adapter.cds_client.rules import LIBRARY, rules
from adapter.workbench.hooks.conformance.bearer import judge_bearer
from adapter.workbench.hooks.conformance.findings import Check, Findings, Sent, rule_id
from cds_hooks.catalogue import HOOKS, request_shape

_UUID = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-([0-9a-fA-F])[0-9a-fA-F]{3}-[0-9a-fA-F]{4}-\w{12}"
)
_OWN_NAME = re.compile(r"[a-z0-9-]+(\.[\w-]+){2,}", re.IGNORECASE)

#: A rule of the library: the hook, the field, and what is said of it.
_ON_A_FIELD = re.compile(r"([a-z-]+): `(\w+)` (.+)")
_TYPES = {"is a text": str, "is an array": list, "is an object": dict}

_AUTHORIZATION = {
    66: "access_token",
    67: "token_type",
    68: "expires_in",
    69: "scope",
    70: "subject",
}


def request_checks(sent: Sent) -> tuple[Check, ...]:
    """What the request says of the rules that bind a client."""
    found = Findings()
    found.kept(rule_id(15))
    try:
        body = msgspec.json.decode(sent.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found.broken(rule_id(1), "the request is not JSON")
        return found.checks()
    if not isinstance(body, dict):
        found.broken(rule_id(1), "the request is no JSON object")
        return found.checks()
    found.kept(rule_id(1))
    _call(body, sent, found)
    _context(body, found)
    _access(body, found)
    _prefetch(body, sent, found)
    _extension(body, found)
    judge_bearer(sent.token, sent.reply.url, found)
    return found.checks()


def _call(body: Mapping[str, Any], sent: Sent, found: Findings) -> None:
    hook, answered = body.get("hook"), (sent.entry or {}).get("hook")
    if not isinstance(hook, str) or not hook:
        found.broken(rule_id(18), "hook is missing or no text")
    elif answered and hook != answered:
        found.broken(rule_id(18), f"the service answers {answered}, and the call is of {hook}")
    else:
        found.kept(rule_id(18), hook)
    instance = body.get("hookInstance")
    is_text = isinstance(instance, str) and bool(instance)
    found.judge(rule_id(19), is_kept=is_text, says="hookInstance is missing or no text")
    if not is_text:
        return
    match = _UUID.fullmatch(str(instance))
    found.judge(rule_id(25), is_kept=match is not None, says="hookInstance is no UUID")
    if match is not None:
        is_random = match[1] in "47"
        found.judge(
            rule_id(26), is_kept=is_random, says=f"a UUID of version {match[1]} can be guessed"
        )


def _context(body: Mapping[str, Any], found: Findings) -> None:
    context = body.get("context")
    if not isinstance(context, dict):
        found.broken(rule_id(22), "context is missing or no object")
        return
    hook = HOOKS.get(str(body.get("hook")))
    if hook is None:
        found.silent(rule_id(22), "this hook's definition is not known here")
        return
    faults = {
        fault.path.partition(".")[2].partition(".")[0]: (fault.rule, fault.expected)
        for fault in request_shape(hook.name).faults(dict(body))
        if fault.path.startswith("context.")
    }
    for name, (rule, expected) in faults.items():
        is_missing = "is missing" if rule == "required" else "is not as it has to be"
        found.broken(rule_id(22), f"{name} {is_missing}: {expected}")
    found.kept(rule_id(22))
    for one in rules().values():
        match = _ON_A_FIELD.match(one.asks) if one.id.startswith(LIBRARY) else None
        if match is None or match[1] != hook.name or one.binds != "client":
            continue
        _field(one.id, match[2], match[3], context, faults, found)


def _field(
    rule: str,
    name: str,
    asks: str,
    context: Mapping[str, Any],
    faults: Mapping[str, tuple[str, str]],
    found: Findings,
) -> None:
    if asks == "is optional":
        return
    if asks == "is required":
        found.judge(rule, is_kept=name in context, says=f"context.{name} is missing")
    elif name not in context:
        found.silent(rule, f"context.{name} is not sent")
    elif asks in _TYPES:
        is_so = isinstance(context[name], _TYPES[asks])
        found.judge(rule, is_kept=is_so, says=f"context.{name} is of another type")
    else:
        expected = faults.get(name, ("", ""))[1]
        found.judge(
            rule, is_kept=name not in faults, says=f"context.{name}: expected is {expected}"
        )


def _access(body: Mapping[str, Any], found: Findings) -> None:
    server, granted = body.get("fhirServer"), body.get("fhirAuthorization")
    if granted is None and server is None:
        for rule in (20, 65, *_AUTHORIZATION, 71):
            found.silent(rule_id(rule), "no FHIR server is named")
        return
    is_url = isinstance(server, str) and server.startswith("https://")
    found.judge(rule_id(20), is_kept=is_url, says="fhirServer is no https URL")
    if granted is None:
        found.kept(rule_id(65), "there is no token")
        return
    told = granted if isinstance(granted, dict) else {}
    if not told.get("access_token"):
        found.broken(rule_id(65), "fhirAuthorization is sent without a token")
    for rule, name in _AUTHORIZATION.items():
        value = told.get(name)
        is_right = (
            isinstance(value, int)
            if name == "expires_in"
            else value == "Bearer"
            if name == "token_type"
            else isinstance(value, str) and bool(value)
        )
        found.judge(
            rule_id(rule), is_kept=is_right, says=f"{name} is missing or not as it has to be"
        )
    if "patient/" in str(told.get("scope", "")):
        found.judge(rule_id(71), is_kept="patient" in told, says="patient is missing")
    else:
        found.silent(rule_id(71), "the scopes are not of one patient")


def _prefetch(body: Mapping[str, Any], sent: Sent, found: Findings) -> None:
    prefetch = body.get("prefetch", {})
    if not isinstance(prefetch, dict):
        found.broken(rule_id(30), "prefetch is no object")
        return
    if sent.entry is not None:
        template = sent.entry.get("prefetch") or {}
        unknown = ", ".join(sorted(prefetch.keys() - template.keys()))
        for rule in (30, 47):
            found.judge(rule_id(rule), is_kept=not unknown, says=f"not asked for: {unknown}")
        left_out = len(template.keys() - prefetch.keys())
        found.kept(rule_id(51), f"{left_out} of {len(template)} keys are left out")
    kinds: dict[str, list[str]] = {}
    for key, value in prefetch.items():
        kinds.setdefault(_kind(value), []).append(key)
    for rule, kind, words in (
        (45, "data", "with data"),
        (48, "paged", "the first page only"),
        (50, "error", "an OperationOutcome"),
        (53, "null", "null"),
    ):
        if keys := kinds.get(kind):
            found.kept(rule_id(rule), f"{words}: {', '.join(keys)}")
        else:
            found.silent(rule_id(rule), f"no key is sent so ({words})")
    if keys := kinds.get("other"):
        found.broken(rule_id(45), f"no FHIR resource: {', '.join(keys)}")


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        return "other"
    if kind == "OperationOutcome":
        return "error"
    links = value.get("link") if kind == "Bundle" else None
    pages = links if isinstance(links, list) else []
    is_paged = any(isinstance(one, dict) and one.get("relation") == "next" for one in pages)
    return "paged" if is_paged else "data"


def _extension(body: Mapping[str, Any], found: Findings) -> None:
    if "extension" not in body:
        found.silent(rule_id(214), "there is no extension")
        return
    extension = body["extension"]
    found.judge(rule_id(214), is_kept=isinstance(extension, dict), says="extension is no object")
    if isinstance(extension, dict):
        others = [name for name in extension if not _OWN_NAME.fullmatch(name)]
        found.judge(rule_id(215), is_kept=not others, says=f"not so named: {', '.join(others)}")
