"""`cql-execution` on Node as a yardstick: one population of nine, in a process of its own.

`cql/worker.js` says what it measures and why that is its best case.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from benchmarks.rounds import Way

_FOLDER = Path(__file__).parent / "cql"


class Unavailable(Exception):
    """The yardstick cannot be run here; the message says why."""


class Engine:
    """A running worker that holds the bundles."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        #: For each bundle of a size, whether an adult with five emergency visits in six months.
        self.answers: dict[str, list[bool]] = {}

    def ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        """One request, one answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(orjson.dumps(request) + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise Unavailable("cql-execution stopped")
        found: dict[str, Any] = orjson.loads(answer)
        return found

    def way(self, size: str) -> Way:
        """Bytes to the answer of one population, by the worker's own clock."""
        return lambda passes: float(self.ask({"run": size, "passes": passes})["seconds"])


@contextmanager
def engine(sizes: Mapping[str, tuple[bytes, ...]], as_of: date) -> Iterator[Engine]:
    """A worker that has read the bundles.

    Raises:
        Unavailable: there is no node, or its packages cannot be installed.
    """
    _install()
    with TemporaryDirectory() as folder:
        paths: dict[str, list[str]] = {}
        for size, bundles in sizes.items():
            for number, data in enumerate(bundles):
                path = Path(folder) / f"{size}-{number}.json"
                path.write_bytes(data)
                paths.setdefault(size, []).append(str(path))
        with subprocess.Popen(
            ["node", str(_FOLDER / "worker.js")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            worker = Engine(process)
            try:
                worker.answers = worker.ask({"load": paths, "asOf": as_of.isoformat()})["answers"]
                yield worker
            finally:
                assert process.stdin is not None
                process.stdin.close()


def _install() -> None:
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Unavailable(f"{program} is not installed")
    if (_FOLDER / "node_modules" / "cql-execution").is_dir():
        return
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    installed = subprocess.run(command, cwd=_FOLDER, capture_output=True, check=False)
    if installed.returncode:
        raise Unavailable("`npm ci` in benchmarks/cql failed; is there a network?")
