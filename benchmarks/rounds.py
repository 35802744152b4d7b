"""Measures several ways in turns, so that a machine that slows down slows them all.

Every round runs each way once, for about the same time, beginning with another one each round. A
ratio is the median over the rounds of two times of one round; times of different runs are not
comparable, ratios are.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from itertools import cycle, islice
from statistics import median
from time import process_time

from msgspec import Struct

#: Runs a way so many times; returns the seconds it took.
Way = Callable[[int], float]


class Times(Struct, frozen=True):
    """Seconds per pass of each way, one per round."""

    by_way: Mapping[str, tuple[float, ...]]

    def seconds(self, way: str) -> float:
        """The median time of one pass."""
        return median(self.by_way[way])

    def ratio(self, way: str, other: str) -> float:
        """How many times longer `way` takes than `other`."""
        pairs = zip(self.by_way[way], self.by_way[other], strict=True)
        return median(one / another for one, another in pairs)

    def difference(self, way: str, other: str) -> float:
        """How many seconds longer a pass of `way` takes than one of `other`."""
        pairs = zip(self.by_way[way], self.by_way[other], strict=True)
        return median(one - another for one, another in pairs)


def measured(ways: Mapping[str, Way], *, rounds: int, seconds_each: float = 0.04) -> Times:
    """Runs every way in every round, each for about `seconds_each` or once, whichever is longer."""
    passes = {name: max(1, round(seconds_each / _warm(way))) for name, way in ways.items()}
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name in islice(cycle(ways), number % len(ways), number % len(ways) + len(ways)):
            found[name].append(ways[name](passes[name]) / passes[name])
    return Times({name: tuple(seconds) for name, seconds in found.items()})


def _warm(way: Way) -> float:
    way(2)
    return way(2) / 2


def over(function: Callable[[bytes], object], inputs: tuple[bytes, ...]) -> Way:
    """A pass is one call for each input; told in processor time, whoever else is at work."""

    def way(passes: int) -> float:
        started = process_time()
        for _ in range(passes):
            for data in inputs:
                function(data)
        return process_time() - started

    return way


def without_gc(way: Way) -> Way:
    """The same with Python's cycle collector off while it runs."""

    def quietly(passes: int) -> float:
        gc.collect()
        gc.disable()
        try:
            return way(passes)
        finally:
            gc.enable()

    return quietly
