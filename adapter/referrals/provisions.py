"""The provisions of a Consent, each with all that those around it say.

FHIR R4 Consent.provision. Read so that doubt permits nothing and denies everything; `consent` says
what becomes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from adapter.referrals.lookup import Resource
from adapter.referrals.periods import BEGINNING, END_OF_TIME, Span, instants
from adapter.referrals.references import each
from adapter.store.records import ANYTHING
from mappings.inbound.dates import Unreadable

#: Turns a Reference element into a registered party.
PartyOf = Callable[[object], str | None]

#: v3-ParticipationType: information recipient, primary recipient, who gets a copy.
RECIPIENTS = frozenset({"IRCP", "PRCP", "TRC"})
#: consentaction: what lets somebody see.
SEEING = frozenset({"access", "disclose"})
#: v3-ActReason: what a referral is looked at for.
PURPOSES = frozenset({"TREAT", "HPAYMT", "HOPERAT", "CAREMGT", "COC"})
#: v3-ActReason and consentaction: what a denial may be about without being about us.
OTHER_PURPOSES = frozenset({
    "HRESCH", "CLINTRCH", "BIORCH", "DSRCH", "TRANSRCH", "HMARKT", "HLEGAL",
})  # fmt: skip
OTHER_ACTIONS = frozenset({"collect", "use", "correct"})
#: What naming 42 CFR Part 2 stands for: its policy, and v3-ActCode's labels of substance use.
PART_2_LABELS = frozenset({"42cfrpart2", "eth", "ethud", "opioidud", "sud"})

#: v3-Confidentiality: what restricts nothing, so that a permit for it is about what has no label.
_UNRESTRICTED = frozenset({"n", "m", "l", "u"})
#: Elements of a provision that say nothing beyond what is read here.
_READ = frozenset({
    "id", "type", "period", "actor", "action", "securityLabel", "purpose", "provision", "extension",
})  # fmt: skip


class Rule(Struct, frozen=True, kw_only=True):
    """A provision with all that those around it say."""

    type: str
    #: None: whoever.
    parties: frozenset[str] | None
    labels: frozenset[str]
    #: Whether it is about seeing for a purpose of ours.
    concerns: bool
    span: Span
    #: Whether there is something in it that is not understood here.
    narrower: bool


def root(consent: Resource) -> Rule:
    """What holds for the outermost provision before it says anything itself."""
    policies = codes_of(consent.get("policyRule"))
    named = {str(one.get("uri")).lower() for one in each(consent.get("policy"))}
    part_2 = "42CFRPart2" in policies or any("42-cfr-part-2" in one for one in named)
    return Rule(
        type="permit" if "OPTIN" in policies else "",
        parties=None,
        labels=frozenset({ANYTHING}) | (PART_2_LABELS if part_2 else frozenset()),
        concerns=True,
        span=(BEGINNING, END_OF_TIME),
        narrower=False,
    )


def rules(
    provision: dict[str, Any], around: Rule, party_of: PartyOf, base: str = ""
) -> Iterator[Rule]:
    """A provision and those within it, the outermost first; `base` is its type if it has none."""
    type = provision.get("type", base)
    denies = type == "deny"
    concerns = (
        _denied(provision.get("action"), OTHER_ACTIONS)
        and _denied(provision.get("purpose"), OTHER_PURPOSES)
        if denies
        else _meets(provision.get("action"), SEEING) and _meets(provision.get("purpose"), PURPOSES)
    )
    rule = Rule(
        type=type if isinstance(type, str) else "",
        parties=_parties(provision, around, party_of, recipients=not denies),
        labels=_labels(provision, around, denies=denies),
        concerns=concerns and around.concerns,
        span=_span(provision, around.span, denies=denies),
        narrower=around.narrower or not provision.keys() <= _READ,
    )
    yield rule
    for inner in each(provision.get("provision")):
        yield from rules(inner, rule, party_of)


def _parties(
    provision: dict[str, Any], around: Rule, party_of: PartyOf, *, recipients: bool
) -> frozenset[str] | None:
    if not provision.get("actor"):
        return around.parties
    found = {
        party_of(actor.get("reference"))
        for actor in each(provision["actor"])
        if not recipients or codes_of(actor.get("role")) & RECIPIENTS
    }
    named = frozenset(one for one in found if one is not None)
    if not recipients:
        # Whoever is denied and not known by name here may be anybody.
        return None if None in found or not found else named
    return named if around.parties is None else named & around.parties


def _labels(provision: dict[str, Any], around: Rule, *, denies: bool) -> frozenset[str]:
    """A denial without labels is of all of them; a permit's are those that are named."""
    written = (one.get("code") for one in each(provision.get("securityLabel")))
    codes = {one.strip().lower() for one in written if isinstance(one, str)} - {"", ANYTHING}
    own = frozenset(ANYTHING if one in _UNRESTRICTED else one for one in codes)
    if denies:
        return own
    return own or around.labels


def _meets(concepts: object, wanted: frozenset[str]) -> bool:
    """Whether a permit is of use: it names one of these, or none at all."""
    return not concepts or bool(codes_of(concepts) & wanted)


def _denied(concepts: object, others: frozenset[str]) -> bool:
    """Whether a denial counts: not where it is surely about something else."""
    codes = codes_of(concepts)
    return not codes or not codes <= others


def codes_of(concepts: object) -> frozenset[str]:
    """The codes of Codings and CodeableConcepts, one or many."""
    found: set[str] = set()
    for one in concepts if isinstance(concepts, list) else [concepts]:
        if isinstance(one, dict):
            codings = [one, *each(one.get("coding"))]
            found |= {c["code"] for c in codings if isinstance(c.get("code"), str)}
    return frozenset(found)


def _span(provision: dict[str, Any], around: Span, *, denies: bool) -> Span:
    """The instants of a period that the one around it covers too, `[start, end)`.

    One that cannot be read is empty for a permit and everything for a denial.
    """
    period = provision.get("period")
    if period is None:
        return around
    try:
        if not isinstance(period, dict):
            raise Unreadable
        start = instants(period["start"])[0] if "start" in period else BEGINNING
        end = instants(period["end"])[1] if "end" in period else END_OF_TIME
    except Unreadable:
        return around if denies else (0, 0)
    return max(start, around[0]), min(end, around[1])
