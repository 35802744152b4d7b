"""Reads YAML into items that remember their line, so that every fault can say where it stands.

Scalars stay text: what a scalar means is decided by the field that reads it, so that `no`, `3.10`
or `2024-11-13` never turn into something nobody asked for. Keys given twice, aliases and anything
that is not one YAML document are faults.
"""

from __future__ import annotations

import yaml
from msgspec import Struct

from eligibility.errors import PolicyError


class Item(Struct, frozen=True, gc=False):
    """One node of a file: text, a list or a mapping."""

    #: Counted from 1; that of its key, for the value of a mapping.
    line: int
    content: str | tuple[Item, ...] | dict[str, Item]
    #: Text written without quotes.
    plain: bool = False


def read(text: str, file: str, faults: list[PolicyError]) -> Item | None:
    """The one document in `text`; None, with a fault added, when it cannot be read at all."""
    return _Reader(file, faults).read(text)


class _Reader:
    def __init__(self, file: str, faults: list[PolicyError]) -> None:
        self._file = file
        self._faults = faults
        self._seen: set[int] = set()

    def read(self, text: str) -> Item | None:
        try:
            node = yaml.compose(text, Loader=yaml.CBaseLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._not_yaml(mark.line + 1 if mark else 1, error.problem or "no document")
            return None
        except yaml.reader.ReaderError as error:
            before = text.encode()[: int(error.position)]
            self._not_yaml(before.count(b"\n") + 1, error.reason)
            return None
        if node is None:
            self._fault(1, "the file is empty; it states no policy", "write it, or remove the file")
            return None
        return self._item(node, node.start_mark.line + 1)

    def _item(self, node: yaml.Node, line: int) -> Item:
        if id(node) in self._seen:
            self._fault(
                node.start_mark.line + 1,
                "an alias to this node is used; a reader must see each rule where it applies",
                "write it out at every place",
            )
            return Item(line, "")
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return Item(line, self._mapping(node))
        if isinstance(node, yaml.SequenceNode):
            return Item(
                line, tuple(self._item(child, child.start_mark.line + 1) for child in node.value)
            )
        assert isinstance(node, yaml.ScalarNode)
        return Item(line, node.value, plain=not node.style)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Item]:
        entries: dict[str, Item] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self._fault(line, "a key is not a word; nothing can read it", "write a plain key")
            elif key.value in entries:
                self._fault(
                    line,
                    f"key {key.value!r} is given twice, first on line {entries[key.value].line}; "
                    "one of the two would be lost",
                    "keep one",
                )
            else:
                entries[key.value] = self._item(value, line)
        return entries

    def _not_yaml(self, line: int, problem: str) -> None:
        self._fault(
            line,
            f"this is not YAML ({problem}); nothing of the file can be used",
            "correct the line or the one before it",
        )

    def _fault(self, line: int, fault: str, remedy: str) -> None:
        self._faults.append(PolicyError(file=self._file, line=line, fault=fault, remedy=remedy))
