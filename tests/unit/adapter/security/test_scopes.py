"""Scopes: what is one, what a client is granted, and what may be done by them."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.fhir_api.faults import Refused
from adapter.security.scope_grammar import (
    Malformed,
    Permissions,
    granted,
    read_scope,
    read_scopes,
)
from adapter.security.scopes import NEEDS, allows, demand, narrowed_to
from adapter.store.records import Viewer

TYPES = (
    *("Patient", "Organization", "Practitioner", "PractitionerRole", "HealthcareService"),
    *("Location", "Endpoint", "Coverage", "Condition", "Observation", "QuestionnaireResponse"),
    *("Consent", "ServiceRequest", "Task", "Procedure", "EpisodeOfCare", "CareTeam", "CarePlan"),
    *("Communication", "DocumentReference", "Provenance", "AuditEvent", "Subscription"),
    "Questionnaire",
)
SUBSETS = tuple("".join(letters) for size in range(1, 6) for letters in combinations("cruds", size))


def viewer(*scopes: str) -> Viewer:
    return Viewer(tenant="t", client="c", party="s|v", scopes=scopes)


@pytest.mark.parametrize("letters", SUBSETS)
def test_each_subset_of_letters_allows_its_interactions_on_its_type_and_nothing_else(letters: str):
    """All 31 subsets, all types, all interactions; by the type and by `*`."""
    for type in (*TYPES, "*"):
        eyes = viewer(f"system/{type}.{letters}")
        for other, (interaction, letter) in product(TYPES, NEEDS.items()):
            is_allowed = letter in letters and type in (other, "*")
            assert allows(eyes, other, interaction) is is_allowed
            if not is_allowed:
                with pytest.raises(Refused) as refused:
                    demand(eyes, other, interaction)
                assert refused.value.status == 403
                said = refused.value.headers["WWW-Authenticate"]
                assert said == (
                    f'Bearer error="insufficient_scope", scope="system/{other}.{letter}"'
                )


def test_all_of_everything_needs_a_scope_for_everything():
    """A history of the whole system is none of one type."""
    assert allows(viewer("system/*.s"), "*", "history-system")
    assert not allows(viewer(*(f"system/{type}.cruds" for type in TYPES)), "*", "history-system")


def test_an_interaction_nobody_knows_is_not_allowed():
    """Whatever the scope."""
    for name in ("export", "everything", "", "READ", "*"):
        assert not allows(viewer("system/*.cruds"), "Patient", name)


def test_without_scopes_everything_is_allowed_and_with_none_of_them_nothing():
    """None is the service itself and development mode; an empty list is no scope at all."""
    everything = Viewer(tenant="t", client="c", party="s|v", scopes=None)
    assert all(allows(everything, "Task", name) for name in NEEDS)
    assert not any(allows(viewer(), "Task", name) for name in NEEDS)


@pytest.mark.parametrize(
    "text",
    (
        *("", " ", "system", "system/", "system/Task", "system/Task.", "system/.rs", "/Task.rs"),
        *("system/Task.dus", "system/Task.sr", "system/Task.rr", "system/Task.RS", "Task.rs"),
        *("system:Task.rs", "system/Task:rs", "system/Task.read.write", "system/*.*.rs"),
        *("system/**.rs", "system/Ta*.rs", "system/task.rs", "SYSTEM/Task.rs", "system/Task .rs"),
        *("user/Task.rs", "patient/Task.rs", "openid", "launch/patient", "offline_access"),
        *("system/Task.rs?", "system/Task.rs?a", "system/Task.rs?=a", "system/Task.rs?a="),
        *("system/Task.rs?a=b&", "system/Task.rs?a:not=b", "system/Task.rs?a.b=c"),
        *(
            "system/Task.rs?a=b,c",
            "system/Task.rs?a=%41",
            "system/Task.rs?a=b+c",
            "system/*.rs?a=b",
        ),
        *("system/Tаsk.rs", "system/Task.rs\n", "system/Task.rs\0", "system/Task.rｓ"),  # noqa: RUF001
        *("system/Task.*s", "system/Task.reads", "system/../Task.rs"),
    ),
)
def test_anything_else_is_no_scope(text: str):
    """Colons, letters out of order, other alphabets, contexts of a person, escapes."""
    with pytest.raises(Malformed):
        read_scope(text)


@given(st.text(alphabet="system/Task.*cruds?=&:% read,|", max_size=30))
def test_what_is_read_is_written_the_same_way(text: str):
    """So nothing that looks different is taken for a scope, but for those of version 1."""
    try:
        scope = read_scope(text)
    except Malformed:
        return
    if text.rpartition(".")[2] not in ("read", "write", "*"):
        assert read_scope(str(scope)) == scope
        assert str(scope).partition("?")[0] == text.partition("?")[0]


@pytest.mark.parametrize(("first", "second"), (("read", "rs"), ("write", "cud"), ("*", "cruds")))
def test_scopes_of_version_1_mean_what_the_standard_says(first: str, second: str):
    """SMART 2.2, "Scope Equivalence"."""
    assert read_scope(f"system/Task.{first}") == read_scope(f"system/Task.{second}")


def grant(asked: str, *registered: str) -> list[str]:
    return [str(one) for one in granted(read_scopes(asked), map(read_scope, registered))]


@pytest.mark.parametrize(
    ("asked", "registered", "given"),
    (
        ("system/Task.rs", ["system/Task.cruds"], ["system/Task.rs"]),
        ("system/Task.cruds", ["system/Task.rs"], ["system/Task.rs"]),
        (
            "system/*.rs",
            ["system/Task.cru", "system/Patient.r"],
            ["system/Task.r", "system/Patient.r"],
        ),
        ("system/Task.rs", ["system/*.s"], ["system/Task.s"]),
        ("system/Task.rs", ["system/Patient.rs"], []),
        ("system/Task.d", ["system/Task.crus"], []),
        (
            "system/Observation.rs",
            ["system/Observation.rs?category=survey"],
            ["system/Observation.rs?category=survey"],
        ),
        (
            "system/Observation.rs?status=final",
            ["system/Observation.r?category=survey"],
            ["system/Observation.r?category=survey&status=final"],
        ),
        (
            "system/Observation.rs system/Observation.rs?status=final",
            ["system/Observation.rs"],
            ["system/Observation.rs"],
        ),
        (
            "system/Observation.r?code=1 system/Observation.r?code=2",
            ["system/Observation.r?code=1", "system/Observation.r?code=2"],
            ["system/Observation.r?code=1", "system/Observation.r?code=2"],
        ),
    ),
)
def test_a_client_gets_what_it_asks_for_and_is_registered_with(
    asked: str, registered: list[str], given: list[str]
):
    """Never more than either; of what another scope covers anyway nothing is said twice."""
    assert sorted(grant(asked, *registered)) == sorted(given)


@given(
    st.lists(st.tuples(st.sampled_from(("Task", "Patient", "*")), st.sampled_from(SUBSETS))),
    st.lists(st.tuples(st.sampled_from(("Task", "Patient", "*")), st.sampled_from(SUBSETS))),
)
def test_a_grant_allows_exactly_what_both_sides_allow(
    asked: list[tuple[str, str]], registered: list[tuple[str, str]]
):
    """For every type and letter."""
    one = [read_scope(f"system/{type}.{letters}") for type, letters in asked]
    other = [read_scope(f"system/{type}.{letters}") for type, letters in registered]
    both = Permissions(granted(one, other))
    for type, letter in product(("Task", "Patient", "Consent"), "cruds"):
        sides = [Permissions(side).of(type, letter) is not None for side in (one, other)]
        assert (both.of(type, letter) is not None) is all(sides)


def test_scopes_that_narrow_one_type_are_either_of_them():
    """As one search: values parted by a comma."""
    eyes = viewer("system/Observation.rs?code=1", "system/Observation.r?code=2")
    assert narrowed_to(eyes, "Observation", "read") == (("code", "1,2"),)
    assert narrowed_to(eyes, "Observation", "search-type") == (("code", "1"),)
    assert narrowed_to(eyes, "Observation", "create") is None
    wide = viewer("system/Observation.rs?code=1", "system/*.r")
    assert narrowed_to(wide, "Observation", "read") == ()


def test_scopes_no_single_search_can_express_are_refused():
    """Either of two different parameters."""
    with pytest.raises(Malformed, match="the same single parameter"):
        Permissions([read_scope("system/Task.r?code=1"), read_scope("system/Task.r?status=x")])


def test_hundreds_of_scopes_are_refused_before_they_are_read():
    """Nobody needs them, and each would be work."""
    with pytest.raises(Malformed, match="at most 100"):
        read_scopes(" ".join(["system/Task.rs"] * 101))
