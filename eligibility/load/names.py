"""What a file defines by name, parameters and interpretations, and whether its rules use it.

A parameter nobody uses, or an interpretation no rule names, misleads whoever reads the file; a name
that nothing defines leaves a rule without its number.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from eligibility.load.dated import Days, interpretation, parameter, uncovered
from eligibility.load.reader import Item
from eligibility.load.reading import Reading
from eligibility.model import Interpretation, Parameter, Ref

_NAME = re.compile(r"[a-z][a-z0-9_]*")

ParameterValue = int | str | tuple[str, ...]


class Names:
    """The parameters and interpretations of one file."""

    def __init__(self, reading: Reading, fields: dict[str, Item]) -> None:
        self._reading = reading
        self.parameters: dict[str, Parameter] = {}
        self.interpretations: dict[str, Interpretation] = {}
        #: Where each is defined; a faulty definition is still one.
        self._parameters_at: dict[str, Item] = {}
        self._interpretations_at: dict[str, Item] = {}
        self._used: set[str] = set()
        self._read_parameters(fields.get("parameters"))
        self._read_interpretations(fields.get("interpretations"))

    def _read_parameters(self, item: Item | None) -> None:
        if item is None:
            return
        if not isinstance(item.content, dict):
            self._reading.wrong_type(
                item, "parameters", "names with values", "write `name:` with `unit` and `values`"
            )
            return
        for name, each in item.content.items():
            if not _NAME.fullmatch(name):
                self._reading.fault(
                    each,
                    f"parameter name {name!r} cannot be referred to as $name",
                    "use lower-case letters, digits and underscores",
                )
            self._parameters_at[name] = each
            read = parameter(self._reading, name, each)
            if read is not None:
                self.parameters[name] = read

    def _read_interpretations(self, item: Item | None) -> None:
        for each in self._reading.items(item, "interpretations"):
            read = interpretation(self._reading, each)
            if read.id in self.interpretations:
                self._reading.fault(
                    each,
                    f"interpretation {read.id!r} is defined twice; a rule could mean either",
                    "rename one of the two",
                )
            if read.id:
                self.interpretations[read.id] = read
                self._interpretations_at[read.id] = each

    def use_interpretations(self, item: Item | None) -> tuple[str, ...]:
        """The ids a rule names, each noted as used."""
        ids = []
        for each in self._reading.items(item, "interpretations"):
            name = self._reading.text(each, "interpretation")
            if name and name not in self._interpretations_at:
                self._reading.fault(
                    each,
                    f"unknown interpretation {name!r}; a reader could not see what was chosen",
                    "define it under `interpretations:`, or remove it here",
                )
            self._used.add(f"interpretation {name}")
            ids.append(name)
        return tuple(ids)

    def use_parameter(
        self, item: Item, what: str, days: Days, expected: Callable[[ParameterValue], str | None]
    ) -> Ref:
        """The parameter `$name` refers to, checked against the days and the type its use needs.

        `expected` says what a value should have been, or None when it fits.
        """
        name = str(item.content)[1:]
        self._used.add(f"parameter {name}")
        if name not in self._parameters_at:
            self._reading.fault(
                item,
                f"unknown parameter ${name} in {what}; the rule would have no value to go by",
                "define it under `parameters:`, or correct the name",
            )
        found = self.parameters.get(name)
        if found is None:
            return Ref(name)
        for value in found.values:
            wanted = expected(value.value)
            if wanted is not None:
                given = value.value
                written = f"[{', '.join(given)}]" if isinstance(given, tuple) else repr(given)
                self._reading.fault(
                    item,
                    f"{what} takes {wanted}, and parameter ${name} has the value {written}; "
                    "the test could not be carried out",
                    "correct the value, or refer to another parameter",
                )
                break
        if days is not None:
            gap = uncovered(found.values, *days)
            if gap is not None:
                self._reading.fault(
                    item,
                    f"parameter ${name} has no value on {gap}, when {what} needs one; "
                    "a value is never used outside its dates",
                    "add a dated value with its source, or narrow the days the rule is in force",
                )
        return Ref(name)

    def report_unused(self) -> None:
        """Note every parameter and interpretation that no rule names."""
        for kind, places, remedy in (
            ("parameter", self._parameters_at, "use it as `${}`, or remove it"),
            ("interpretation", self._interpretations_at, "name it where it applies, or remove it"),
        ):
            for name, item in places.items():
                if f"{kind} {name}" not in self._used:
                    self._reading.fault(
                        item,
                        f"{kind} {name!r} is used by no rule; "
                        "a reader would believe that it has an effect",
                        remedy.format(name),
                    )
