"""The reasons a card offers for setting it aside, and what a reason sent back means."""

from __future__ import annotations

import pytest

from adapter.samples import all_samples
from cds_hooks.cards import Reader, cards_for
from cds_hooks.cards.overrides import (
    STANDARD_SYSTEM,
    meaning,
    offered,
    suppressing,
)
from profiles.codes import override_reasons
from tests.unit.cds_hooks.members import AS_OF, READER
from tests.unit.cds_hooks.skins import determination_of

#: HL7's non-adherence-reason-codes, as far as they are used.
STANDARD = {
    "action-completed",
    "action-not-priority",
    "need-more-info",
    "patient-ineligible",
    "patient-refuses",
    "prefers-alternative",
}


@pytest.mark.requirement(
    "cds-hooks_2.0@99", "cds-hooks_2.0@100", "cds-hooks_2.0@136", "cds-hooks_2.0@219"
)
def test_every_card_for_staff_offers_the_same_reasons_each_in_words():
    """A list that changed with the member would tell something, and is mapped by hand at Epic."""
    for one in all_samples(AS_OF):
        for card in cards_for(determination_of(one.id), READER):
            assert card.override_reasons == offered(READER.canonical_base)
    for reason in offered(READER.canonical_base):
        assert reason.system == f"{READER.canonical_base}/CodeSystem/ecm-override-reason"
        assert reason.display
        assert len(reason.display) <= 80


def test_the_patient_is_not_asked_for_a_reason():
    """Why something is not for them is between them and the care team."""
    reader = Reader(hook_instance="i", canonical_base=READER.canonical_base, is_staff=False)
    (card,) = cards_for(determination_of("adult-in-a-shelter"), reader)
    assert card.override_reasons == ()


def test_the_reasons_mirror_what_policies_exclude_and_leave_to_the_member():
    """One for each way the policies say no, and those that are about the moment."""
    assert tuple(override_reasons()) == (
        "member-declined",
        "already-enrolled",
        "already-referred",
        "enrolled-elsewhere",
        "excluded-service",
        "not-a-plan-member",
        "not-appropriate-now",
        "need-more-information",
    )
    assert {one.standard for one in override_reasons().values()} == STANDARD


def test_a_card_is_kept_back_only_where_asking_again_would_not_help():
    """An exclusion or a missing fact may change tomorrow, and the data will say so."""
    assert suppressing() == {"member-declined", "already-enrolled", "already-referred"}


@pytest.mark.parametrize(
    ("system", "code", "means"),
    (
        (
            "https://ecm.example.org/fhir/CodeSystem/ecm-override-reason",
            "member-declined",
            "member-declined",
        ),
        ("urn:epic:anything", "already-enrolled", "already-enrolled"),
        ("", "need-more-information", "need-more-information"),
        (STANDARD_SYSTEM, "patient-refuses", "member-declined"),
        (f"{STANDARD_SYSTEM}/", "action-completed", "already-enrolled"),
        (STANDARD_SYSTEM, "prefers-alternative", "enrolled-elsewhere"),
        (STANDARD_SYSTEM, "patient-ineligible", None),
        (STANDARD_SYSTEM, "too-costly-uncovered", None),
        ("urn:other", "patient-refuses", None),
        ("urn:other", "", None),
    ),
)
def test_a_reason_sent_back_is_understood(system: str, code: str, means: str | None):
    """Ours under any system, HL7's where it is plain which of ours it is."""
    assert meaning(system, code) == means
