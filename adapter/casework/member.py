"""A member in words: what they are called, and how they are reached."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from adapter.fhir_client.partner_answers import Resource, objects

#: Of `Patient.name.use`, the first is taken; a name of none of these comes last.
_USES = ("official", "usual", "temp", "nickname", "anonymous", "maiden")
_SYSTEMS = {"phone": "Telephone", "sms": "Text message", "email": "E-mail", "fax": "Fax"}


class Contact(Struct, frozen=True, kw_only=True):
    """A way to reach a member, or somebody for them."""

    #: What it is, in words: `Telephone, mobile`.
    kind: str
    value: str


def name_of(patient: Resource) -> str:
    """What a member is called; empty: nobody says."""
    names = objects(patient.get("name"))
    if not names:
        return ""
    known = [one for one in names if one.get("use") in _USES]
    return _written(min(known, key=lambda one: _USES.index(one["use"])) if known else names[0])


def born(patient: Resource) -> date | None:
    """The day of birth; None: not known to the day."""
    try:
        return date.fromisoformat(str(patient.get("birthDate", "")))
    except ValueError:
        return None


def age(birth: date, today: date) -> str:
    """How old somebody is: in years, under two years in months."""
    months = (today.year - birth.year) * 12 + today.month - birth.month - (today.day < birth.day)
    if months < 24:
        return "1 month" if months == 1 else f"{months} months"
    return f"{months // 12} years"


def contacts(patient: Resource) -> tuple[Contact, ...]:
    """How the member is reached, then who else is."""
    found = [*_telecoms(patient.get("telecom")), *_addresses(patient.get("address"))]
    for other in objects(patient.get("contact")):
        relation = ", ".join(filter(None, map(words, objects(other.get("relationship")))))
        who = _written(other.get("name") or {}) or "Somebody"
        reached = [one.value for one in _telecoms(other.get("telecom"))]
        value = " · ".join([who, *reached])
        found.append(Contact(kind=f"Contact, {relation}" if relation else "Contact", value=value))
    return tuple(found)


def languages(patient: Resource) -> tuple[str, ...]:
    """The languages to speak with the member, the preferred one first."""
    spoken = objects(patient.get("communication"))
    spoken = sorted(spoken, key=lambda one: one.get("preferred") is not True)
    return tuple(filter(None, (words(one.get("language")) for one in spoken)))


def words(concept: object) -> str:
    """A CodeableConcept in words: its text, a display, or else a code."""
    if not isinstance(concept, dict):
        return ""
    codings = objects(concept.get("coding"))
    said = [concept.get("text"), *(one.get("display") for one in codings)]
    said += [one.get("code") for one in codings]
    return next((str(one) for one in said if one), "")


def _written(name: Resource) -> str:
    if name.get("text"):
        return str(name["text"])
    given = name.get("given")
    parts = [*(given if isinstance(given, list) else []), name.get("family")]
    return " ".join(str(one) for one in parts if one)


def _telecoms(points: object) -> list[Contact]:
    found = []
    for one in objects(points):
        if one.get("value") and one.get("use") != "old":
            kind = _SYSTEMS.get(str(one.get("system")), "Other")
            use = f", {one['use']}" if one.get("use") else ""
            found.append(Contact(kind=kind + use, value=str(one["value"])))
    return found


def _addresses(written: object) -> list[Contact]:
    found = []
    for one in objects(written):
        if one.get("use") == "old":
            continue
        lines = one.get("line")
        state = " ".join(str(one[name]) for name in ("state", "postalCode") if one.get(name))
        parts = [*(lines if isinstance(lines, list) else []), one.get("city"), state]
        text = one.get("text") or ", ".join(str(part) for part in parts if part)
        if text:
            use = f", {one['use']}" if one.get("use") else ""
            found.append(Contact(kind=f"Address{use}", value=str(text)))
    return found
