"""The rules an answer shows: its status, its form, and its cards (CDS Hooks 2.0)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt

from adapter.cds_client.answers import answer_faults, answer_rules, rules_named
from adapter.setting_values import names_this_machine
from adapter.workbench.hooks.conformance.findings import Check, Findings, Sent, object_of, rule_id

#: What services are to answer within (cds-hooks_2.0@27).
BUDGET_MILLISECONDS = 500

_CARELESS = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def answer_checks(sent: Sent) -> tuple[Check, ...]:
    """What the answer says of the rules that bind a service."""
    found = Findings()
    _transport(sent, found)
    if sent.reply.status == 200:
        _success(sent, found)
    else:
        _refusal(sent, found)
    return found.checks()


def _transport(sent: Sent, found: Findings) -> None:
    reply, parts = sent.reply, urlsplit(sent.reply.url)
    kind = reply.header("Content-Type")
    is_json = not reply.other and kind.partition(";")[0].strip().endswith("json")
    found.judge(
        rule_id(1), is_kept=is_json, says=f"the answer is {reply.other or kind or 'untyped'}"
    )
    if parts.scheme == "https":
        found.kept(rule_id(168))
    elif names_this_machine(parts.netloc):
        found.silent(rule_id(168), "the service is on this machine")
    else:
        found.broken(rule_id(168), "it was called over http")
    took = f"{reply.milliseconds:.0f} ms"
    if reply.milliseconds <= BUDGET_MILLISECONDS:
        found.kept(rule_id(27), took)
    else:
        found.broken(rule_id(27), f"it took {took}")
    found.judge(rule_id(16), is_kept=reply.status not in (404, 405), says=f"{reply.status}")


def _success(sent: Sent, found: Findings) -> None:
    body = sent.reply.body
    for rule in answer_rules(body):
        found.kept(rule)
    for fault in answer_faults(body):
        for rule in rules_named(fault) or (rule_id(74),):
            found.broken(rule, fault.partition(" (cds-hooks")[0])
    found.silent(rule_id(54), "nothing it needs was lacking")
    if not isinstance(body, dict):
        return
    empty = next(_empty(body), None)
    found.judge(rule_id(3), is_kept=empty is None, says=f"{empty} is null or empty")
    if body.get("cards") == []:
        found.kept(rule_id(77), "nothing to say")
    else:
        found.silent(rule_id(77), "there is a card")
    cards = [card for card in _list(body, "cards") if isinstance(card, dict)]
    _unique(cards, found)
    for place, card in enumerate(cards):
        _card(card, f"cards.{place}", sent, found)
    for number, what in (
        (92, "suggestion"),
        (98, "override reason"),
        (103, "link"),
        (130, "action"),
    ):
        found.silent(rule_id(number), f"no card has a {what}")
    found.silent(rule_id(134), "nothing is deleted")


def _unique(cards: list[dict[str, Any]], found: Findings) -> None:
    ids = [card["uuid"] for card in cards if isinstance(card.get("uuid"), str)]
    if len(set(ids)) != len(ids):
        found.broken(rule_id(80), "two cards have one uuid")
    if len(ids) < len(cards):
        found.silent(rule_id(80), "a card has no uuid, so no feedback can be sent on it")


def _card(card: Mapping[str, Any], place: str, sent: Sent, found: Findings) -> None:
    suggestions = [one for one in _list(card, "suggestions") if isinstance(one, dict)]
    recommended = sum(one.get("isRecommended") is True for one in suggestions)
    if card.get("selectionBehavior") == "at-most-one" and recommended > 1:
        found.broken(rule_id(122), f"{place}: {recommended} suggestions are recommended")
    elif recommended:
        found.kept(rule_id(122))
    for action in (one for each in suggestions for one in _list(each, "actions")):
        if isinstance(action, dict) and action.get("type") == "delete":
            is_named = isinstance(action.get("resourceId"), str)
            found.judge(rule_id(134), is_kept=is_named, says=f"{place}: it names no resource")
    source, patient = card.get("source"), _patient(sent)
    if isinstance(source, dict) and isinstance(source.get("url"), str):
        is_case = bool(patient) and patient in source["url"]
        found.judge(rule_id(109), is_kept=not is_case, says=f"{place}.source.url names the patient")
    if isinstance(card.get("detail"), str):
        active = _active(card["detail"])
        says = f"{place}.detail holds {', '.join(active)}"
        found.judge("best practice: content", is_kept=not active, says=says)


def _patient(sent: Sent) -> str:
    context = object_of(sent.body).get("context")
    value = context.get("patientId") if isinstance(context, dict) else None
    return value if isinstance(value, str) else ""


def _active(detail: str) -> list[str]:
    kinds = {"html_block": "HTML", "html_inline": "HTML", "image": "an image"}
    tokens = _CARELESS.parse(detail)
    nodes = (node.type for token in tokens for node in (token, *(token.children or ())))
    return sorted({kinds[one] for one in nodes if one in kinds})


def _refusal(sent: Sent, found: Findings) -> None:
    reply = sent.reply
    found.silent(rule_id(74), f"the answer is {reply.status}, no success")
    if 400 <= reply.status < 600:
        found.kept(rule_id(76), str(reply.status))
    else:
        found.broken(rule_id(76), f"{reply.status} is neither a success nor an error")
    if reply.status == 412:
        found.kept(rule_id(54), "it says that data are lacking")
    else:
        found.silent(rule_id(54))
    body = reply.body
    is_outcome = isinstance(body, dict) and body.get("resourceType") == "OperationOutcome"
    found.judge("3.0 ballot: errors", is_kept=is_outcome, says="the body is no OperationOutcome")


def _empty(value: object, path: str = "") -> Iterator[str]:
    """Places of what is null or empty, which JSON here may not have (but for `cards`)."""
    if value is None or value in ("", {}, []):
        if path != "cards":
            yield path
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _empty(one, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _empty(one, f"{path}.{at}")


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []
