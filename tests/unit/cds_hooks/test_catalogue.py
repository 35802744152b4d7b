"""The hooks are those of the CDS Hooks library: fields, types, and what may be a prefetch token."""

from __future__ import annotations

import pytest
from msgspec import Struct

from cds_hooks.catalogue import HOOKS
from cds_hooks.queries import lint

STAFF = ("Practitioner", "PractitionerRole")
ANYBODY = (*STAFF, "Patient", "RelatedPerson")


class Definition(Struct, frozen=True, kw_only=True):
    """What a hook's definition says, written down from its page."""

    #: Types `userId` may have; empty: the hook has no user.
    users: tuple[str, ...] = STAFF
    #: Whether `encounterId` is required; None: the hook has none.
    encounter: bool | None = False
    #: Name and JSON type of the fields beside user, patient and encounter.
    more: dict[str, str] = {}
    #: Which of those may be a token.
    tokens: frozenset[str] = frozenset()


DEFINITIONS = {
    "patient-view": Definition(users=ANYBODY),
    "encounter-start": Definition(encounter=True),
    "encounter-discharge": Definition(encounter=True),
    "order-select": Definition(more={"selections": "array", "draftOrders": "object"}),
    "order-sign": Definition(more={"draftOrders": "object"}),
    "order-dispatch": Definition(
        users=(),
        encounter=None,
        more={"dispatchedOrders": "array", "performer": "string"},
        tokens=frozenset({"performer"}),
    ),
    "appointment-book": Definition(users=ANYBODY, more={"appointments": "object"}),
    "problem-list-item-create": Definition(more={"conditions": "object"}),
}


def test_every_hook_served_has_its_definition_here():
    """No hook of the catalogue escapes the tests below."""
    assert HOOKS.keys() == DEFINITIONS.keys()


@pytest.mark.requirement(
    "cds-hooks-library_1.0.1@1", "cds-hooks-library_1.0.1@2", "cds-hooks-library_1.0.1@3",
    "cds-hooks-library_1.0.1@5", "cds-hooks-library_1.0.1@6", "cds-hooks-library_1.0.1@7",
    "cds-hooks-library_1.0.1@9", "cds-hooks-library_1.0.1@10", "cds-hooks-library_1.0.1@11",
    "cds-hooks-library_1.0.1@13", "cds-hooks-library_1.0.1@14", "cds-hooks-library_1.0.1@15",
    "cds-hooks-library_1.0.1@17", "cds-hooks-library_1.0.1@18", "cds-hooks-library_1.0.1@19",
    "cds-hooks-library_1.0.1@21", "cds-hooks-library_1.0.1@22", "cds-hooks-library_1.0.1@23",
    "cds-hooks-library_1.0.1@25", "cds-hooks-library_1.0.1@26", "cds-hooks-library_1.0.1@27",
    "cds-hooks-library_1.0.1@29", "cds-hooks-library_1.0.1@30", "cds-hooks-library_1.0.1@31",
    "cds-hooks-library_1.0.1@33", "cds-hooks-library_1.0.1@34", "cds-hooks-library_1.0.1@35",
    "cds-hooks-library_1.0.1@37", "cds-hooks-library_1.0.1@38", "cds-hooks-library_1.0.1@39",
    "cds-hooks-library_1.0.1@41", "cds-hooks-library_1.0.1@42", "cds-hooks-library_1.0.1@43",
    "cds-hooks-library_1.0.1@45", "cds-hooks-library_1.0.1@46", "cds-hooks-library_1.0.1@47",
    "cds-hooks-library_1.0.1@49", "cds-hooks-library_1.0.1@50", "cds-hooks-library_1.0.1@51",
    "cds-hooks-library_1.0.1@53", "cds-hooks-library_1.0.1@54", "cds-hooks-library_1.0.1@55",
    "cds-hooks-library_1.0.1@57", "cds-hooks-library_1.0.1@58", "cds-hooks-library_1.0.1@59",
    "cds-hooks-library_1.0.1@61", "cds-hooks-library_1.0.1@62", "cds-hooks-library_1.0.1@63",
    "cds-hooks-library_1.0.1@65", "cds-hooks-library_1.0.1@66", "cds-hooks-library_1.0.1@67",
    "cds-hooks-library_1.0.1@74", "cds-hooks-library_1.0.1@75", "cds-hooks-library_1.0.1@76",
    "cds-hooks-library_1.0.1@78", "cds-hooks-library_1.0.1@79", "cds-hooks-library_1.0.1@80",
    "cds-hooks-library_1.0.1@82", "cds-hooks-library_1.0.1@83", "cds-hooks-library_1.0.1@84",
    "cds-hooks-library_1.0.1@87", "cds-hooks-library_1.0.1@88", "cds-hooks-library_1.0.1@90",
    "cds-hooks-library_1.0.1@91", "cds-hooks-library_1.0.1@92",
)  # fmt: skip
@pytest.mark.parametrize("hook", DEFINITIONS)
def test_a_hook_has_the_fields_of_its_definition(hook: str):
    """Each field is required or not, and of the type, as the hook's page says."""
    definition = DEFINITIONS[hook]
    fields = {field.name: field for field in HOOKS[hook].fields}
    wanted = {"patientId": "string"} | definition.more
    if definition.users:
        wanted["userId"] = "string"
        (pattern,) = {str(fields["userId"].schema["pattern"])}
        assert pattern.startswith(f"^({'|'.join(definition.users)})/")
    if definition.encounter is not None:
        wanted["encounterId"] = "string"
        assert fields["encounterId"].required is definition.encounter
    assert {name: field.schema["type"] for name, field in fields.items()} == wanted
    assert all(field.required for name, field in fields.items() if name != "encounterId")


@pytest.mark.requirement(
    "cds-hooks-library_1.0.1@4", "cds-hooks-library_1.0.1@8", "cds-hooks-library_1.0.1@12",
    "cds-hooks-library_1.0.1@16", "cds-hooks-library_1.0.1@20", "cds-hooks-library_1.0.1@24",
    "cds-hooks-library_1.0.1@28", "cds-hooks-library_1.0.1@32", "cds-hooks-library_1.0.1@36",
    "cds-hooks-library_1.0.1@40", "cds-hooks-library_1.0.1@44", "cds-hooks-library_1.0.1@48",
    "cds-hooks-library_1.0.1@52", "cds-hooks-library_1.0.1@56", "cds-hooks-library_1.0.1@60",
    "cds-hooks-library_1.0.1@68", "cds-hooks-library_1.0.1@73", "cds-hooks-library_1.0.1@77",
    "cds-hooks-library_1.0.1@81", "cds-hooks-library_1.0.1@85", "cds-hooks-library_1.0.1@89",
    "cds-hooks-library_1.0.1@93",
)  # fmt: skip
@pytest.mark.parametrize("hook", DEFINITIONS)
def test_only_what_the_definition_allows_is_a_prefetch_token(hook: str):
    """User, patient, encounter and performer may stand in a query; orders, drafts and tasks not."""
    definition = DEFINITIONS[hook]
    allowed = {"patientId"} | definition.tokens
    allowed |= {"userId"} if definition.users else set()
    allowed |= {"encounterId"} if definition.encounter is not None else set()
    assert HOOKS[hook].tokens == allowed
    refused = {*definition.more, "fulfillmentTasks"} - allowed
    for field in allowed | refused:
        template = {"key": f"Basic?subject={{{{context.{field}}}}}"}
        assert bool(lint(template, HOOKS[hook].tokens)) is (field in refused)
