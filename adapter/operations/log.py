"""The log: one JSON object a line, to standard error or output, and nothing about a person in it.

Our own modules log words that were written to be logged. What libraries log may quote an address
with a patient's id, a SQL value or a header, so of theirs only level and logger are told. Stack
traces and the texts of exceptions are never written, wherever they come from.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

#: Loggers whose messages are ours; Granian's begin with fixed words about what it does.
_OURS = frozenset(("adapter", "cds_hooks", "eligibility", "mappings", "profiles", "_granian"))

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_DESTINATIONS = {"stdout": 1, "stderr": 2}

_LOG = logging.getLogger(__name__)


class JsonLines(logging.Handler):
    """Writes each record as one line with a single system call, so processes may share a file."""

    def __init__(self, descriptor: int, counted: Callable[[str], None] | None = None) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._counted = counted

    def emit(self, record: logging.LogRecord) -> None:
        """Write it. A log that cannot be written stops no answer; `counted` is told its level."""
        try:
            if self._counted is not None:
                self._counted(record.levelname.lower())
            os.write(self._descriptor, line(record))
        except Exception:  # noqa: BLE001, S110 - nobody is left to be told
            pass

    def close(self) -> None:
        """Keep the descriptor open: it is the process's; Granian closes handlers as it starts."""


def line(record: logging.LogRecord) -> bytes:
    """The record as JSON with a newline.

    `time` (UTC), `level` and `event` come first. `event` is `call` and the like where the record
    brings `fields`; `message` for words of ours; `library` for somebody else's, without words.
    """
    content: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
    }
    if (fields := getattr(record, "fields", None)) is not None:
        content["event"] = record.getMessage()
        content.update(fields)
    elif record.name.partition(".")[0] in _OURS:
        # Granian's go on with a stack trace.
        words = record.getMessage().partition("\n")[0]
        content.update(event="message", logger=record.name, message=words)
    else:
        content.update(event="library", logger=record.name)
    if record.exc_info and record.exc_info[0] is not None:
        content["exception"] = record.exc_info[0].__name__
    return msgspec.json.encode(content) + b"\n"


def event(
    logger: logging.Logger, name: str, fields: dict[str, Any], level: int = logging.INFO
) -> None:
    """Log an event with fields."""
    logger.log(level, name, extra={"fields": fields})


def start_logging(
    destination: Literal["stderr", "stdout", "off"],
    level: Literal["info", "warning", "error"],
    counted: Callable[[str], None] | None = None,
) -> None:
    """Send everything that is logged in this process there, and nowhere else.

    Args:
        destination: where to; `off`: nowhere.
        level: the least that is written.
        counted: told the level of each line, for the metrics.
    """
    handler: logging.Handler = logging.NullHandler()
    if destination != "off":
        handler = JsonLines(_DESTINATIONS[destination], counted)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_LEVELS[level])
    logging.captureWarnings(capture=True)
    # Python would print these with their trace.
    sys.excepthook = lambda kind, *_: _uncaught(kind)
    sys.unraisablehook = lambda fault: _uncaught(fault.exc_type)
    threading.excepthook = lambda fault: _uncaught(fault.exc_type)


def _uncaught(kind: type[BaseException]) -> None:
    _LOG.error("nobody caught %s", kind.__name__)


#: For Granian, which otherwise writes plain text to standard output.
GRANIAN_LOG: dict[str, Any] = {
    "formatters": {},
    "handlers": {},
    "loggers": {
        name: {"handlers": [], "propagate": True} for name in ("_granian", "granian.access")
    },
}
