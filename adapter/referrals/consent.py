"""What a Consent permits whom to see.

FHIR R4 Consent (https://hl7.org/fhir/R4/consent.html), read so that doubt permits nothing:

- Only an `active` Consent about privacy, of a Patient on this server, that nobody says is
  unverified.
- A permit needs a named, registered recipient (`provision.actor` with the role of a recipient), an
  action that lets somebody see (`access`, `disclose`; none: any), and a purpose that is ours (none:
  any). A provision that is narrower than that (`class`, `code`, `data`, `dataPeriod`, extensions
  that change its meaning) permits nothing, since what it leaves out cannot be told apart.
- Sensitive data need their label named: `provision.securityLabel`, one by one, confidentiality
  codes such as `R` included. `policyRule` or `policy.uri` that names 42 CFR Part 2 stands for
  the labels of substance use. Without labels a permit is about what bears none.
- Periods are whole days in California, the last one included. Of nested provisions all hold.
- A denial wins over a permit, wherever it stands. What makes it narrower counts only as far as it
  can be told: party, label, action, purpose, period.

Nobody vouches for themselves: what a partner enters permits others to see, not that partner, and
nothing where the partner is no covered entity (docs/adr/0017). The operator's entry permits anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from adapter.clock import MEMBER_ZONE
from adapter.referrals.business_days import end_of
from adapter.referrals.lookup import Resource
from adapter.referrals.references import each, id_of, local
from adapter.store.records import ANYTHING, Permit
from mappings.inbound.dates import Unreadable, read_moment

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

_BEGINNING, _END_OF_TIME = 0, 253_402_300_800_000
#: Elements of a provision that say nothing beyond what is read here.
_READ = frozenset({
    "id", "type", "period", "actor", "action", "securityLabel", "purpose", "provision", "extension",
})  # fmt: skip

Span = tuple[int, int]


class _Rule(Struct, frozen=True, kw_only=True):
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


def permits(consent: Resource, party_of: PartyOf) -> tuple[Permit, ...]:
    """Everything a Consent permits, in a fixed order; nothing where it permits nothing.

    Args:
        consent: decoded; whatever has an unexpected shape permits nothing.
        party_of: gives the registered party of a Reference; None for any other.
    """
    patient = local(consent.get("patient")) or ""
    provision = consent.get("provision")
    if not patient.startswith("Patient/") or not isinstance(provision, dict) or not _holds(consent):
        return ()
    root = _root(consent)
    rules = [one for one in _rules(provision, root, party_of, root.type) if one.concerns]
    if provision.get("type") == "deny":
        return ()
    denials = [one for one in rules if one.type == "deny"]
    permitted = [one for one in rules if one.type == "permit" and not one.narrower]
    found: dict[tuple[str, str], list[Span]] = {}
    for one, party, label in _permitted(permitted):
        left = [one.span]
        for denial in denials:
            left = _without(left, denial, party, label)
        found.setdefault((party, label), []).extend(left)
    return tuple(
        Permit(patient=id_of(patient), party=party, label=label, start=start, end=end)
        for (party, label), spans in sorted(found.items())
        for start, end in sorted(set(spans))
    )


def _permitted(rules: list[_Rule]) -> Iterator[tuple[_Rule, str, str]]:
    for rule in rules:
        for party in rule.parties or ():
            for label in rule.labels | {ANYTHING}:
                yield rule, party, label


def _holds(consent: Resource) -> bool:
    scope = _codes(consent.get("scope"))
    checked = [one.get("verified") for one in each(consent.get("verification"))]
    return (
        consent.get("status") == "active"
        and (not scope or "patient-privacy" in scope)
        and (not checked or True in checked)
        and "modifierExtension" not in consent
    )


def _root(consent: Resource) -> _Rule:
    """What holds for the outermost provision before it says anything itself."""
    policies = _codes(consent.get("policyRule"))
    named = {str(one.get("uri")).lower() for one in each(consent.get("policy"))}
    part_2 = "42CFRPart2" in policies or any("42-cfr-part-2" in one for one in named)
    return _Rule(
        type="permit" if "OPTIN" in policies else "",
        parties=None,
        labels=PART_2_LABELS if part_2 else frozenset(),
        concerns=True,
        span=(_BEGINNING, _END_OF_TIME),
        narrower=False,
    )


def _rules(
    provision: dict[str, Any], around: _Rule, party_of: PartyOf, base: str = ""
) -> Iterator[_Rule]:
    """A provision and those within it, the outermost first; `base` is its type if it has none."""
    type = provision.get("type", base)
    denies = type == "deny"
    concerns = (
        _denied(provision.get("action"), OTHER_ACTIONS)
        and _denied(provision.get("purpose"), OTHER_PURPOSES)
        if denies
        else _meets(provision.get("action"), SEEING) and _meets(provision.get("purpose"), PURPOSES)
    )
    rule = _Rule(
        type=type if isinstance(type, str) else "",
        parties=_parties(provision, around, party_of, recipients=not denies),
        labels=_labels(provision, around, denies=denies),
        concerns=concerns and around.concerns,
        span=_span(provision, around.span, denies=denies),
        narrower=around.narrower or not provision.keys() <= _READ,
    )
    yield rule
    for inner in each(provision.get("provision")):
        yield from _rules(inner, rule, party_of)


def _parties(
    provision: dict[str, Any], around: _Rule, party_of: PartyOf, *, recipients: bool
) -> frozenset[str] | None:
    if not provision.get("actor"):
        return around.parties
    found = {
        party_of(actor.get("reference"))
        for actor in each(provision["actor"])
        if not recipients or _codes(actor.get("role")) & RECIPIENTS
    }
    named = frozenset(one for one in found if one is not None)
    if not recipients:
        # Whoever is denied and not known by name here may be anybody.
        return None if None in found or not found else named
    return named if around.parties is None else named & around.parties


def _labels(provision: dict[str, Any], around: _Rule, *, denies: bool) -> frozenset[str]:
    """A denial without labels is of all of them; a permit's are those that are named."""
    own = frozenset(
        one["code"].strip().lower()
        for one in each(provision.get("securityLabel"))
        if isinstance(one.get("code"), str) and one["code"].strip()
    )
    if denies:
        return own
    return own or around.labels


