"""Referral Tasks over HTTP: created and accepted, by this service and by sekmet-fhir's server.

`python -m benchmarks.exchange` prints this part alone. Ours does all that it does in production: a
token and its scopes, profiles, the rules of referrals, Provenance, audit, the event of a
subscription, all on the disk before it answers. The other one validates, keeps versions and an
index, and logs the traffic; without that log it is told too.
"""

from __future__ import annotations

from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from msgspec import Struct

from benchmarks import servers
from benchmarks.cds_hooks import on_processor
from benchmarks.load import CONNECTIONS, Load, load
from benchmarks.referral_calls import Referrals, Registered
from benchmarks.servers import Server
from tests.peers.environments import Unavailable

OURS, SEKMET, QUIET = "this service", "sekmet-fhir", "sekmet-fhir, no traffic log"

ROUNDS = 7
SECONDS = 1.0
_WARM = 100
#: Tasks are prepared for so many times those that were created in warming up.
_SPARE = 1.6
#: Least ratio to sekmet-fhir.
GOAL = 3.0


class _Way(Struct):
    """One server and what was measured of it."""

    server: Server
    referrals: Referrals
    is_ours: bool
    most: int = _WARM
    creates: list[Load] = []
    updates: list[Load] = []
    #: Of all rounds, warming up included.
    writes: int = 0

    def run(self, *, is_warming: bool = False) -> None:
        """One round: create Tasks, then accept those."""
        port, made = self.server.port, list[bytes]()
        requests = self.referrals.creates(self.most, orders=self.is_ours)
        seconds = 60 if is_warming else SECONDS
        created = load(port, iter(requests), seconds=seconds, answered=made.append)
        accepting = list(self.referrals.accepts(made))
        updated = load(port, iter(accepting), seconds=seconds)
        self.writes += len(created.latencies) + len(updated.latencies)
        if is_warming:
            self.most = int(created.per_second * SECONDS * _SPARE)
        else:
            self.creates.append(created)
            self.updates.append(updated)


def main() -> None:
    """Measures and prints."""
    with TemporaryDirectory(prefix="ecm-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        registered = Registered(folder / "clients")
        ours = stack.enter_context(servers.exchange(folder / "ours", registered.file))
        ways = {OURS: _Way(ours, Referrals(ours, registered.tokens(ours)), is_ours=True)}
        for way, is_quiet in ((SEKMET, False), (QUIET, True)):
            try:
                server = stack.enter_context(servers.sekmet(folder / way, quiet=is_quiet))
            except Unavailable as reason:
                print(f"Without {way}: {reason}")
            else:
                ways[way] = _Way(server, Referrals(server, {}), is_ours=False)
        ways[OURS].referrals.begin()
        print(
            f"\nReferral Tasks over HTTP, {CONNECTIONS} at once; {ROUNDS} interleaved rounds of "
            f"{SECONDS:.0f} s for each;\none process on one processor answers, the load comes "
            "from the other; ratios are medians of rounds"
        )
        with on_processor(1):
            for one in ways.values():
                one.run(is_warming=True)
                one.run(is_warming=True)
            for number in range(ROUNDS):
                for way in islice(cycle(ways), number % len(ways), number % len(ways) + len(ways)):
                    ways[way].run()
        events = ways[OURS].referrals.events()
        assert events == ways[OURS].writes, "an event is missing"
        _print(ways)


def _print(ways: dict[str, _Way]) -> None:
    print(f"  {'':30}{'creates/s':>10}{'p50 ms':>8}{'updates/s':>11}{'p50 ms':>8}  ratios")
    for name, way in ways.items():
        figures = [
            figure
            for loads in (way.creates, way.updates)
            for figure in (
                median(one.per_second for one in loads),
                median(second for one in loads for second in one.latencies) * 1000,
            )
        ]
        told = "{:10,.0f}{:8.1f}{:11,.0f}{:8.1f}".format(*figures)
        print(f"  {name:30}{told}  {_ratios(name, way, ways[OURS])}")


def _ratios(name: str, way: _Way, ours: _Way) -> str:
    if name == OURS:
        return ""
    found = [
        median(one.per_second / other.per_second for one, other in zip(*pair, strict=True))
        for pair in ((ours.creates, way.creates), (ours.updates, way.updates))
    ]
    told = "this service has {:.2f} × and {:.2f} ×".format(*found)
    if name != SEKMET:
        return told
    return f"{told} (goal ≥ {GOAL:.0f}: {'reached' if min(found) >= GOAL else 'missed'})"


if __name__ == "__main__":
    main()
