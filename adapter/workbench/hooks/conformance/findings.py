"""What came of each rule in one exchange: kept, broken, or nothing to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from adapter.cds_client.calling import Reply
from adapter.cds_client.rules import Rule, rules

Outcome = Literal["pass", "fail", "not applicable"]

#: What has no number: a draft of the next version, and what clients are known to stumble over.
BESIDE: Mapping[str, Rule] = {
    one.id: one
    for one in (
        Rule(
            id="3.0 ballot: errors",
            level="SHOULD",
            binds="service",
            asks="Every error is an OperationOutcome that says what to do",
            not_tested="",
        ),
        Rule(
            id="best practice: content",
            level="SHOULD",
            binds="service",
            asks="`detail` has no raw HTML and no image, which clients take out or trip over",
            not_tested="",
        ),
    )
}


class Sent(Struct, frozen=True, kw_only=True):
    """One exchange, as far as rules are about it."""

    #: As it was sent.
    body: bytes
    reply: Reply
    #: Of discovery; None: it is not known.
    entry: Mapping[str, Any] | None
    #: The Bearer token; empty: the call was not signed.
    token: str = ""


class Check(Struct, frozen=True, kw_only=True):
    """One rule and what came of it."""

    rule: Rule
    outcome: Outcome
    #: What was found; empty where the rule says it all.
    says: str = ""


class Findings:
    """Collects what was found, rule by rule: one breach outweighs any number of times kept."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}
        self._broken: dict[str, list[str]] = {}
        self._silent: dict[str, str] = {}

    def kept(self, rule: str, says: str = "") -> None:
        """It was kept."""
        self._kept.setdefault(rule, says)

    def broken(self, rule: str, says: str) -> None:
        """It was not."""
        self._broken.setdefault(rule, []).append(says)

    def silent(self, rule: str, says: str = "") -> None:
        """There was nothing it is about."""
        self._silent.setdefault(rule, says)

    def judge(self, rule: str, *, is_kept: bool, says: str) -> None:
        """Kept, or broken as it says."""
        if is_kept:
            self.kept(rule)
        else:
            self.broken(rule, says)

    def checks(self) -> tuple[Check, ...]:
        """One for each rule that anything was found of, in the order of their numbers."""
        known = {**rules(), **BESIDE}
        found = {**self._silent, **self._kept, **self._broken}
        return tuple(self._check(known[id]) for id in sorted(found, key=_order) if id in known)

    def _check(self, rule: Rule) -> Check:
        if rule.id in self._broken:
            says = "; ".join(dict.fromkeys(self._broken[rule.id]))
            return Check(rule=rule, outcome="fail", says=says)
        if rule.id in self._kept:
            return Check(rule=rule, outcome="pass", says=self._kept[rule.id])
        return Check(rule=rule, outcome="not applicable", says=self._silent[rule.id])


def rule_id(number: int) -> str:
    """The id of a rule of CDS Hooks 2.0, by its number."""
    return f"cds-hooks_2.0@{number}"


def object_of(body: bytes) -> dict[str, Any]:
    """The request as an object; empty where it is none."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _order(id: str) -> tuple[bool, str, int]:
    specification, _, number = id.partition("@")
    return not number, specification, int(number or 0)
