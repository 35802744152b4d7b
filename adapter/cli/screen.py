"""Laying out text for a person: marks, colours and hanging indents, as the terminal can show them.

On a terminal lines are wrapped to its width; elsewhere every item is one line, so that `grep` finds
it whole. Colour follows `NO_COLOR`, `FORCE_COLOR` and whether standard output is a terminal.
"""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.text import Text

from adapter.cli.output import encoded, encoding
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome

#: A stretch of text with its style, or without one.
Piece = str | tuple[str, str]

_MARKS = {MET: ("●", "bold green"), NOT_MET: ("○", "dim"), UNKNOWN: ("?", "yellow")}
_POSSIBLE = ("◐", "bold yellow")

#: Longer lines are hard to read, however wide the terminal.
_WIDEST = 120

#: For encodings that lack these characters.
_SPELLED = str.maketrans(
    {
        "●": "*",
        "◐": "~",
        "○": "o",
        "·": "|",
        "–": "-",
        "—": "-",
        "’": "'",
        "“": '"',
        "”": '"',
        "…": "...",
        "≥": ">=",
        "≤": "<=",
        "§": "section ",
        "→": "->",
    }
)

LEGEND = (
    ("● ", "bold green"), "met   ", ("◐ ", "bold yellow"), "possible   ",
    ("○ ", "dim"), "not met   ", ("? ", "yellow"), "unknown",
)  # fmt: skip


def mark(outcome: Outcome, *, possible: bool = False) -> tuple[str, str]:
    """The sign that stands for an outcome, with its style."""
    return _POSSIBLE if possible else _MARKS[outcome]


class Screen:
    """Lines for a person, kept until `content` is asked for."""

    def __init__(self) -> None:
        terminal = Console()
        #: Columns to fill; None: not a terminal, lines are never wrapped.
        self.width = min(terminal.width, _WIDEST) if terminal.is_terminal else None
        # Rendered to memory: what may fail while it is written is written in one place.
        self._written = StringIO()
        self._console = Console(
            file=self._written,
            force_terminal=terminal.is_terminal,
            width=terminal.width,
            highlight=False,
            emoji=False,
            markup=False,
        )
        self._lines: list[Text] = []

    def line(self, *pieces: Piece, indent: int = 0, lead: Piece = "") -> None:
        """Add a paragraph; `lead` stands before it, and wrapped lines hang below its text."""
        first = Text.assemble(" " * indent, _spelled(lead))
        text = Text.assemble(*map(_spelled, pieces))
        if self.width is None:
            self._lines.append(first + text)
            return
        hang = first.cell_len
        wrapped = text.wrap(self._console, max(20, self.width - hang)) or [Text()]
        for number, row in enumerate(wrapped):
            row.rstrip()
            self._lines.append((first if number == 0 else Text(" " * hang)) + row)

    def heading(self, text: str) -> None:
        """Add a heading after an empty line."""
        self._lines.append(Text())
        self.line((text, "bold"))

    def content(self) -> bytes:
        """All lines, styled for this terminal, in the encoding of standard output."""
        for line in self._lines:
            line.rstrip()
            self._console.print(line, soft_wrap=True)
        return encoded(self._written.getvalue())


def _spelled(piece: Piece) -> tuple[str, str]:
    text, style = (piece, "") if isinstance(piece, str) else piece
    try:
        text.encode(encoding())
    except UnicodeEncodeError:
        text = text.translate(_SPELLED)
    # Ids come out of the data and could hold codes that drive a terminal.
    return "".join(char if char.isprintable() else " " for char in text), style
