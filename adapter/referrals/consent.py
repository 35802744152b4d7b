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
  the labels of substance use. Without labels a permit is about what bears none, with labels about
  nothing else.
- Periods are whole days in California, the last one included. Of nested provisions all hold.
- A denial wins over a permit, wherever it stands. What makes it narrower counts only as far as it
  can be told: party, label, action, purpose, period.

Nobody vouches for themselves: what a partner enters permits others to see, not that partner, and
nothing where the partner is no covered entity (docs/adr/0017). What the operator enters permits
whomever it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adapter.referrals.lookup import Resource
from adapter.referrals.periods import Span
from adapter.referrals.provisions import PartyOf, Rule, codes_of, root, rules
from adapter.referrals.references import each, id_of, local
from adapter.store.records import Permit


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
    base = root(consent)
    found_rules = [one for one in rules(provision, base, party_of, base.type) if one.concerns]
    if provision.get("type") == "deny":
        return ()
    denials = [one for one in found_rules if one.type == "deny"]
    permitted = [one for one in found_rules if one.type == "permit" and not one.narrower]
    found: dict[tuple[str, str], list[Span]] = {}
    for one, party, label in _permitted(permitted):
        left = _some([one.span])
        for denial in denials:
            left = _without(left, denial, party, label)
        found.setdefault((party, label), []).extend(left)
    return tuple(
        Permit(patient=id_of(patient), party=party, label=label, start=start, end=end)
        for (party, label), spans in sorted(found.items())
        for start, end in sorted(set(spans))
    )


def _permitted(rules: list[Rule]) -> Iterator[tuple[Rule, str, str]]:
    for rule in rules:
        for party in rule.parties or ():
            for label in rule.labels:
                yield rule, party, label


def _holds(consent: Resource) -> bool:
    scope = codes_of(consent.get("scope"))
    checked = [one.get("verified") for one in each(consent.get("verification"))]
    return (
        consent.get("status") == "active"
        and (not scope or "patient-privacy" in scope)
        and (not checked or True in checked)
        and "modifierExtension" not in consent
    )


def _without(spans: list[Span], denial: Rule, party: str, label: str) -> list[Span]:
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


def _some(spans: Iterable[Span]) -> list[Span]:
    return [(start, end) for start, end in spans if start < end]
