"""The shipped Questionnaires: the ECM referral form and the social screening.

The resources in `definitions/questionnaires/` are the single source of their groups, types and
translations. A translation stands beside its text in HL7's extension `translation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from profiles.canonicals import DEFAULT_BASE

_FOLDER = Path(__file__).parent / "definitions" / "questionnaires"


class Question(Struct, frozen=True):
    """One item of a form."""

    link_id: str
    #: `group`, `boolean`, `choice`, … as FHIR names the types of items.
    type: str
    repeats: bool
    #: linkIds of the groups it stands in, the outermost first.
    groups: tuple[str, ...]
    #: The item as it is in the resource, what is below it included. Not to be changed.
    item: Mapping[str, Any]


@cache
def questionnaire_ids() -> frozenset[str]:
    """Name the shipped Questionnaires. Reads no file, only the names in the folder."""
    return frozenset(file.stem for file in _FOLDER.glob("*.json"))


def questionnaire(id: str, base: str = DEFAULT_BASE) -> dict[str, Any]:
    """Give a shipped Questionnaire under `base`, to change at will.

    Raises:
        KeyError: there is none of that id.
    """
    resource: dict[str, Any] = msgspec.json.decode(_text(id, base.rstrip("/")))
    return resource


@cache
def questions(id: str, base: str = DEFAULT_BASE) -> Mapping[str, Question]:
    """Give every item of a shipped Questionnaire by linkId, in its order, groups included.

    Raises:
        KeyError: there is none of that id.
    """
    items = questionnaire(id, base)["item"]
    return MappingProxyType({one.link_id: one for one in _below(items, ())})


@cache
def _text(id: str, base: str) -> str:
    if id not in questionnaire_ids():
        raise KeyError(f"{id!r} is no shipped Questionnaire")
    text = (_FOLDER / f"{id}.json").read_text(encoding="utf-8")
    return text.replace(DEFAULT_BASE, base)


def _below(items: list[dict[str, Any]], groups: tuple[str, ...]) -> Iterator[Question]:
    for item in items:
        yield Question(
            link_id=item["linkId"],
            type=item["type"],
            repeats=item.get("repeats", False),
            groups=groups,
            item=MappingProxyType(item),
        )
        yield from _below(item.get("item", []), (*groups, item["linkId"]))
