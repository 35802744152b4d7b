"""A progress bar for inputs that take a while to read, on standard error and only for a person."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

#: Smaller inputs are read before a bar could be looked at.
SHOWN_FROM_BYTES = 5_000_000

_NAME_COLUMNS = 24


class ReadingBar:
    """Counts the bytes read; draws a bar once it is worth one and standard error is a terminal."""

    def __init__(self, name: str, total_bytes: int | None) -> None:
        #: Short enough to leave room for the bar.
        self._name = name if len(name) <= _NAME_COLUMNS else f"…{name[1 - _NAME_COLUMNS :]}"
        #: None: not known, as for a pipe.
        self._total_bytes = total_bytes
        self._read_bytes = 0
        self._wanted = sys.stderr is not None and sys.stderr.isatty()
        self._drawn: tuple[Progress, TaskID] | None = None

    def advance(self, read_bytes: int) -> None:
        """Say that so many more bytes were read."""
        self._read_bytes += read_bytes
        if self._drawn is not None:
            progress, task = self._drawn
            progress.update(task, completed=self._read_bytes)
        elif self._wanted and max(self._read_bytes, self._total_bytes or 0) > SHOWN_FROM_BYTES:
            self._draw()

    def _draw(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as Remaining

        progress = Progress(
            TextColumn("reading {task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            Remaining(),
            console=Console(stderr=True),
            transient=True,
        )
        task = progress.add_task(self._name, total=self._total_bytes, completed=self._read_bytes)
        progress.start()
        self._drawn = (progress, task)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._drawn is not None:
            self._drawn[0].stop()
