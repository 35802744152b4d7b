"""What an access token covers is read from SMART scopes of both versions."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from adapter.fhir_client.scopes import Grant, grant

YES, SOME, NO, NOT_SAID = Grant.YES, Grant.SOME, Grant.NO, Grant.NOT_SAID


@pytest.mark.parametrize("context", ("patient", "user", "system"))
@pytest.mark.parametrize(
    ("rest", "read", "search"),
    (
        ("Observation.read", YES, YES),
        ("*.read", YES, YES),
        ("Observation.*", YES, YES),
        ("*.*", YES, YES),
        ("Observation.write", NO, NO),
        ("Condition.read", NO, NO),
        ("Observation.rs", YES, YES),
        ("Observation.r", YES, NO),
        ("Observation.s", NO, YES),
        ("*.cruds", YES, YES),
        ("Observation.cud", NO, NO),
        ("Condition.rs", NO, NO),
    ),
)
def test_scopes_of_both_versions_allow_reading_and_searching(
    context: str, rest: str, read: Grant, search: Grant
):
    assert grant(f"{context}/{rest}", "Observation", "read") is read
    assert grant(f"{context}/{rest}", "Observation", "search") is search


def test_each_subset_of_cruds_in_its_order_allows_what_its_letters_say():
    letters = "cruds"
    for chosen in chain.from_iterable(combinations(letters, n) for n in range(1, 6)):
        scope = f"user/Observation.{''.join(chosen)}"
        assert grant(scope, "Observation", "read") is (YES if "r" in chosen else NO), scope
        assert grant(scope, "Observation", "search") is (YES if "s" in chosen else NO), scope


@pytest.mark.parametrize(
    "scope",
    (
        "user/Observation.dus",
        "user/Observation.sr",
        "user/Observation.",
        "user/Observation.rr",
        "user/Observation.READ",
        "user/observation.rs",
        "User/Observation.rs",
        "user:Observation.rs",
        "user/Observation:read",
        "user/Observation",
        "user/*.*.rs",
        "*.*.rs",
        "*/*.rs",
        "user/Observation.rs?",
        "user/Observation.rs.read",
        "user/Öbservation.rs",
        "system/Observation.read,system/Observation.write",
    ),
)
def test_what_only_looks_like_a_scope_allows_nothing(scope: str):
    assert grant(scope, "Observation", "read") is NO
    assert grant(scope, "Observation", "search") is NO


def test_a_scope_with_a_condition_covers_only_some():
    scope = "user/Observation.rs?category=laboratory"
    assert grant(scope, "Observation", "search") is SOME
    assert grant(scope, "Condition", "search") is NO


def test_a_scope_without_a_condition_outweighs_one_with():
    scope = "user/Observation.rs?category=laboratory user/Observation.rs"
    assert grant(scope, "Observation", "search") is YES


@pytest.mark.parametrize(
    "scope",
    (
        "",
        "   ",
        "launch openid fhirUser",
        "Observation.Search (R4)",
        "epic.scanning.dmsusername",
        # The vendor's part may hold what the other does not name.
        "user/Condition.read PATIENT.SEARCH",
    ),
)
def test_scopes_in_words_of_a_vendor_say_nothing_so_it_is_tried(scope: str):
    assert grant(scope, "Observation", "search") is NOT_SAID


def test_launch_scopes_beside_others_change_nothing():
    scope = "launch/patient openid profile offline_access patient/Condition.read"
    assert grant(scope, "Condition", "search") is YES
    assert grant(scope, "Observation", "search") is NO
