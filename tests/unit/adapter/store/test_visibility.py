"""Who sees what: every way of looking gives the same answer, and what ends takes effect at once.

One file because it is one rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from msgspec.structs import replace

from adapter.store.records import CLAIMERS, EVERYBODY, Permit, Viewer, Work
from adapter.store.resources import ResourceStore, Unit
from tests.unit.adapter.store.drafting import (
    OPERATOR,
    OTHER,
    PLAN,
    PROVIDER,
    TENANT,
    draft,
    put_next,
    viewer,
)

WORK = Work(
    owner=PROVIDER,
    queue="",
    requester=PLAN,
    status="requested",
    business_status="received",
    due_at=1,
    next_event="accept",
    thread="t",
)


def sees(unit: Unit, eyes: Viewer, id: str = "1") -> bool:
    """Whether the viewer sees the resource; fails where ways of looking differ."""
    ways = {
        "visible": unit.visible(eyes, "Task", id) is not None,
        "version": unit.version(eyes, "Task", id, 1) is not None,
        "history": bool(unit.history(eyes, "Task", id, count=99)),
        "history of the type": any(
            one.id == id for one in unit.history(eyes, "Task", None, count=99)
        ),
        "history of everything": any(
            one.id == id for one in unit.history(eyes, None, None, count=99)
        ),
        "worklist": any(found == id for _, found, _ in unit.worklist(eyes)),
    }
    assert len(set(ways.values())) == 1, ways
    return ways["visible"]


def store_task(
    resources: ResourceStore,
    *parties: str,
    id: str = "1",
    labels: frozenset[str] = frozenset(),
    **traits: object,
) -> None:
    """A Task by the plan, granted to others."""
    with resources.unit() as unit:
        put_next(unit, id, labels=labels, **traits)
        unit.grant(("Task", id), TENANT, {("Task", id, party) for party in parties})
        unit.work(TENANT, "Task", id, WORK)


def permit(resources: ResourceStore, *permits: Permit, id: str = "c") -> None:
    """What a Consent permits from now on; nothing else."""
    with resources.unit() as unit:
        put_next(unit, id, type="Consent")
        unit.permit(TENANT, ("Consent", id), permits)


def allowed(label: str, party: str = PROVIDER, start: int = 0, end: int = 2**52) -> Permit:
    return Permit(patient="p1", party=party, label=label, start=start, end=end)


#: To whom it was granted, who looks, and whether they see it.
GRANTED = (
    ((), OPERATOR, True),
    ((), viewer(PLAN), True),
    ((), viewer(PROVIDER), False),
    ((PROVIDER,), viewer(PROVIDER), True),
    ((PROVIDER,), viewer(OTHER), False),
    ((EVERYBODY,), viewer(OTHER), True),
    ((CLAIMERS,), viewer(OTHER), False),
    ((CLAIMERS,), viewer(OTHER, claims=True), True),
    ((PROVIDER,), viewer(PROVIDER, tenant="other"), False),
    ((EVERYBODY,), viewer(OTHER, tenant="other"), False),
    ((EVERYBODY,), replace(OPERATOR, tenant="other"), False),
    ((PROVIDER,), viewer(PLAN, tenant="other"), False),
    ((PROVIDER,), viewer(PROVIDER + "'"), False),
    ((PROVIDER,), viewer("' OR 1=1 --"), False),
    ((PROVIDER,), viewer(PROVIDER.upper()), False),
)
#: Labels, the clearance of who looks, what is permitted about p1, and whether they see it.
LABELLED = (
    ({"eth"}, (), (), False),
    ({"eth"}, ("eth",), (), True),
    ({"eth"}, ("*",), (), True),
    ({"eth"}, ("psy",), (), False),
    ({"eth", "psy"}, ("psy",), (), False),
    ({"eth", "psy"}, ("psy", "eth"), (), True),
    ({"eth"}, (), (allowed("eth"),), True),
    ({"eth"}, (), (allowed("psy"),), False),
    ({"eth"}, (), (allowed("*"),), False),
    ({"eth"}, (), (allowed("eth", OTHER),), False),
    ({"eth"}, (), (replace(allowed("eth"), patient="p2"),), False),
    ({"eth", "psy"}, ("psy",), (allowed("eth"),), True),
    ({"eth", "psy"}, (), (allowed("eth"),), False),
    ({"eth", "psy"}, (), (allowed("eth"), allowed("psy")), True),
)
#: Patient, labels, what is permitted, and whether who is no covered entity sees it.
NOT_COVERED = (
    (None, (), (), True),
    ("p1", (), (), False),
    ("p1", (), (allowed("*"),), True),
    ("p1", (), (allowed("*", OTHER),), False),
    ("p1", (), (replace(allowed("*"), patient="p2"),), False),
    ("p1", (), (allowed("eth"),), False),
    ("p1", ("eth",), (allowed("*"),), False),
    ("p1", ("eth",), (allowed("eth"),), True),
    ("p1", ("eth",), (allowed("eth"), allowed("*")), True),
)


def test_a_resource_is_seen_by_its_author_its_operator_and_whom_it_was_granted_to(
    resources: ResourceStore,
):
    for number, (granted_to, _, _) in enumerate(GRANTED):
        store_task(resources, *granted_to, id=f"t{number}")
    with resources.reading() as unit:
        for number, (granted_to, eyes, seen) in enumerate(GRANTED):
            assert sees(unit, eyes, f"t{number}") == seen, (granted_to, eyes)


def test_what_is_labelled_needs_a_clearance_or_a_consent_for_each_label(resources: ResourceStore):
    for number, (labels, _, permitted, _) in enumerate(LABELLED):
        store_case(resources, number, permitted, labels)
    with resources.reading() as unit:
        for number, (labels, clearance, permitted, seen) in enumerate(LABELLED):
            id = f"t{number}"
            eyes = viewer(PROVIDER, clearance=frozenset(clearance))
            assert sees(unit, eyes, id) == seen, (labels, clearance, permitted)
            assert unit.visible(eyes, "Task", id, for_write=True)
            assert sees(unit, viewer(PLAN), id), "its author sees it in any case"
            assert not sees(unit, viewer("npi|9", operator=True), id), "an operator needs it too"


def test_who_is_no_covered_entity_needs_a_consent_for_anything_about_a_patient(
    resources: ResourceStore,
):
    for number, (patient, labels, permitted, _) in enumerate(NOT_COVERED):
        store_case(resources, number, permitted, labels, is_about=patient is not None)
    with resources.reading() as unit:
        for number, (patient, labels, permitted, seen) in enumerate(NOT_COVERED):
            id = f"t{number}"
            assert sees(unit, viewer(PROVIDER, covered=False), id) == seen, (
                patient, labels, permitted,
            )  # fmt: skip
            assert sees(unit, viewer(PLAN, covered=False), id)


def store_case(
    resources: ResourceStore,
    number: int,
    permitted: tuple[Permit, ...],
    labels: Iterable[str],
    *,
    is_about: bool = True,
) -> None:
    """Task and patient of that number; what is permitted about p1 is so about that patient."""
    patient = f"p1-{number}"
    about = patient if is_about else None
    store_task(resources, PROVIDER, id=f"t{number}", patient=about, labels=frozenset(labels))
    permits = [replace(one, patient=patient) if one.patient == "p1" else one for one in permitted]
    permit(resources, *permits, id=f"c{number}")


def test_a_consent_is_in_force_from_its_first_instant_to_before_its_end(resources: ResourceStore):
    """Told in milliseconds from the instant of looking."""
    store_task(resources, PROVIDER, labels=frozenset({"eth"}))
    with resources.unit() as unit:
        put_next(unit, "c", type="Consent")
        for start, end, seen in ((-1, 1, True), (0, 1, True), (-1, 0, False), (1, 2, False)):
            permits = (allowed("eth", start=unit.now + start, end=unit.now + end),)
            unit.permit(TENANT, ("Consent", "c"), permits)
            assert (unit.visible(viewer(PROVIDER), "Task", "1") is not None) == seen


def test_a_consent_that_is_revoked_shows_nothing_from_then_on(resources: ResourceStore):
    """Nor does one whose replacement names somebody else; what another one permits stays."""
    store_task(resources, PROVIDER, labels=frozenset({"eth"}))
    permit(resources, allowed("eth"), allowed("eth"))
    with resources.reading() as looking:
        assert sees(looking, viewer(PROVIDER))
        assert looking.permitted_by(TENANT, "p1", PROVIDER, {"eth"}, looking.now) == "Consent/c"
        permit(resources)
        assert not sees(looking, viewer(PROVIDER))
        assert looking.permitted_by(TENANT, "p1", PROVIDER, {"eth"}, looking.now) is None
        permit(resources, allowed("eth", OTHER))
        assert not sees(looking, viewer(PROVIDER))
        with resources.unit() as unit:
            put_next(unit, "d", type="Consent")
            unit.permit(TENANT, ("Consent", "d"), (allowed("eth"),))
        assert sees(looking, viewer(PROVIDER))


def test_what_was_granted_through_a_referral_ends_with_it(resources: ResourceStore):
    """Unless another one grants it too."""
    store_task(resources)
    eyes = viewer(PROVIDER)
    whole = {("Task", "1", PROVIDER), ("Condition", "x", PROVIDER), ("Task", "2", PROVIDER)}
    with resources.unit() as unit:
        put_next(unit, "x", type="Condition")
        put_next(unit, "2")
        unit.grant(("Task", "1"), TENANT, whole | {("Task", "nowhere", PROVIDER)})
        unit.grant(("Task", "2"), TENANT, {("Task", "2", PROVIDER)})
        assert unit.granted_by(TENANT, "Task", "1") == whole | {("Task", "1", PLAN)}
    with resources.reading() as looking:
        assert looking.granted_by(TENANT, "Task", "1") == whole | {("Task", "1", PLAN)}
        assert looking.granted_by("other", "Task", "1") == frozenset()
        assert looking.visible(eyes, "Condition", "x")
        with resources.unit() as unit:
            put_next(unit, "1")
            unit.grant(("Task", "1"), TENANT, frozenset())
        assert not looking.visible(eyes, "Task", "1")
        assert not looking.visible(eyes, "Condition", "x")
        assert looking.visible(eyes, "Task", "2")
        assert looking.visible(viewer(PLAN), "Task", "1")


def test_a_label_that_is_added_hides_and_one_that_is_taken_away_shows(resources: ResourceStore):
    store_task(resources, PROVIDER)
    seen = []
    for labels in ({"eth"}, {"psy"}, set(), {"eth", "psy"}):
        with resources.unit() as unit:
            put_next(unit, "1", labels=frozenset(labels))
        with resources.reading() as unit:
            seen.append(
                (
                    sees(unit, viewer(PROVIDER)),
                    sees(unit, viewer(PROVIDER, clearance=frozenset({"eth"}))),
                )
            )
    assert seen == [(False, True), (False, False), (True, True), (False, False)]


def test_the_deletion_of_what_is_labelled_is_seen_by_who_saw_it(resources: ResourceStore):
    """Others learn no more of its deletion than of its existence."""
    store_task(resources, PROVIDER, labels=frozenset({"eth"}))
    with resources.unit() as unit:
        put_next(unit, "1", method="delete", patient=None)
    with resources.reading() as unit:
        assert not sees(unit, viewer(PROVIDER))
        assert sees(unit, viewer(PROVIDER, clearance=frozenset({"eth"})))
        assert not unit.visible(viewer(OTHER), "Task", "1")


def test_what_one_may_not_see_is_not_locked_either(resources: ResourceStore):
    """Nobody can hold up what is another's."""
    store_task(resources)
    with resources.unit() as unit:
        assert unit.visible(viewer(PROVIDER), "Task", "1", lock=True) is None
        assert unit.visible(viewer(PLAN), "Task", "1", lock=True)


