"""Writing the answer to standard output, whole and as bytes."""

from __future__ import annotations

import sys

from adapter.errors import AdapterError


class AnswerNotWritten(AdapterError):
    """The determination was made, but standard output does not take it."""


def write(answer: bytes) -> None:
    """Write the answer.

    Raises:
        BrokenPipeError: the reader went away.
        AnswerNotWritten: standard output is closed, or its disk is full.
    """
    try:
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except (OSError, AttributeError) as fault:
        reason = getattr(fault, "strerror", None) or "standard output is closed"
        raise AnswerNotWritten(f"the answer could not be written: {reason}") from None


def encoded(text: str) -> bytes:
    """The text in the encoding of standard output; `Screen` has spelled what it cannot say."""
    return text.encode(encoding(), errors="replace")


def encoding() -> str:
    """The encoding of standard output."""
    return getattr(sys.stdout, "encoding", None) or "utf-8"
