"""Rules of a policy text as a tree for a page: each in words, with its place and its readings."""

from __future__ import annotations

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from adapter.dates import period
from eligibility.model import Group, Node, Parameter, Source
from eligibility.packs import documents
from eligibility.policy_words import OPERATORS, test_in_words

#: What a kind of test looks at, where its name does not say it.
_LOOKED_AT = {"fact": "an answer or a code", "number": "a measured number"}


class Where(Struct, frozen=True, kw_only=True):
    """Document and section to look up."""

    title: str
    section: str
    provisional: bool
    #: Same document as the text it stands in, whose title need not be said again.
    here: bool = False


class Rule(Struct, frozen=True, kw_only=True):
    """One rule, or several joined."""

    #: Of its element on the page; empty: nothing leads there.
    anchor: str
    #: Empty: the source has no sentence for the group as a whole.
    text: str
    #: `all of`, `any of`, `not`; empty: one rule.
    joined: str
    where: Where | None
    #: How it is decided, with the numbers in force; empty for several.
    decided: str
    #: Days, where they are narrower than the text's.
    in_force: str
    #: Evidence on it makes "possible"; a number where evidence of several kinds is asked.
    signal: str
    #: (id, anchor) of readings.
    readings: tuple[tuple[str, str], ...]
    children: tuple[Rule, ...]


def where(source: Source, within: str | None = None) -> Where:
    """A passage, with the title of its document; `within`: the document of the text around it."""
    held = documents().get(source.document)
    return Where(
        title=held.title if held else source.document,
        section=source.section,
        provisional=source.provisional,
        here=source.document == within,
    )


class Tree(Struct, frozen=True, kw_only=True):
    """What rules of one text need to be told."""

    anchor: str
    parameters: dict[str, Parameter]
    on: date
    document: str
    #: The text as a whole is, so that its rules need not say it each.
    provisional: bool
    indicators: tuple[tuple[str, ...], ...] = ()

    def rule(self, node: Node) -> Rule:
        """A rule and all below it."""
        days_of = None if isinstance(node, Group) else node.in_force
        return Rule(
            anchor=f"{self.anchor}-{node.id}" if node.id else "",
            text=node.rule or "",
            joined=OPERATORS[node.operator] if isinstance(node, Group) else "",
            where=self.place(node.source) if node.source else None,
            decided=""
            if isinstance(node, Group)
            else _decided(test_in_words(node.test, self.parameters, self.on)),
            in_force=period(days_of.first, days_of.last) if days_of else "",
            signal=self._signal(node.id),
            readings=tuple((id, f"{self.anchor}-reading-{id}") for id in node.interpretations),
            children=tuple(map(self.rule, node.children)) if isinstance(node, Group) else (),
        )

    def place(self, source: Source) -> Where:
        """Where something of the text stands."""
        found = where(source, self.document)
        return replace(
            found, provisional=found.provisional and not (found.here and self.provisional)
        )

    def _signal(self, id: str | None) -> str:
        places = [str(place) for place, ids in enumerate(self.indicators, 1) if id in ids]
        return " ".join(places) if len(self.indicators) > 1 else "any" if places else ""


def _decided(words: str) -> str:
    """A test in words that say what is looked at; the commands name its kind as the file does."""
    kind, _, rest = words.partition(": ")
    return f"{_LOOKED_AT[kind]}: {rest}" if rest and kind in _LOOKED_AT else words
