"""Every criterion and every exclusion of every plan, case by case (the tables beside this file)."""

from __future__ import annotations

import pytest

from tests.policy.harness import check
from tests.policy.kinds import cases
from tests.policy.rows import Case, Row, rows

CASES = [
    pytest.param(row, case, id=f"{row.text.policy} {row.text.first}: {row.criterion}: {case.name}")
    for row in rows()
    for case in cases(row)
]


@pytest.mark.parametrize(("row", "case"), CASES)
def test_a_criterion_answers_as_its_text_says(row: Row, case: Case) -> None:
    """The facts of the case, on its day, give the outcome of the case."""
    check(row, case)
