"""Why a card was set aside, as clients write it into feedback (CDS Hooks 2.0, OverrideReason).

The specification has `overrideReason` with a `reason` (Coding) and a `userComment`. Epic spells it
`overrideReasons`, and puts reasons that the health system built itself into an extension
(https://fhir.epic.com, CDS Hooks, Feedback). Others write a CodeableConcept, or the Coding alone.
What cannot be understood is passed over and noted: a reason is optional.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

#: Takes the place and rule of a departure from the specification, without values.
Note = Callable[[str], None]

#: Characters of an id, a system or a code; longer ones are none of ours.
MAX_TOKEN = 256
#: Characters of a comment; the rest is cut off.
MAX_COMMENT = 4000
#: Suggestions or reasons of one card; more are passed over.
MAX_PARTS = 20

_EPIC_REASON = "com.epic.cdshooks.feedback.overrideReason"


def overrides(item: dict[str, Any], note: Note) -> Iterator[dict[str, Any]]:
    """`overrideReason`, and `overrideReasons` as Epic sends it: an object, or a list of them."""
    for name in ("overrideReason", "overrideReasons"):
        value = item.get(name)
        if value is None:
            continue
        if name == "overrideReasons":
            note("overrideReasons: spelled in the plural")
        for one in listed(value, name, note):
            if isinstance(one, dict):
                yield one
            else:
                note(f"{name}: not an object")


def reasons(override: dict[str, Any], note: Note) -> Iterator[tuple[str, str]]:
    """The codings of one override: its `reason`, itself where it is one, and Epic's own."""
    reason = override.get("reason")
    if reason is None and "code" in override:
        note("overrideReason: a Coding without reason")
        reason = override
    if isinstance(reason, dict) and "coding" in reason:
        note("overrideReason.reason: a CodeableConcept")
        reason = reason["coding"]
    if reason is not None:
        for coding in listed(reason, "overrideReason.reason", note):
            code = token(coding.get("code")) if isinstance(coding, dict) else ""
            if code:
                yield token(coding.get("system")), code
            else:
                note("overrideReason.reason: without a code")
    yield from _epic_reason(override.get("extension"), note)


def _epic_reason(extension: object, note: Note) -> Iterator[tuple[str, str]]:
    """A category, which is a number, and its title; the one is stable, the other readable."""
    if not isinstance(extension, dict):
        return
    parts = (
        token(extension.get(f"{_EPIC_REASON}.{one}")) for one in ("reasonCategory", "reasonTitle")
    )
    if code := " ".join(filter(None, parts)):
        note("overrideReason: in an extension")
        yield _EPIC_REASON, code


def comment(override: dict[str, Any], note: Note) -> str:
    """The `userComment`; empty: there is none."""
    value = override.get("userComment")
    if value is None:
        return ""
    if not isinstance(value, str):
        note("overrideReason.userComment: not a text")
        return ""
    if len(value) > MAX_COMMENT:
        note("overrideReason.userComment: cut off")
    return clean(value)[:MAX_COMMENT]


def listed(value: object, place: str, note: Note) -> list[Any]:
    """A list as it is, anything else as a list of one; no longer than is sensible."""
    if not isinstance(value, list):
        return [value]
    if len(value) > MAX_PARTS:
        note(f"{place}: more than {MAX_PARTS}")
    return value[:MAX_PARTS]


def token(value: object) -> str:
    """A short text without space around it; empty for everything else."""
    if not isinstance(value, str) or len(value) > MAX_TOKEN:
        return ""
    return clean(value)


def clean(value: str) -> str:
    """Without NUL, which PostgreSQL cannot keep, and without space around it."""
    return value.replace("\0", "").strip()
