"""Fetching from a FHIR server that takes 50 ms for each answer: side by side and one after another.

The server is a process of its own, so that its work is not counted as ours. `python -m
benchmarks.fetching` prints this part alone; `--serve` is that server.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from statistics import median, quantiles

from adapter.fhir_client.fetching import FhirClient
from adapter.fhir_client.guarded import guarded_session
from cds_hooks.host import Fetch, FhirAccess
from tests.fhir_stub import FhirStub

LATENCY_SECONDS = 0.050
READS = 22
ROUNDS = 15
#: Seconds in which the reads shall be done.
GOAL_SECONDS = 0.250

WANTED = tuple(
    Fetch(key=f"k{n}", resource_type="Observation", query=f"Observation?patient=p1&code={n}")
    for n in range(READS)
)


def main() -> None:
    """Measures and prints."""
    with _server() as base:
        cold = [_cold(base) for _ in range(ROUNDS)]
        with closing(FhirClient()) as client, guarded_session(allow_private=True) as session:
            warm, sequential = [], []
            for _ in range(ROUNDS):
                warm.append(_seconds(lambda: _side_by_side(client, base)))
                sequential.append(_seconds(lambda: _one_by_one(session.get, base)))
    ratio = median(slow / fast for slow, fast in zip(sequential, warm, strict=True))
    print(f"\n{READS} reads of a FHIR server that takes {LATENCY_SECONDS * 1000:.0f} ms for each")
    _line("side by side, first call of a process", cold)
    _line("side by side, connections open", warm)
    _line("one after another, connection open", sequential)
    reached = "" if max(median(cold), median(warm)) < GOAL_SECONDS else ": missed"
    print(f"  goal < {GOAL_SECONDS * 1000:.0f} ms{reached}; {ratio:.1f} × faster side by side")


def _line(name: str, seconds: list[float]) -> None:
    worst = quantiles(seconds, n=20)[-1]
    print(f"  {name:<40} {median(seconds) * 1000:7.0f} ms   p95 {worst * 1000:6.0f} ms")


def _cold(base: str) -> float:
    with closing(FhirClient()) as client:
        return _seconds(lambda: _side_by_side(client, base))


def _side_by_side(client: FhirClient, base: str) -> None:
    access = FhirAccess(server=base, token="bench")
    fetcher = client.fetcher(access, servers=[base], seconds=4, allow_private=True)
    fetched = fetcher.fetch(WANTED)
    assert all(one.failure is None for one in fetched), [one.failure for one in fetched]


def _one_by_one(get: Callable[[str], object], base: str) -> None:
    for one in WANTED:
        get(f"{base}/{one.query}")


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.fetching", "--serve"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def serve() -> None:
    """Serve until standard input ends; prints the base URL."""
    with FhirStub(latency=LATENCY_SECONDS) as stub:
        print(stub.base, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        serve()
    else:
        main()
