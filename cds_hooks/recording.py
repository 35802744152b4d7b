"""One call as the log and the metrics know it: ids of ours, counts, milliseconds; nobody's data."""

from __future__ import annotations

import re
from collections import Counter
from time import perf_counter

from cds_hooks.answering import Advice
from cds_hooks.caller import Caller
from cds_hooks.catalogue import HOOKS
from cds_hooks.host import CallRecord
from cds_hooks.reading import Call
from eligibility.determination import Determination, PopulationResult
from eligibility.logic import MET, UNKNOWN

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Recording:
    """Filled while a call is answered; the clock starts when it is made."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._started = perf_counter()
        self.caller: Caller | None = None
        self.call: Call | None = None
        self.advice = Advice()
        #: Of a call that could not be answered for want of data.
        self.fetched = self.not_had = 0
        #: Of feedback; a hook call brings its own.
        self.deviations: tuple[str, ...] = ()

    def finished(self, status: int, error: str = "") -> CallRecord:
        """The record, with the time it took until now.

        Args:
            status: of the HTTP answer.
            error: kind of what was told instead of an answer; empty: none.
        """
        caller, call, advice = self.caller, self.call, self.advice
        instance = call.hook_instance if call is not None else ""
        return CallRecord(
            service=self._service,
            hook=call.hook if call is not None and call.hook in HOOKS else "",
            hook_instance=instance if _UUID.fullmatch(instance) else "",
            client=caller.client if caller is not None else "",
            tenant=caller.tenant if caller is not None else "",
            status=status,
            milliseconds=round((perf_counter() - self._started) * 1000, 3),
            policies=_policies(advice.determination),
            outcomes=_outcomes(advice.determination),
            cards=tuple(one.source.topic.code for one in advice.cards if one.source.topic),
            suppressed=advice.suppressed,
            fetched=advice.gathered.fetched + self.fetched,
            not_had=len(advice.gathered.lacking) + self.not_had,
            deviations=call.deviations if call is not None else self.deviations,
            error=error,
        )


def _policies(determination: Determination | None) -> tuple[str, ...]:
    """`partnership/ccs@2024-11-13` for each policy that answers met or possible."""
    if determination is None:
        return ()
    return tuple(
        dict.fromkeys(
            f"{variant.policy.id}@{variant.policy.version}"
            for population in (*determination.populations, *determination.state)
            for variant in population.variants
            if variant.outcome is MET or variant.possible
        )
    )


def _outcomes(determination: Determination | None) -> dict[str, int]:
    if determination is None:
        return {}
    return dict(Counter(_outcome(one) for one in determination.populations))


def _outcome(population: PopulationResult) -> str:
    if population.outcome is UNKNOWN and population.possible:
        return "possible"
    return population.outcome.value
