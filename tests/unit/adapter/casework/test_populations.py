"""The Populations of Focus that a referral can name."""

from __future__ import annotations

from adapter.casework.populations import population_displays
from profiles.codes import populations_of_focus


def test_a_referral_can_name_every_population():
    """By age group where there are any; birth equity and I/DD, which have none, as a whole."""
    displays = population_displays()
    for one in populations_of_focus().values():
        codes = [code for code, _ in one.variants.values()] or [one.code]
        assert displays.keys() >= set(codes)
    assert displays["birth-equity"] == populations_of_focus()["birth-equity"].display
    assert "idd" in displays
