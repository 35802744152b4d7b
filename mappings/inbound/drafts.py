"""Conditions that are being entered, completed by what saving them will add.

A draft in a hook's context (problem-list-item-create) often lacks what a server fills in: whom it
is about and when it was recorded. It is about the patient of the call, and recorded today.
"""

from __future__ import annotations

from datetime import date

from msgspec import Raw, json

from mappings.inbound.elements import present
from mappings.inbound.envelopes import UNREADABLE, type_of

_FIELDS = json.Decoder(dict[str, Raw])
_LIST = json.Decoder(list[Raw])
_ONSETS = ("onsetDateTime", "onsetPeriod", "onsetAge", "onsetRange", "onsetString")


def drafted(document: bytes, *, patient: str, on: date) -> bytes:
    """The drafts as they would be if they were saved on the day.

    Args:
        document: a Bundle of drafts, an array of them, or one.
        patient: whom a Condition that does not say it is about, e.g. `Patient/p1`.
        on: the day a Condition without onset and date of recording counts as recorded.

    Returns:
        The document with the Conditions in it completed; nothing that is stated is changed. What
        cannot be read is as it was.
    """
    subject = Raw(json.encode({"reference": patient}))
    return bytes(_completed(Raw(document.strip()), subject, Raw(json.encode(on))))


def _completed(raw: Raw, subject: Raw, on: Raw) -> Raw:
    try:
        if bytes(memoryview(raw)[:1]) == b"[":
            return Raw(json.encode([_completed(one, subject, on) for one in _LIST.decode(raw)]))
        match type_of(raw):
            case "Bundle":
                return _with_entries(raw, subject, on)
            case "Condition":
                return _saved(_FIELDS.decode(raw), subject, on)
    except UNREADABLE:
        pass
    return raw


def _with_entries(raw: Raw, subject: Raw, on: Raw) -> Raw:
    bundle = _FIELDS.decode(raw)
    entries = _LIST.decode(bundle.get("entry", Raw(b"[]")))
    return Raw(json.encode({**bundle, "entry": [_entry(one, subject, on) for one in entries]}))


def _entry(raw: Raw, subject: Raw, on: Raw) -> Raw:
    """An entry with its resource completed; one that is none is left, and hides no other."""
    try:
        entry = _FIELDS.decode(raw)
    except UNREADABLE:
        return raw
    if "resource" in entry:
        entry["resource"] = _completed(entry["resource"], subject, on)
    return Raw(json.encode(entry))


def _saved(condition: dict[str, Raw], subject: Raw, on: Raw) -> Raw:
    if not present(condition.get("subject", Raw())) or condition["subject"] == Raw(b"{}"):
        condition["subject"] = subject
    dates = ("recordedDate", *_ONSETS)
    if not any(present(condition.get(name, Raw())) for name in dates):
        condition["recordedDate"] = on
    return Raw(json.encode(condition))
