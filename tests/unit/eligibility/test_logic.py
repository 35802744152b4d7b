"""Kleene's truth tables, one row each."""

import pytest

from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, all_of, any_of, better, negate

AND = [
    (MET, MET, MET),
    (MET, UNKNOWN, UNKNOWN),
    (MET, NOT_MET, NOT_MET),
    (UNKNOWN, MET, UNKNOWN),
    (UNKNOWN, UNKNOWN, UNKNOWN),
    (UNKNOWN, NOT_MET, NOT_MET),
    (NOT_MET, MET, NOT_MET),
    (NOT_MET, UNKNOWN, NOT_MET),
    (NOT_MET, NOT_MET, NOT_MET),
]
OR = [
    (MET, MET, MET),
    (MET, UNKNOWN, MET),
    (MET, NOT_MET, MET),
    (UNKNOWN, MET, MET),
    (UNKNOWN, UNKNOWN, UNKNOWN),
    (UNKNOWN, NOT_MET, UNKNOWN),
    (NOT_MET, MET, MET),
    (NOT_MET, UNKNOWN, UNKNOWN),
    (NOT_MET, NOT_MET, NOT_MET),
]


@pytest.mark.parametrize(("one", "other", "expected"), AND)
def test_and(one: Outcome, other: Outcome, expected: Outcome) -> None:
    """`all_of` is Kleene's and."""
    assert all_of((one, other)) is expected


@pytest.mark.parametrize(("one", "other", "expected"), OR)
def test_or(one: Outcome, other: Outcome, expected: Outcome) -> None:
    """`any_of` is Kleene's or."""
    assert any_of((one, other)) is expected


@pytest.mark.parametrize(("one", "expected"), ((MET, NOT_MET), (UNKNOWN, UNKNOWN), (NOT_MET, MET)))
def test_not(one: Outcome, expected: Outcome) -> None:
    """`negate` swaps met and not-met and leaves unknown unknown."""
    assert negate(one) is expected


def test_nothing_at_all() -> None:
    """And of nothing is met, or of nothing is not-met."""
    assert all_of(()) is MET
    assert any_of(()) is NOT_MET


def test_unknown_is_better_than_no() -> None:
    """Of two answers the member-favourable one is taken, and unknown goes before not-met."""
    assert better(NOT_MET, UNKNOWN) is UNKNOWN
    assert better(UNKNOWN, MET) is MET


@pytest.mark.parametrize("outcome", list(Outcome))
def test_no_truth_value(outcome: Outcome) -> None:
    """An outcome refuses to be squeezed into two values."""
    with pytest.raises(TypeError, match="three values"):
        bool(outcome)
