"""One value of a search parameter, read by the kind of the parameter.

A comma parts values, a bar the parts of one, and a backslash takes their meaning from `,`, `|`, `$`
and itself (FHIR R4 search, escaping).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from adapter.fhir_api.faults import Refused, refused
from adapter.search.amounts import around, exactly
from adapter.search.extraction import identified
from adapter.search.instants import span
from adapter.search.parameters import CONTACTS
from adapter.search.query import Kind, Parameter, Value
from adapter.search.references import ID, target
from adapter.search.texts import contact, kept, normalized

_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[\d.+-])")
_ZONE_AFTER_BLANK = re.compile(r" (?=\d\d:\d\d\Z)")


def split(text: str, at: str) -> list[str]:
    """The parts between separators that no backslash stands before; escapes stay in them."""
    if at not in text:
        return [text]
    parts, begin, skip = [], 0, False
    for place, character in enumerate(text):
        if skip:
            skip = False
        elif character == "\\":
            skip = True
        elif character == at:
            parts.append(text[begin:place])
            begin = place + 1
    return [*parts, text[begin:]]


def unescaped(text: str) -> str:
    r"""The text that `\,`, `\|`, `\$` and `\\` stand for."""
    return re.sub(r"\\([,|$\\])", r"\1", text) if "\\" in text else text


def read(parameter: Parameter, modifier: str, text: str, bases: tuple[str, ...]) -> Value:
    """One value, with its escapes.

    Args:
        parameter: what is searched by.
        modifier: a modifier that goes with this kind of parameter, or none.
        text: between two commas.
        bases: URLs of this server.

    Raises:
        Refused: 400, it is no value of this kind.
    """
    if modifier == "missing":
        return _missing(parameter, text)
    if modifier == "identifier":
        return _identifier(parameter, text)
    if modifier == "text":
        return Value(text=normalized(unescaped(text)))
    if modifier == "of-type":
        return _of_type(parameter, text)
    if modifier[:1].isupper():
        return _reference(parameter, f"{modifier}/{text}" if "/" not in text else text, bases)
    if parameter.kind == "string":
        plain = unescaped(text)
        return Value(text=kept(plain) if modifier == "exact" else normalized(plain))
    if parameter.kind == "reference":
        return _reference(parameter, text, bases)
    return _READERS[parameter.kind](parameter, text)


def wrong(parameter: Parameter, what: str) -> Refused:
    """The refusal of a value, which is not repeated."""
    return refused(400, "value", f"search parameter {parameter.name} of {parameter.type}: {what}")


def _missing(parameter: Parameter, text: str) -> Value:
    if text not in ("true", "false"):
        raise wrong(parameter, "after :missing write true or false")
    return Value(text=text)


def _token(parameter: Parameter, text: str) -> Value:
    parts = split(text, "|")
    if len(parts) > 2 or parts[-1] == parts[0] == "":
        raise wrong(parameter, "write code, system|code, |code or system|; escape other bars")
    code = unescaped(parts[-1])
    if parameter.name in CONTACTS:
        return Value(text=contact(code))
    return Value(text=kept(code), system=kept(unescaped(parts[0])) if len(parts) == 2 else None)


def _identifier(parameter: Parameter, text: str) -> Value:
    """The whole as it is indexed; system None: whatever ends with the text."""
    parts = split(text, "|")
    if len(parts) > 2 or parts[-1] == parts[0] == "":
        raise wrong(parameter, "after :identifier write system|value; escape other bars")
    plain = [unescaped(each) for each in parts]
    if len(parts) == 1:
        return Value(text=identified("", plain[0]))
    if not plain[1]:
        return Value(text="", system=f"{plain[0]}|")
    return Value(text=identified(plain[0], plain[1]), system=plain[0])


def _of_type(parameter: Parameter, text: str) -> Value:
    parts = [unescaped(each) for each in split(text, "|")]
    if len(parts) != 3 or not parts[1] or not parts[2]:
        raise wrong(parameter, "after :of-type write the type's system|code|value")
    return Value(system=kept(f"{parts[0]}|{parts[1]}"), text=kept(parts[2]))


def _uri(_: Parameter, text: str) -> Value:
    return Value(text=kept(unescaped(text)), system="")


def _reference(parameter: Parameter, text: str, bases: tuple[str, ...]) -> Value:
    plain = unescaped(text)
    if ID.fullmatch(plain):
        return Value(target_id=plain)
    if plain.startswith("#"):
        raise wrong(parameter, "what is contained in another resource cannot be searched by")
    type, id, url = target(plain, bases)
    return Value(target_type=type, target_id=id) if id else Value(url=url)


def _date(parameter: Parameter, text: str) -> Value:
    prefix, plain = _prefix(text)
    # A plus sign that was not encoded arrives as a blank.
    found = span(_ZONE_AFTER_BLANK.sub("+", plain))
    if found is None:
        raise wrong(
            parameter,
            "write a date such as 2026, 2026-03, 2026-03-01 or 2026-03-01T08:00:00Z, in years "
            "0001 to 9999, after a prefix such as ge",
        )
    low, high = found
    if prefix == "ap":  # as much again on either side
        return Value(prefix=prefix, low=low - (high - low + 1), high=high + (high - low + 1))
    return Value(prefix=prefix, low=low, high=high)


def _number(parameter: Parameter, text: str) -> Value:
    prefix, plain = _prefix(text)
    if prefix in ("eq", "ne"):
        found = around(plain)
    else:
        exact = exactly(plain)
        found = None if exact is None else (exact, exact)
        if found and exact is not None and prefix == "ap":
            found = exact - abs(exact) / 10, exact + abs(exact) / 10
    if found is None:
        raise wrong(parameter, "write a number such as 5.40 or 5.4e-3, after a prefix such as gt")
    return Value(prefix=prefix, low=found[0], high=found[1])


def _quantity(parameter: Parameter, text: str) -> Value:
    parts = split(text, "|")
    if len(parts) not in (1, 3):
        raise wrong(parameter, "write number, or number|system|code")
    number = _number(parameter, parts[0])
    if len(parts) == 1:
        return number
    system, code = (kept(unescaped(each)) for each in parts[1:])
    return Value(
        prefix=number.prefix, low=number.low, high=number.high, system=system or None, text=code
    )


def _prefix(text: str) -> tuple[str, str]:
    match = _PREFIXED.match(text)
    return (match[1], text[2:]) if match else ("eq", text)


_READERS: dict[Kind, Callable[[Parameter, str], Value]] = {
    "token": _token,
    "uri": _uri,
    "date": _date,
    "number": _number,
    "quantity": _quantity,
}
