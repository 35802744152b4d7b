"""The hospital at the intake form, as a browser without scripts: for tests over plain HTTP."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from tests.contract.conftest import Answer, Service
from tests.contract.fhir.conftest import Fhir

Fields = dict[str, list[str]]


class _Form(HTMLParser):
    """The fields of the intake form as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: Fields = {}
        self._select = self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        ticked = given.get("type") not in ("checkbox", "radio") or "checked" in given
        if tag == "input" and given.get("name") and ticked:
            self._add(given["name"], given.get("value", ""))
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and "selected" in given:
            self._add(self._select, given["value"])
        elif tag == "textarea":
            self._text = given["name"]
            self._add(self._text, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.fields[self._text][-1] += data

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


class Desk:
    """The hospital at the form."""

    def __init__(self, service: Service) -> None:
        self.fhir = Fhir(service)
        self.service = service

    def opens(self, **fields: str) -> Fields:
        """The form as it comes, filled in from what is sent along."""
        answer = self._posts("new", {name: [value] for name, value in fields.items()})
        assert answer.status == 200, answer.body
        return read(answer)

    def begins(self, query: str = "") -> Fields:
        """The form as it is opened by a link."""
        answer = self.service.get(f"/workbench/referrals/new?as=referrer{query}")
        assert answer.status == 200, answer.body
        return read(answer)

    def switches(self, fields: Fields, **to: str) -> Fields:
        return read(self._posts("new", {**fields, **{name: [one] for name, one in to.items()}}))

    def sends(self, fields: Fields) -> str:
        """The id of the Task it became."""
        answer = self.tries(fields)
        assert answer.status == 303, faults(answer)
        match = re.fullmatch(
            r"/workbench/referrals/([^/?]+)\?as=referrer", answer.headers["location"]
        )
        assert match is not None, answer.headers
        return match[1]

    def tries(self, fields: Fields) -> Answer:
        return self._posts("new/send", fields)

    def sent(self, task: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Task, order and form."""
        found = self.read(f"Task/{task}")
        order = self.read(found["focus"]["reference"])
        forms = [one["reference"] for one in order["supportingInfo"]]
        form = next(one for one in forms if one.startswith("QuestionnaireResponse/"))
        return found, order, self.read(forms[-1] if form else form)

    def read(self, reference: str) -> dict[str, Any]:
        found: dict[str, Any] = self.fhir.get(reference).json
        return found

    def _posts(self, path: str, fields: Fields) -> Answer:
        return self.service.request(
            "POST",
            f"/workbench/referrals/{path}?as=referrer",
            urlencode(fields, doseq=True).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )


def read(answer: Answer) -> Fields:
    form = _Form()
    form.feed(answer.body.decode())
    return form.fields


def faults(answer: Answer) -> list[str]:
    return re.findall(
        r'class="fault"[^>]*>([^<]*)|role="alert".*?</strong>([^<]*)', answer.body.decode()
    )
