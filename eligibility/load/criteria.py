"""Reads the tree of criteria: leaves with a test, and groups that join them."""

from __future__ import annotations

from typing import Literal

from eligibility.load.dated import CITED, Days, cited, in_force, within
from eligibility.load.names import Names
from eligibility.load.options import Options
from eligibility.load.reader import Item
from eligibility.load.reading import Reading
from eligibility.model import Group, Leaf, Node, Source, Test

#: A rule longer than this was copied from its text instead of being said in our words.
LONGEST_RULE = 300

_OPERATORS: tuple[Literal["all", "any", "not"], ...] = ("all", "any", "not")
_LEAF = ("criterion", "rule", "test")
_SHARED = (*CITED, "interpretations")


class Criteria:
    """Reads the criteria of one file, whose ids are unique in it."""

    def __init__(self, reading: Reading, names: Names, order: int) -> None:
        self._reading = reading
        self._names = names
        self._options = Options(reading=reading, names=names, order=order)
        #: Line of each criterion id.
        self.ids: dict[str, int] = {}

    def node(self, item: Item | None, days: Days) -> Node:
        """A criterion or a group that is in force on `days`."""
        if item is None:
            return _EMPTY
        if not isinstance(item.content, dict):
            self._reading.wrong_type(
                item,
                "a node",
                "a criterion or a group",
                "write `criterion:`, `all:`, `any:`, `not:`",
            )
            return _EMPTY
        given = [operator for operator in _OPERATORS if operator in item.content]
        if not given:
            return self._leaf(item, days)
        if len(given) > 1 or "test" in item.content:
            several = [*given, *(["test"] if "test" in item.content else [])]
            self._reading.fault(
                item,
                f"a node has {' and '.join(several)}; how they are joined is not said",
                "keep one, and nest the other in a node of its own",
            )
            return _EMPTY
        return self._group(item, given[0], days)

    def _leaf(self, item: Item, days: Days) -> Leaf:
        reading = self._reading
        fields = reading.fields(item, "a criterion", _LEAF, (*_SHARED, "in_force"))
        narrower = in_force(reading, fields.get("in_force"), self._names.use_interpretations)
        if "in_force" in fields:
            days = within(days, narrower)
        return Leaf(
            id=self._id(fields.get("criterion")),
            rule=self._rule(fields.get("rule")),
            source=cited(reading, item, fields, "a criterion"),
            test=self._options.test(fields.get("test"), days),
            interpretations=self._names.use_interpretations(fields.get("interpretations")),
            in_force=narrower,
        )

    def _group(self, item: Item, operator: Literal["all", "any", "not"], days: Days) -> Group:
        reading = self._reading
        fields = reading.fields(item, "a group", (operator,), ("criterion", "rule", *_SHARED))
        joined = fields[operator]
        if operator == "not":
            children: tuple[Node, ...] = (self.node(joined, days),)
        else:
            children = tuple(self.node(each, days) for each in reading.items(joined, operator))
            if joined.content == ():
                reading.fault(
                    joined,
                    f"group {operator!r} is empty; it would be decided for everybody",
                    "add its criteria, or remove it",
                )
        name, rule = fields.get("criterion"), fields.get("rule")
        if name is not None and rule is None:
            reading.fault(
                item, "a group with an id has no rule; it could not be explained", "add `rule:`"
            )
        quoted = rule is not None or bool(fields.keys() & set(CITED))
        return Group(
            operator=operator,
            children=children,
            id=None if name is None else self._id(name),
            rule=None if rule is None else self._rule(rule),
            source=cited(reading, item, fields, "a group's rule") if quoted else None,
            interpretations=self._names.use_interpretations(fields.get("interpretations")),
        )

    def _id(self, item: Item | None) -> str:
        name = self._reading.identifier(item, "the criterion's id")
        if item is not None and name:
            if name in self.ids:
                self._reading.fault(
                    item,
                    f"criterion {name!r} is there already, on line {self.ids[name]}; "
                    "an answer could not say which one it is about",
                    "rename one of the two",
                )
            self.ids.setdefault(name, item.line)
        return name

    def _rule(self, item: Item | None) -> str:
        rule = self._reading.text(item, "rule")
        if item is not None and len(rule) > LONGEST_RULE:
            self._reading.fault(
                item,
                f"a rule has {len(rule)} characters, more than {LONGEST_RULE}; "
                "it reads like the text itself and not like its meaning",
                "say it in one plain sentence of our own",
            )
        return rule


_EMPTY = Leaf(
    id="", rule="", source=Source(document="", section=""), test=Test(kind="", options={})
)