def _meets(concepts: object, wanted: frozenset[str]) -> bool:
    """Whether a permit is of use: it names one of these, or none at all."""
    return not concepts or bool(_codes(concepts) & wanted)


def _denied(concepts: object, others: frozenset[str]) -> bool:
    """Whether a denial counts: not where it is surely about something else."""
    codes = _codes(concepts)
    return not codes or not codes <= others


def _codes(concepts: object) -> frozenset[str]:
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
        start = instants(period["start"])[0] if "start" in period else _BEGINNING
        end = instants(period["end"])[1] if "end" in period else _END_OF_TIME
    except Unreadable:
        return around if denies else (0, 0)
    return max(start, around[0]), min(end, around[1])


def _without(spans: list[Span], denial: _Rule, party: str, label: str) -> list[Span]:
    """What is left of spans of one party and label."""
    if denial.parties is not None and party not in denial.parties:
        return _some(spans)
    if denial.labels and label not in denial.labels:
        return _some(spans)
    start, end = denial.span
    parts = (
        part
        for first, last in spans
        for part in ((first, min(last, start)), (max(first, end), last))
    )
    return _some(parts if start < end else spans)


def _some(spans: Any) -> list[Span]:
    return [(start, end) for start, end in spans if start < end]


def instants(text: object) -> Span:
    """The milliseconds since 1970 that a date or time covers, `[start, end)`; days in California.

    Raises:
        Unreadable: it is no FHIR date or dateTime, or a time without a zone.
    """
    if not isinstance(text, str):
        raise Unreadable
    try:
        days, _ = read_moment(text, MEMBER_ZONE)
        if len(text) <= 10:
            return end_of(days.first - timedelta(days=1)), end_of(days.last)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise Unreadable from error
    if moment.utcoffset() is None:
        raise Unreadable
    start = int(moment.timestamp() * 1000)
    return start, start + (1 if "." in text else 1000)
