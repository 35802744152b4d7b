"""Hook calls over HTTP: this service beside a bare endpoint, HealthChain, and on Gunicorn.

Ours does all that it does in production: it verifies an RS384 token that was never used before,
validates, decides, renders a card with a referral, remembers it in SQLite and writes a log line.
The others are sent the same bytes and have no token to verify, no patient to judge, and nothing to
remember. `python -m benchmarks.cds_hooks` prints this part alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice, repeat
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from benchmarks import servers
from benchmarks.calls import Tokens, bodies
from benchmarks.load import CONNECTIONS, Load, load
from benchmarks.servers import Server
from tests.peers.environments import Unavailable

OURS, GUNICORN, BARE, HEALTHCHAIN = (
    "this service",
    "this service on Gunicorn",
    "bare endpoint",
    "HealthChain, a handler of nothing",
)

ROUNDS = 7
SECONDS = 1.0
_WARM_CALLS = 100
#: Tokens are made for so many times the calls that were answered in warming up.
_SPARE = 1.6

#: Yardstick → size → the least ratio of throughput to reach.
GOALS = {BARE: {"100 KB": 0.6}, HEALTHCHAIN: {"5 KB": 3.5, "100 KB": 5.0, "1 MB": 5.0}}
MOST_P99_TO_P50 = 4.0


def main() -> None:
    """Measures and prints."""
    tokens = Tokens()
    with TemporaryDirectory(prefix="ecm-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        ways: dict[str, Server] = {}
        for way, starting in (
            (OURS, servers.ours(folder, tokens)),
            (GUNICORN, servers.on_gunicorn(folder, tokens)),
            (BARE, servers.bare(folder)),
            (HEALTHCHAIN, servers.healthchain(folder)),
        ):
            try:
                ways[way] = stack.enter_context(starting)
            except Unavailable as reason:
                print(f"Without {way}: {reason}")
        print(
            f"\nHook calls over HTTP, {CONNECTIONS} at once; {ROUNDS} interleaved rounds of "
            f"{SECONDS:.0f} s for each;\none process on one processor answers, the load comes "
            "from the other; ratios are medians of rounds"
        )
        with on_processor(1):
            for size, body in bodies().items():
                _print_size(size, _measured(body, ways, tokens))


def _measured(body: bytes, ways: dict[str, Server], tokens: Tokens) -> dict[str, list[Load]]:
    most = {}
    for way, server in ways.items():
        load(server.port, _requests(server, body, tokens, _WARM_CALLS), seconds=60)
        warm = load(server.port, _requests(server, body, tokens, _WARM_CALLS), seconds=60)
        # Only tokens cost something.
        most[way] = int(warm.per_second * SECONDS * (_SPARE if server.is_signed else 100))
    found: dict[str, list[Load]] = {way: [] for way in ways}
    for number in range(ROUNDS):
        calls = {way: _requests(one, body, tokens, most[way]) for way, one in ways.items()}
        for way in islice(cycle(ways), number % len(ways), number % len(ways) + len(ways)):
            found[way].append(load(ways[way].port, calls[way], seconds=SECONDS))
    return found


def _requests(server: Server, body: bytes, tokens: Tokens, most: int) -> Iterator[bytes]:
    """So many requests, each with a token of its own where that matters."""
    signed: Iterable[bytes]
    if server.is_signed:
        signed = tokens.signed(server.url, most)
    else:
        (token,) = tokens.signed(server.url, 1)
        signed = repeat(token, most)
    beginning = (
        f"POST {server.path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Accept: application/json\r\nAuthorization: Bearer "
    ).encode()
    return (b"".join((beginning, token, b"\r\n\r\n", body)) for token in signed)


def _print_size(size: str, loads: dict[str, list[Load]]) -> None:
    print(f"\n{size} of prefetch")
    print(f"  {'':36}{'calls/s':>9}{'p50 ms':>9}{'p95':>8}{'p99':>8}  throughput")
    for way, rounds in loads.items():
        p50, p95, p99 = _percentiles(rounds)
        print(
            f"  {way:36}{median(one.per_second for one in rounds):9,.0f}"
            f"{p50 * 1000:9.2f}{p95 * 1000:8.2f}{p99 * 1000:8.2f}  {_told(size, way, loads)}"
        )
    p50, _, p99 = _percentiles(loads[OURS])
    ratio = p99 / p50
    print(
        f"  this service: p99 is {ratio:.1f} × p50 "
        f"(goal ≤ {MOST_P99_TO_P50:.0f}: {_verdict(ratio <= MOST_P99_TO_P50)})"
    )


def _told(size: str, way: str, loads: dict[str, list[Load]]) -> str:
    if way == OURS:
        return ""
    pairs = zip(loads[OURS], loads[way], strict=True)
    ratio = median(ours.per_second / other.per_second for ours, other in pairs)
    told = f"this service has {ratio:.2f} ×"
    goal = GOALS.get(way, {}).get(size)
    return told if goal is None else f"{told} (goal ≥ {goal}: {_verdict(ratio >= goal)})"


def _percentiles(rounds: Iterable[Load]) -> tuple[float, float, float]:
    """p50, p95 and p99 of all requests of all rounds, in seconds."""
    at = quantiles((one for each in rounds for one in each.latencies), n=100)
    return at[49], at[94], at[98]


def _verdict(reached: bool) -> str:  # noqa: FBT001 - all it is told
    return "reached" if reached else "missed"


@contextmanager
def on_processor(number: int) -> Iterator[None]:
    """Run there, away from what is measured; anywhere on a machine with one."""
    before = os.sched_getaffinity(0)
    if number in before:
        os.sched_setaffinity(0, {number})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


if __name__ == "__main__":
    main()
