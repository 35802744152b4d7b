"""Reads the one test of a criterion: its kind, and each option by the table of kinds."""

from __future__ import annotations

from msgspec import Struct

from eligibility.load.dated import Days
from eligibility.load.kinds import KINDS, Option
from eligibility.load.names import Names, ParameterValue
from eligibility.load.reader import Item
from eligibility.load.reading import Reading, is_number
from eligibility.model import POPULATIONS, Ref, Test

OptionValue = bool | str | tuple[str, ...] | Ref

_EXPECTED = {
    "number": "a whole number",
    "text": "a text",
    "word": "one word",
    "answer": "an attestation code",
    "words": "a list of codes",
    "concepts": "a list of concepts",
    "programs": "a list of programme codes",
    "populations": "a list of population ids",
}


class Options(Struct, frozen=True, kw_only=True):
    """Reads tests in one file."""

    reading: Reading
    names: Names
    #: A `population` test may refer to populations of a lower number only.
    order: int

    def test(self, item: Item | None, days: Days) -> Test:
        """The test of a criterion that is in force on `days`."""
        reading = self.reading
        empty = Test(kind="", options={})
        if item is None:
            return empty
        if not isinstance(item.content, dict):
            reading.wrong_type(item, "a test", "one kind with its options", "write `{kind: {…}}`")
            return empty
        if len(item.content) != 1:
            reading.fault(
                item,
                f"a criterion has {len(item.content)} tests; exactly one decides it",
                "keep one, or make a group of criteria",
            )
            return empty
        ((kind, given),) = item.content.items()
        if reading.word(Item(given.line, kind), "test kind", KINDS) not in KINDS:
            return empty
        known = KINDS[kind]
        what = f"test {kind!r}"
        required = [name for name, option in known.options.items() if option.required]
        optional = [name for name, option in known.options.items() if not option.required]
        fields = reading.fields(given, what, required, optional)
        if known.one_of and not fields.keys() & set(known.one_of):
            reading.fault(
                given,
                f"{what} has none of {', '.join(known.one_of)}; nothing could meet it",
                "add one of them",
            )
        options = {
            name: self._option(known.options[name], each, f"option {name!r} of {what}", days)
            for name, each in fields.items()
        }
        return Test(kind=kind, options=options)

    def _option(self, option: Option, item: Item, what: str, days: Days) -> OptionValue:
        if option.shape == "switch":
            if not self.reading.flag(item, what):
                self.reading.wrong_type(item, what, "true", "write `true`, or leave it out")
            return True
        if isinstance(item.content, str):
            if item.content.startswith("$"):
                return self.names.use_parameter(
                    item, what, days, lambda value: self._misfit(option, value)
                )
            if is_number(item):
                self.reading.fault(
                    item,
                    f"{what} is the bare number {item.content}; a number needs dates and a source",
                    "make it a parameter and write `$name`",
                )
                return item.content
        if option.parameter:
            self.reading.wrong_type(item, what, "a parameter", "make it one and write `$name`")
            return ""
        if option.shape in ("words", "concepts", "programs", "populations"):
            if item.content == ():
                self.reading.fault(item, f"{what} is empty; it says nothing", "remove it")
            for each in self.reading.items(item, what):
                self._check_word(option, each, what)
            return self.reading.texts(item, what)
        self._check_word(option, item, what)
        return self.reading.text(item, what)

    def _check_word(self, option: Option, item: Item, what: str) -> None:
        if not isinstance(item.content, str):
            return
        problem = self._unknown(option, item.content)
        if problem is not None:
            self.reading.fault(
                item, f"{what}: {problem}; no fact could ever match it", "correct it, or remove it"
            )
        elif option.shape == "populations":
            self._check_order(item, what)

    def _check_order(self, item: Item, what: str) -> None:
        if POPULATIONS[str(item.content)] >= self.order:
            self.reading.fault(
                item,
                f"{what} refers to {item.content!r}, which is not decided before this one; "
                "the answer would depend on itself",
                "refer only to populations of a lower number",
            )

    def _unknown(self, option: Option, word: str) -> str | None:
        """Why a word is not one of those allowed; None when it is, or cannot be looked up."""
        if option.allowed and word not in option.allowed:
            return f"unknown word {word!r}, not one of {', '.join(option.allowed)}"
        vocabulary = self.reading.vocabulary
        if vocabulary is None:
            return None
        if option.shape == "answer":
            found = vocabulary.attestations.get(word)
            if found is None:
                return f"unknown attestation code {word!r}"
            fits = found in option.types
            wanted = " or ".join(option.types)
            return (
                None if fits else f"{word!r} is answered with a value of type {found}, not {wanted}"
            )
        known = {"concepts": vocabulary.concepts, "programs": vocabulary.programs}
        if word in known.get(option.shape, (word,)):
            return None
        kind = "concept" if option.shape == "concepts" else "programme code"
        return f"unknown {kind} {word!r}"

    def _misfit(self, option: Option, value: ParameterValue) -> str | None:
        """What a parameter's value should have been; None when it fits the option."""
        kind = {"number": int, "text": str, "word": str, "answer": str}.get(option.shape, tuple)
        if not isinstance(value, kind):
            return _EXPECTED[option.shape]
        words = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
        for word in words:
            problem = self._unknown(option, word)
            if problem is not None:
                return f"{_EXPECTED[option.shape]} ({problem})"
        return None
