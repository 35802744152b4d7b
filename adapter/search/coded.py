"""How the rows of a token parameter are taken: codes, identifiers, contacts and their texts."""

from __future__ import annotations

from typing import Any

from adapter.search.extraction import Rows, Take, each
from adapter.search.query import Parameter
from adapter.search.texts import contact, kept, normalized


def token(parameter: Parameter, system: str, *, is_contact: bool) -> Take:
    """Codes: code, Coding, CodeableConcept, Identifier, ContactPoint, string, boolean.

    Their texts go to the strings, for `:text`; an Identifier with a type also to `…:of-type`.

    Args:
        parameter: a token parameter.
        system: what the binding of a code implies.
        is_contact: whether the values are telephone numbers and addresses.
    """
    return each(_Coded(parameter.param, system, is_contact=is_contact))


class _Coded:
    __slots__ = ("_is_contact", "_of_type", "_param", "_system")

    def __init__(self, param: str, system: str, *, is_contact: bool) -> None:
        self._param, self._of_type = param, f"{param}:of-type"
        self._system, self._is_contact = system, is_contact

    def __call__(self, value: Any, rows: Rows) -> None:
        if value.__class__ is str:
            rows.tokens.append((self._param, self._system, kept(value)))
        elif value is True or value is False:
            rows.tokens.append((self._param, "", "true" if value else "false"))
        elif value.__class__ is not dict:
            return
        elif "coding" in value:
            self._text(value.get("text"), rows)
            codings = value["coding"]
            for one in codings if codings.__class__ is list else (codings,):
                if one.__class__ is dict:
                    self._coding(one, rows)
        elif "value" in value:
            self._identifier(value, rows)
        elif "code" in value:
            self._coding(value, rows)
        elif self._text(value.get("text"), rows) or self._text(value.get("display"), rows):
            # There is something, though no code: it is not missing.
            rows.tokens.append((self._param, "", ""))

    def _text(self, value: Any, rows: Rows) -> bool:
        if value.__class__ is not str:
            return False
        rows.strings.append((self._param, normalized(value), kept(value)))
        return True

    def _coding(self, value: dict[str, Any], rows: Rows) -> None:
        rows.tokens.append((self._param, _plain(value.get("system")), _plain(value.get("code"))))
        self._text(value.get("display"), rows)

    def _identifier(self, value: dict[str, Any], rows: Rows) -> None:
        own = value["value"]
        if own.__class__ is not str:
            return
        if self._is_contact:
            rows.tokens.append((self._param, "", contact(own)))
            return
        rows.tokens.append((self._param, _plain(value.get("system")), kept(own)))
        kind = value.get("type")
        if kind.__class__ is not dict:
            return
        self._text(kind.get("text"), rows)
        codings = kind.get("coding")
        for one in codings if codings.__class__ is list else ():
            if one.__class__ is dict and one.get("code").__class__ is str:
                system = _plain(one.get("system"))
                rows.tokens.append((self._of_type, kept(f"{system}|{one['code']}"), kept(own)))


def _plain(value: Any) -> str:
    return kept(value) if value.__class__ is str else ""
