"""Prints the figures of `benchmarks/README.md`: every yardstick beside the adapter, in one run."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.metadata import version

import orjson
from fhir.resources.R4B.bundle import Bundle

from benchmarks import cds_hooks, cql_execution, exchange, fetching, store, workbench
from benchmarks.patients import Patients, patients
from benchmarks.rounds import Times, Way, measured, over, without_gc
from benchmarks.startup import EVALUATE, IMPORT, NOTHING, startup
from eligibility.determination import Determination
from eligibility.evaluate import evaluate
from mappings.inbound.bundle import read_member

PLAN = "partnership"
ROUNDS = 15

OURS, READING = "determination", "  of which FHIR → facts"
ORJSON = "orjson.loads"
OURS_QUIET, ORJSON_QUIET = f"{OURS}, gc off", f"{ORJSON}, gc off"
FHIR, CQL = "fhir.resources R4B validation", "cql-execution, one population"

#: Yardstick → by size, the ratio to reach, as told beside the one reached.
FASTER = {FHIR: 30.0, CQL: 40.0}
SLOWER = {"typical": 2.0, "large": 1.0, "large, compact": 1.0}
IMPORT_MILLISECONDS = 100


def main() -> None:
    """Measures, and prints as it goes."""
    of = patients()
    print(
        f"Python {platform.python_version()}, msgspec {version('msgspec')}, "
        f"orjson {version('orjson')}, fhir.resources {version('fhir.resources')}\n"
        f"Patients: {of.origin}; as of {of.as_of}, policies of {of.policy_date}\n"
        f"{ROUNDS} interleaved rounds in one run; medians of processor time and of each round's "
        "ratio;\nPython's cycle collector on, where it does not say off"
    )
    with ExitStack() as stack:
        cql: Mapping[str, Way] = {}
        try:
            engine = stack.enter_context(cql_execution.engine(of.sizes, of.as_of))
        except cql_execution.Unavailable as reason:
            print(f"Without cql-execution: {reason}")
        else:
            cql = {size: engine.way(size) for size in of.sizes}
            _compare_answers(of, engine)
        for size, bundles in of.sizes.items():
            _print_size(size, bundles, _measured(of, bundles, cql.get(size)))
    _print_lines(of)
    _print_startup(of)
    fetching.main()
    cds_hooks.main()
    store.main()
    exchange.main()
    workbench.main()


def determined(data: bytes, of: Patients) -> Determination:
    """The hot path: bytes → facts → nine populations, exclusions, membership, whole trace."""
    return evaluate(read_member(data), plan=PLAN, as_of=of.as_of, policy_date=of.policy_date)


def _measured(of: Patients, bundles: tuple[bytes, ...], cql: Way | None) -> Times:
    ours, yardstick = over(lambda data: determined(data, of), bundles), over(orjson.loads, bundles)
    ways: dict[str, Way] = {
        OURS: ours,
        READING: over(read_member, bundles),
        ORJSON: yardstick,
        OURS_QUIET: without_gc(ours),
        ORJSON_QUIET: without_gc(yardstick),
        FHIR: over(Bundle.model_validate_json, bundles),
    }
    if cql is not None:
        ways[CQL] = cql
    return measured(ways, rounds=ROUNDS)


def _print_size(size: str, bundles: tuple[bytes, ...], times: Times) -> None:
    written = sum(map(len, bundles)) / len(bundles)
    compact = sum(len(orjson.dumps(orjson.loads(data))) for data in bundles) / len(bundles)
    many = f"{len(bundles)} bundles" if len(bundles) > 1 else "one bundle"
    indented = f", {compact / 1000:.0f} KB without indentation" if compact < written * 0.9 else ""
    print(f"\n{size}: {many} of {written / 1000:.1f} KB{indented}")
    print(f"  {'':34}{'µs a bundle':>12}  ratio")
    for way in times.by_way:
        each = times.seconds(way) / len(bundles) * 1e6
        print(f"  {way:34}{each:12,.0f}  {_told(size, way, times)}")


def _told(size: str, way: str, times: Times) -> str:
    if way in (OURS, OURS_QUIET):
        ratio = times.ratio(way, ORJSON if way == OURS else ORJSON_QUIET)
        told = f"{ratio:.2f} × orjson.loads"
        goal = SLOWER.get(size) if way == OURS else None
        return told if goal is None else f"{told} (goal ≤ {goal:.1f}: {_verdict(ratio <= goal)})"
    if way in FASTER:
        ratio = times.ratio(way, OURS)
        goal = FASTER[way]
        return f"{ratio:.1f} × the adapter (goal ≥ {goal:.0f}: {_verdict(ratio >= goal)})"
    return ""


def _verdict(reached: bool) -> str:  # noqa: FBT001 - all it is told
    return "reached" if reached else "missed"


def _compare_answers(of: Patients, engine: cql_execution.Engine) -> None:
    """A yardstick that computes something else measures nothing."""
    different = 0
    for size, bundles in of.sizes.items():
        for data, theirs in zip(bundles, engine.answers[size], strict=True):
            different += theirs is not _frequent(determined(data, of))
    total = sum(map(len, of.sizes.values()))
    print(f"cql-execution counts as the adapter does for {total - different} of {total} bundles")


def _frequent(determination: Determination) -> bool:
    """Whether the adult text of the plan finds five emergency visits that could count."""
    population = next(one for one in determination.populations if one.id == "avoidable-utilization")
    adult = next(one for one in population.variants if one.policy.variant == "adult")
    stack = [adult.trace] if adult.trace is not None else []
    while stack:
        node = stack.pop()
        stack += node.children
        if node.criterion.id == "ed-visits" and node.finding is not None:
            return node.finding.indicated
    return False


def _print_lines(of: Patients) -> None:
    ways = {
        OURS: over(lambda data: determined(data, of), of.lines),
        ORJSON: over(orjson.loads, of.lines),
    }
    times = measured(ways, rounds=ROUNDS)
    average = sum(map(len, of.lines)) / len(of.lines)
    print(
        f"\nNDJSON: {len(of.lines)} lines of one Bundle, {average / 1000:.1f} KB each\n"
        f"  {len(of.lines) / times.seconds(OURS):,.0f} determinations a second on one core, "
        f"{times.ratio(OURS, ORJSON):.2f} × orjson.loads of the lines"
    )


def _print_startup(of: Patients) -> None:
    times = startup(of, rounds=ROUNDS)
    bare = times.seconds(NOTHING) * 1000
    imported = times.difference(IMPORT, NOTHING) * 1000
    print(
        f"\nStart of a process ({NOTHING}: {bare:.0f} ms)\n"
        f"  {IMPORT}: {imported:.0f} ms more "
        f"(goal < {IMPORT_MILLISECONDS}: {_verdict(imported < IMPORT_MILLISECONDS)})\n"
        f"  {EVALUATE}, cold: {times.seconds(EVALUATE) * 1000:.0f} ms in all"
    )


if __name__ == "__main__":
    main()
