"""How long a process takes to start: the packages' import, and one whole `ecm evaluate`.

Each is run in turns with a Python that does nothing; what is told is the difference.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.patients import Patients
from benchmarks.rounds import Times, Way, measured

NOTHING, IMPORT, EVALUATE = "python -c pass", "import of the packages", "ecm evaluate"
_ROOT = Path(__file__).parents[1]


def startup(of: Patients, *, rounds: int) -> Times:
    """Seconds of wall time, files and byte code in the system's memory."""
    with TemporaryDirectory() as folder:
        chart = Path(folder) / "chart.json"
        chart.write_bytes(of.lines[0])
        days = ["--as-of", of.as_of.isoformat(), "--policy-date", of.policy_date.isoformat()]
        ecm = str(Path(sys.executable).with_name("ecm"))
        ways = {
            NOTHING: _process([sys.executable, "-c", "pass"]),
            IMPORT: _process(
                [sys.executable, "-c", "import eligibility.evaluate, mappings.inbound.bundle"]
            ),
            EVALUATE: _process(
                [ecm, "evaluate", str(chart), "--plan", "partnership", "--format", "json", *days]
            ),
        }
        return measured(ways, rounds=rounds, seconds_each=0)


def _process(command: Sequence[str]) -> Way:
    def way(passes: int) -> float:
        started = perf_counter()
        for _ in range(passes):
            subprocess.run(command, cwd=_ROOT, check=True, stdout=subprocess.DEVNULL)
        return perf_counter() - started

    return way
