"""Which provider is asked first."""

from __future__ import annotations

from adapter.referrals.routing import Candidate, preferred

CLINIC = Candidate(party="clinic", contracted=True, primary_care=True)
MIND = Candidate(party="mind", contracted=True, behavioral_health=True)
CCS = Candidate(party="ccs", contracted=True, ccs_case_manager=True)
NETWORK = Candidate(party="network", contracted=True)
ALL = (NETWORK, CCS, MIND, CLINIC)


def ranked(
    populations: set[str], *candidates: Candidate, chosen: tuple[str, ...] = ()
) -> list[str]:
    return [one.party for one in preferred(candidates or ALL, frozenset(populations), chosen)]


def test_the_primary_care_provider_comes_first_where_nothing_else_is_known():
    assert ranked({"homelessness"})[0] == "clinic"


def test_who_treats_the_mind_comes_first_for_those_needs_alone():
    assert ranked({"smi-sud"})[:2] == ["mind", "clinic"]
    assert ranked({"homelessness"}).index("mind") > 0


def test_the_case_manager_of_ccs_comes_first_for_its_children_alone():
    assert ranked({"ccs"})[:2] == ["ccs", "clinic"]


def test_what_the_member_wants_comes_before_everything():
    found = preferred(ALL, frozenset({"smi-sud"}), ("network", "clinic"))
    assert [(one.party, one.reason) for one in found] == [
        ("network", "member"),
        ("clinic", "member"),
        ("mind", "behavioral-health"),
        ("ccs", "network"),
    ]


def test_who_cannot_take_the_member_is_not_asked_though_they_are_wanted():
    """No contract, no place, not for these members, or declined already."""
    cannot = (
        Candidate(party="a", contracted=False, primary_care=True),
        Candidate(party="b", contracted=True, capacity="no-capacity"),
        Candidate(party="c", contracted=True, populations=frozenset({"ccs"})),
        Candidate(party="d", contracted=True, declined=True),
    )
    assert ranked({"smi-sud"}, *cannot, NETWORK, chosen=("a", "b", "c", "d")) == ["network"]


def test_among_equals_a_free_place_comes_before_a_waiting_list():
    """And otherwise the order is the same every time."""
    waits = Candidate(party="a", contracted=True, capacity="waitlist")
    looks = Candidate(party="b", contracted=True, capacity="additional-assessment-required")
    free = (Candidate(party="d", contracted=True), Candidate(party="c", contracted=True))
    assert ranked({"homelessness"}, waits, looks, *free) == ["c", "d", "b", "a"]


def test_nobody_to_ask_is_an_empty_list():
    assert ranked({"homelessness"}, Candidate(party="a", contracted=False)) == []
