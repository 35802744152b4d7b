"""What an EHR's analyst types in to have this service called: a sheet for each vendor.

Three EHRs read no discovery: services, prefetch, tokens and override reasons are entered by hand.
So the sheet is written from the service's own definitions. What is said of a vendor comes from its
documentation: Epic (fhir.epic.com, CDS Hooks), Oracle Health (draft of its developer page, archived
2024; current pages were not found), athenahealth (its integration guide is not public; what is
said comes from a thread of the specification and is marked).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from adapter.cds_client.calling import service_at
from cds_hooks.cards.overrides import offered
from cds_hooks.cards.profiles import PROFILES
from cds_hooks.hooks.every import SERVICES
from cds_hooks.services import USAGE, Service
from mappings.requirements import all_requirements
from profiles.canonicals import DEFAULT_BASE
from profiles.codes import card_topics

Vendor = Literal["epic", "oracle", "athena"]


class _Facts(Struct, frozen=True, kw_only=True):
    """What a vendor's clients do, as documented."""

    title: str
    #: Hooks its clients fire.
    hooks: tuple[str, ...]
    #: What has to be known, as a list in Markdown.
    notes: str
    #: Lines of the client's table in our registry, beside those every client has.
    registry: tuple[str, ...]
    #: Whether prefetch is typed in by hand.
    types_prefetch: bool = True


_FACTS: dict[Vendor, _Facts] = {
    "epic": _Facts(
        title="Epic",
        hooks=("patient-view", "order-select", "order-sign"),
        notes="""\
- Discovery is not read: each service below is one LGL record. The endpoint must match to the
  letter, or the request leaves without its data.
- patient-view is fired for other moments too; the extension
  `com.epic.cdshooks.request.bpa-trigger-action` says which. This service answers 26 (admission)
  and 29 (transfer) as encounter-start, 27 (discharge) as encounter-discharge, 18 and 23 as an
  order, all others as an opened chart.
- Tokens are signed RS384 and live 15 minutes; `aud` is typed by hand: once for the service and
  once for its feedback, as listed. `sub` is the client id.
- A card shows `action.description`, not the suggestion's label; one suggestion with one action is
  sent, `selectionBehavior` is `any`.
- `source.topic.code` keys the lock-out after an override; the codes below never change.
- Override reasons have to be mapped one by one to the organization's own list.
- Orders not signed yet are read from the call's `draftOrders`; none of Epic's scopes marked
  *(Unsigned Order)* is needed.""",
        registry=(
            'issuer = "https://EPIC-FHIR-BASE"        # `iss` is the FHIR base of the organization',
            'subject = "CLIENT-ID"                    # `sub`',
            'jwks_url = "https://EPIC-KEY-SET"        # the key set Epic names to you',
            'algorithms = ["RS384"]',
            "max_token_seconds = 900                  # 15 minutes",
            'fhir_servers = ["https://EPIC-FHIR-BASE"]',
            "# The order that Epic opens when the suggestion is taken: its preference-list item.",
            "order_codings = [",
            '    "urn:com.epic.cdshooks.action.code.system.preference-list-item|ITEM",',
            "]",
        ),
    ),
    "oracle": _Facts(
        title="Oracle Health (Cerner)",
        hooks=("patient-view",),
        notes="""\
- Registration is by hand, with Oracle; the fields are those of its draft page of 2021 to 2024.
  Ask for the current form before relying on them.
- Links that are not registered are taken out of cards. Register the one below.
- `appContext` is not passed on. A `critical` card opens a window of its own, others stand at the
  side on about an eighth of the screen, so details are kept short.""",
        registry=(
            'issuer = "https://cds-hooks.cerner.com"',
            'tenant = "TENANT-ID"                     # the issuer serves all organizations',
            'jwks_url = "https://authorization.cerner.com/jwk"',
            'fhir_servers = ["https://ORACLE-FHIR-BASE/TENANT-ID"]',
        ),
        types_prefetch=False,
    ),
    "athena": _Facts(
        title="athenahealth",
        hooks=("patient-view", "order-select", "order-sign", "appointment-book"),
        notes="""\
- Not verified: the integration guide is handed out by athenahealth. The hooks are those a third
  party lists.
- Suggestions of one card exclude each other, so a card has one.
- Roll-out can begin with silent tracking: cards are counted and not shown.""",
        registry=(
            'issuer = "https://ISSUER-AS-AGREED"',
            'jwks_url = "https://KEY-SET-AS-AGREED"',
            'fhir_servers = ["https://ATHENA-FHIR-BASE"]',
        ),
    ),
}