def test_tenants_have_resources_of_one_id_each(resources: ResourceStore):
    eyes = [replace(OPERATOR, tenant=tenant) for tenant in ("a", "b")]
    with resources.unit() as unit:
        for each in eyes:
            unit.put(draft("1", 1, unit.now, tenant=each.tenant, body=each.tenant.encode()))
    with resources.reading() as unit:
        bodies = [unit.visible(each, "Task", "1") for each in eyes]
        assert [one and one.body for one in bodies] == [b"a", b"b"]
        assert [len(unit.history(each, None, None, count=99)) for each in eyes] == [1, 1]


def test_every_kind_of_viewer_sees_what_the_rule_says(resources: ResourceStore):
    """All combinations, against the rule told in Python."""
    traits = list(
        product((False, True), (False, True), ((), ("eth",)), ((), ("eth",)), ((), ("*",)))
    )
    with resources.unit() as unit:
        for number, (granted, about, labels, _, _) in enumerate(traits):
            id = f"t{number}"
            put_next(unit, id, labels=frozenset(labels), patient=f"p{number}" if about else None)
            if granted:
                unit.grant(("Task", id), TENANT, {("Task", id, PROVIDER)})
            put_next(unit, f"c{number}", type="Consent")
            permits = tuple(
                replace(allowed(label), patient=f"p{number}")
                for label in (*traits[number][3], *traits[number][4])
            )
            unit.permit(TENANT, ("Consent", f"c{number}"), permits)
    for operator, covered, clearance in product(
        (False, True), (False, True), ((), ("eth",), ("*",))
    ):
        eyes = viewer(PROVIDER, operator=operator, covered=covered, clearance=frozenset(clearance))
        with resources.reading() as unit:
            for number, (granted, about, labels, label_permit, any_permit) in enumerate(traits):
                expected = (operator or granted) and (
                    (not labels or bool(clearance) or bool(about and label_permit))
                    and (covered or not about or bool(any_permit) or bool(labels and label_permit))
                )
                seen = unit.visible(eyes, "Task", f"t{number}") is not None
                assert seen == expected, (eyes, traits[number])
