"""The table of tests and the code that carries them out know the same kinds and options."""

from __future__ import annotations

import msgspec
import pytest

from eligibility import criteria
from eligibility.load.kinds import KINDS


def test_every_kind_can_be_carried_out_and_none_is_hidden():
    assert set(KINDS) == set(criteria._KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_options_a_file_may_give_are_those_the_test_reads(kind):
    read = {field.name: field.required for field in msgspec.structs.fields(criteria._KINDS[kind])}
    given = {name: option.required for name, option in KINDS[kind].options.items()}
    assert given == read