def vendor_sheet(vendor: Vendor, url: str, *, canonical_base: str = DEFAULT_BASE) -> str:
    """The sheet in Markdown.

    Args:
        vendor: whose analyst it is for.
        url: where clients reach this service.
        canonical_base: base of our own code systems.

    Raises:
        UnusableInput: the URL is none.
    """
    base, _ = service_at(url)
    facts = _FACTS[vendor]
    served = [one for one in SERVICES if one.hook in facts.hooks]
    return "\n".join(
        (
            f"# Enhanced Care Management (ECM) for {facts.title}",
            "",
            "Written by `ecm cds-hooks vendor-sheet`. In CAPITALS: what only you know.",
            "",
            facts.notes,
            "",
            *_services(served, base),
            *_not_fired(facts),
            *_prefetch(facts),
            *_scopes(),
            *_override_reasons(canonical_base),
            *_topics(),
            *_links(base),
            *_registry(vendor, facts),
        )
    )


def _services(services: Sequence[Service], base: str) -> Iterator[str]:
    yield "## Services"
    for service in services:
        endpoint = f"{base}/cds-services/{service.id}"
        yield ""
        yield f"### {service.title}"
        yield ""
        yield f"- Hook: `{service.hook}`"
        yield f"- Endpoint, and `aud` of its tokens: `{endpoint}`"
        yield f"- Feedback, and `aud` of its tokens: `{endpoint}/feedback`"
        yield f"- What it does: {service.description}"
    yield ""


def _not_fired(facts: _Facts) -> Iterator[str]:
    others = ", ".join(f"`{one.hook}`" for one in SERVICES if one.hook not in facts.hooks)
    yield f"Served too, for clients that fire them: {others}."
    yield ""


def _prefetch(facts: _Facts) -> Iterator[str]:
    yield "## Prefetch"
    yield ""
    yield "The same for every service. " + USAGE
    if facts.types_prefetch:
        yield "Type each line as it stands, the key before the equals sign."
    yield ""
    yield "```text"
    for one in all_requirements():
        yield f"{one.key}={one.search}"
    yield "```"
    yield ""


def _scopes() -> Iterator[str]:
    types = dict.fromkeys(one.resource_type for one in all_requirements())
    yield "## FHIR access"
    yield ""
    yield "What the prefetch does not hold is read with the token of the call, R4, read only:"
    yield ""
    yield "```text"
    # An Organization is who pays, a Location where a stay was; both are only referred to.
    for name in dict.fromkeys((*types, "Organization", "Location")):
        yield f"patient/{name}.rs" if name in types else f"user/{name}.r"
    yield "```"
    yield ""


def _override_reasons(base: str) -> Iterator[str]:
    reasons = offered(base)
    yield "## Override reasons"
    yield ""
    yield f"System `{reasons[0].system}`, the same on every card."
    yield ""
    yield "| code | shown to the user |"
    yield "|---|---|"
    for reason in reasons:
        yield f"| `{reason.code}` | {reason.display} |"
    yield ""


def _topics() -> Iterator[str]:
    yield "## Topics"
    yield ""
    yield "| `source.topic.code` | what the card says |"
    yield "|---|---|"
    for code, display in card_topics().items():
        yield f"| `{code}` | {display} |"
    yield ""


def _links(base: str) -> Iterator[str]:
    yield "## Links of cards"
    yield ""
    yield f"At most one for each card, of type `absolute`, below `{base}/`. None names the patient."
    yield ""


def _registry(vendor: Vendor, facts: _Facts) -> Iterator[str]:
    profile = vendor if vendor in PROFILES else "standard"
    yield "## Our side"
    yield ""
    yield "The client's table in the file that `ecm serve --clients` reads:"
    yield ""
    yield "```toml"
    yield "[[clients]]"
    yield f'id = "{vendor}-ORGANIZATION"'
    if not any(line.startswith("tenant") for line in facts.registry):
        yield 'tenant = "ORGANIZATION"'
    yield from facts.registry
    yield f'card_profile = "{profile}"'
    yield "```"
    yield ""
