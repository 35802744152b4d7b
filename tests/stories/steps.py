"""The four steps from a chart to a card, each as the text of one file.

`python -m tests.stories.steps` writes the files again after a wanted change; read the difference
before it is committed. The first file is the input and is never written.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from cds_hooks.cards import Reader, cards_for
from cds_hooks.protocol import answer_body
from eligibility.evaluate import evaluate
from eligibility.report import as_object
from mappings.inbound.bundle import read_member
from profiles.canonicals import DEFAULT_BASE
from tests.unit.cds_hooks.referrals import refer

FOLDER = Path(__file__).parent

#: The day every story is asked about.
AS_OF = date(2026, 3, 18)

_READER = Reader(hook_instance="d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", canonical_base=DEFAULT_BASE)


def stories() -> tuple[Path, ...]:
    """The folders, one story each."""
    return tuple(sorted(file.parent for file in FOLDER.glob("*/1-bundle.json")))


def steps(story: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each file after the first."""
    facts = read_member((story / "1-bundle.json").read_bytes())
    determination = evaluate(facts, as_of=AS_OF)
    cards = cards_for(determination, _READER, refer=refer(determination))
    yield "2-facts.json", _text(msgspec.json.encode(facts, order="sorted"))
    yield "3-determination.json", _text(msgspec.json.encode(_abridged(as_object(determination))))
    yield "4-card.json", _text(answer_body(cards))


#: What stands in the policy files, and would bury what was found.
_LEFT_OUT = ("interpretations", "parameters", "source", "title")


def _abridged(report: dict[str, Any]) -> dict[str, Any]:
    """The report, with a trace only of populations and exclusions that something speaks for."""
    kept = dict(report)
    for key in ("populations", "exclusions"):
        kept[key] = [
            _found(one) if _speaks(one) else {name: one[name] for name in ("id", "outcome")}
            for one in report[key]
        ]
    kept["planNarrowerThanState"] = _found(report["planNarrowerThanState"])
    return kept


def _speaks(one: dict[str, Any]) -> bool:
    return one["outcome"] == "met" or bool(one.get("possible") or one.get("evidence"))


def _found(value: Any) -> Any:
    if isinstance(value, list):
        return [_found(one) for one in value]
    if isinstance(value, dict):
        return {key: _found(one) for key, one in value.items() if key not in _LEFT_OUT}
    return value


def _text(body: bytes) -> str:
    return msgspec.json.format(body, indent=1).decode() + "\n"


if __name__ == "__main__":
    for one in stories():
        for name, text in steps(one):
            (one / name).write_text(text, encoding="utf-8")
