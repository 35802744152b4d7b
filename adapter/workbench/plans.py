"""The plans whose policies are held, by the names people know them by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from eligibility.membership import STATE
from eligibility.packs import plans, texts


@cache
def plan_titles() -> Mapping[str, str]:
    """What plans are called, by id; the state last."""
    titles = {plan: texts(plan).plan.title for plan in plans()}
    return dict(sorted(titles.items(), key=lambda one: one[0] == STATE))
