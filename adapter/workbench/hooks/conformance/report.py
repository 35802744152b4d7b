"""What one exchange says of the published rules: which were kept, which not, which it cannot tell.

Rules are those of `adapter.cds_client.rules`. A rule that has nothing to do with what was sent and
answered, such as one on suggestions where no card has any, is not applicable. Most rules cannot be
seen in one exchange at all; those are not listed.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from adapter.cds_client.rules import rules
from adapter.workbench.hooks.conformance.answer import answer_checks
from adapter.workbench.hooks.conformance.findings import Check, Outcome, Sent
from adapter.workbench.hooks.conformance.request import request_checks


class Report(Struct, frozen=True, kw_only=True):
    """What one exchange says."""

    request: tuple[Check, ...]
    answer: tuple[Check, ...]

    def count(self, outcome: Outcome) -> int:
        """How many rules came out so."""
        return sum(one.outcome == outcome for one in (*self.request, *self.answer))

    @property
    def unseen(self) -> int:
        """How many published rules one exchange does not show."""
        seen = {one.rule.id for one in (*self.request, *self.answer)}
        return len(rules().keys() - seen)


def report(sent: Sent) -> Report:
    """Every rule that this exchange shows something of."""
    return Report(request=request_checks(sent), answer=answer_checks(sent))


def first_broken(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Those that fail first, then those kept, then those that are not applicable."""
    order = ("fail", "pass", "not applicable")
    return tuple(sorted(checks, key=lambda one: order.index(one.outcome)))
