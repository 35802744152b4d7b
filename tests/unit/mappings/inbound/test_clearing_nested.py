"""However documents nest, what is labelled in them goes and the rest stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mappings.inbound.clearing import cleared
from tests.unit.mappings.inbound.labelled import (
    NOBODY,
    SECRET,
    encode,
    encounter,
    entries,
    labelled,
)
from tests.unit.mappings.inbound.records import PATIENT, Json

#: With what is labelled, and without.
Pair = tuple[Json, Json]


def listed(pairs: st.SearchStrategy[Pair]) -> st.SearchStrategy[tuple[list[Json], list[Json]]]:
    """Resources with secrets among them, and without."""
    secret = st.sampled_from([(SECRET, None), (labelled(odd_observation(), "R", "V"), None)])
    return st.lists(pairs | secret, max_size=4).map(
        lambda some: ([told for told, _ in some], [one for _, one in some if one is not None])
    )


def odd_observation() -> Json:
    return {"resourceType": "Observation", "component": [{"code": 7}], "text": {"div": '"'}}


def containing(lists: tuple[list[Json], list[Json]]) -> Pair:
    told, untold = lists
    resource = encounter("e1", note='caf\u00e9 "security"')
    return (
        {**resource, "contained": told} if told else resource,
        {**resource, "contained": untold} if untold else resource,
    )


def bundled(lists: tuple[list[Json], list[Json]]) -> Pair:
    told, untold = lists
    return entries(*told, type="collection"), entries(*untold, type="collection")


def stated(lists: tuple[list[Json], list[Json]]) -> Pair:
    def parameters(resources: list[Json]) -> Json:
        parts = [{"name": "patientData", "resource": one} for one in resources]
        return {"resourceType": "Parameters", "parameter": [{"name": "n"}, *parts]}

    told, untold = lists
    return parameters(told), parameters(untold)


def deeper(pairs: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    lists = listed(pairs)
    return lists.map(containing) | lists.map(bundled) | lists.map(stated)


PLAIN = st.sampled_from([(PATIENT, PATIENT), (encounter("e9"), encounter("e9"))])


@given(st.recursive(PLAIN, deeper, max_leaves=12))
def test_secrets_anywhere_leave_no_trace(pair: Pair) -> None:
    """In Bundles, Parameters and resources, within each other, in any number."""
    told, untold = pair
    assert cleared(encode(told), NOBODY) == encode(untold)
