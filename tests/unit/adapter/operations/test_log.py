"""The log: lines of JSON, and no word of anybody else's in it."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from adapter.operations.log import JsonLines, event, line, start_logging

SECRET = "Patient/canary-7f3a"


@pytest.fixture
def written(capfd: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Gives the lines written to standard error so far; logging is put back in the end."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    hooks = (sys.excepthook, sys.unraisablehook, threading.excepthook)
    yield lambda: [json.loads(one) for one in capfd.readouterr().err.splitlines()]
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = before
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


def test_an_event_is_one_line_with_time_level_and_fields(written: Any):
    """The time is UTC and says so."""
    start_logging("stderr", "info")
    event(logging.getLogger("adapter.somewhere"), "call", {"status": 200})
    (one,) = written()
    assert one.pop("time").endswith("+00:00")
    assert one == {"level": "info", "event": "call", "status": 200}


def test_our_words_are_told(written: Any):
    """With the logger they came from."""
    start_logging("stderr", "info")
    logging.getLogger("adapter.security.tokens").warning("a call was not trusted: %s", "expired")
    (one,) = written()
    assert one["logger"] == "adapter.security.tokens"
    assert one["message"] == "a call was not trusted: expired"


@pytest.mark.parametrize("name", ("requests.sessions", "sqlalchemy.engine", "werkzeug"))
def test_words_of_libraries_are_not(written: Any, name: str):
    """They quote addresses, SQL values and headers."""
    start_logging("stderr", "info")
    logging.getLogger(name).error("Retrying after %s", SECRET)
    (one,) = written()
    del one["time"]
    assert one == {"level": "error", "event": "library", "logger": name}


def test_an_exception_is_told_by_its_kind_alone(written: Any):
    """No text, no trace."""
    start_logging("stderr", "info")
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("adapter.app").exception("a part failed")
    (one,) = written()
    assert one["exception"] == "ValueError"
    assert SECRET not in json.dumps(one)
    assert "Traceback" not in json.dumps(one)


def test_what_nobody_catches_is_told_by_its_kind_alone(written: Any):
    """In a thread and outside; Python would print it with its text and trace."""
    start_logging("stderr", "info")

    def fails() -> None:
        raise KeyError(SECRET)

    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError(SECRET), None)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(SECRET, ResourceWarning, stacklevel=1)
    one, two, three = written()
    assert one["message"] == "nobody caught KeyError"
    assert two["message"] == "nobody caught ValueError"
    assert three["event"] == "library"
    assert SECRET not in json.dumps([one, two, three])


def test_the_level_is_the_least_that_is_written(written: Any):
    """With `warning` calls leave no line."""
    start_logging("stderr", "warning")
    event(logging.getLogger("adapter.x"), "call", {})
    logging.getLogger("adapter.x").warning("careful")
    assert [one["level"] for one in written()] == ["warning"]


def test_off_writes_nothing(written: Any):
    """Not even errors."""
    start_logging("off", "info")
    logging.getLogger("adapter.x").error("broken")
    assert written() == []


def test_lines_are_counted_by_level(written: Any):
    """For an alarm on errors."""
    counted: list[str] = []
    start_logging("stderr", "info", counted.append)
    logging.getLogger("adapter.x").error("broken")
    logging.getLogger("adapter.x").info("fine")
    assert counted == ["error", "info"]
    assert len(written()) == 2


def test_a_log_that_cannot_be_written_stops_nothing():
    """A full disk or a reader that went away: the answer matters more."""
    read, write = os.pipe()
    os.close(read)
    record = logging.LogRecord("adapter.x", logging.INFO, "", 0, "words", (), None)
    try:
        JsonLines(write).handle(record)
    finally:
        os.close(write)
    JsonLines(write).handle(record)


def test_the_trace_that_granian_writes_into_its_message_is_cut():
    """Its last line would be the text of the exception."""
    words = f"Application callable raised an exception\nTraceback: ...\nValueError: {SECRET}"
    record = logging.LogRecord("_granian.utils", logging.ERROR, "", 0, words, (), None)
    assert json.loads(line(record))["message"] == "Application callable raised an exception"
