"""An intake form as FHIR: the member, and the form that was filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from adapter.casework.intake import cin_identifier, labels_of
from adapter.casework.member import contacts, languages, name_of
from adapter.fhir_client.partner_answers import Resource, objects
from adapter.partners.identifying import telling
from adapter.workbench.referrals.intake.chart import cin_of
from adapter.workbench.referrals.intake.entered import Entered
from adapter.workbench.referrals.intake.items import FORM, response_items
from mappings.outbound.elements import without_empty
from profiles.canonicals import ACT_CODE, CONFIDENTIALITY, canonicals
from profiles.questionnaires import questionnaire

_US_CORE_FORM = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-questionnaireresponse"
#: Of the chart's Patient, what the plan needs.
_KEPT = ("name", "telecom", "gender", "birthDate", "address", "communication")

#: Label of a form that says yes to a sensitive question (v3-ActCode), with its display.
_LABELS: Mapping[str, tuple[str, str]] = {
    "substance-use-disorder": ("ETH", "substance abuse information sensitivity"),
    "high-risk-overdose": ("ETH", "substance abuse information sensitivity"),
    "dmc-criteria-met": ("ETH", "substance abuse information sensitivity"),
    "serious-mental-illness": ("PSY", "psychiatry disorder information sensitivity"),
    "high-risk-suicide": ("PSY", "psychiatry disorder information sensitivity"),
    "smhs-criteria-met": ("PSY", "psychiatry disorder information sensitivity"),
    "hiv": ("HIV", "HIV/AIDS information sensitivity"),
    "fleeing-violence": (
        "SDV",
        "sexual assault, abuse, or domestic violence information sensitivity",
    ),
}


def member_of(entered: Entered, before: Resource, stored: Resource, base: str) -> Resource:
    """The member as to be stored.

    Args:
        entered: the form.
        before: the Patient of the chart, or what was sent before; empty: there is none.
        stored: as the member is here already, to be brought up to date; empty: not yet.
        base: our canonical base.
    """
    kept = stored or {name: before[name] for name in _KEPT if name in before}
    identifiers = []
    cin = entered.value("member-cin").upper()
    if cin:
        identifiers.append(cin_identifier(cin, base))
    known = [*objects(stored.get("identifier")), *filter(None, [own_identifier(before)])]
    for one in known:
        # A Client Index Number that was corrected takes the place of the one before.
        places = [(each.get("system"), each.get("value")) for each in identifiers]
        corrected = bool(cin) and one.get("system") == identifiers[0]["system"]
        if not corrected and (one.get("system"), one.get("value")) not in places:
            identifiers.append(one)
    said = {
        "name": _name(entered.value("member-name"), before),
        "birthDate": entered.value("member-birth-date"),
        "telecom": _telecom(entered.value("member-phone"), before),
        "address": _address(entered.value("member-address"), before),
        "communication": _communication(entered.value("member-language"), before),
    }
    if stored is not before:
        # What nobody says now was not taken back: another chart, another day.
        said = {name: value for name, value in said.items() if value}
    meta = stored.get("meta") or {}
    labels = {_key(one): one for one in (*objects(meta.get("security")), *labels_on(before))}
    return without_empty(
        {
            **kept,
            "resourceType": "Patient",
            "meta": without_empty({**meta, "security": list(labels.values())}),
            "identifier": identifiers,
            **said,
        }
    )


def labels_on(resource: Resource) -> list[Resource]:
    """The security labels of a resource: who may see it is restricted by them."""
    return objects((resource.get("meta") or {}).get("security"))


def _key(label: Resource) -> tuple[object, object]:
    return label.get("system"), label.get("code")


def own_identifier(patient: Resource) -> Resource | None:
    """What a member is known by to who keeps the chart; None: nothing."""
    known = [
        one for one in objects(patient.get("identifier")) if one.get("value") != cin_of(patient)
    ]
    return telling("Patient", known)


def _name(text: str, before: Resource) -> list[Resource]:
    if text == name_of(before):
        return objects(before.get("name"))
    *given, family = text.split()
    return [without_empty({"family": family, "given": given})]


def _telecom(phone: str, before: Resource) -> list[Resource]:
    known = objects(before.get("telecom"))
    if phone in [str(one.get("value")) for one in known]:
        return known
    others = [one for one in known if one.get("system") not in ("phone", "sms")]
    return [*([{"system": "phone", "value": phone}] if phone else []), *others]


def _address(text: str, before: Resource) -> list[Resource]:
    shown = [one.value for one in contacts(before) if one.kind.startswith("Address")]
    if text in shown:
        return objects(before.get("address"))
    return [{"text": text}] if text else []


def _communication(text: str, before: Resource) -> list[Resource]:
    if text and text in languages(before):
        return objects(before.get("communication"))
    return [{"language": {"text": text}, "preferred": True}] if text else []


def form_of(
    entered: Entered,
    populations: Sequence[tuple[str, str]],
    provider_name: str,
    today: date,
    base: str,
    *,
    labels: Sequence[Resource] = (),
) -> Resource:
    """What was entered as a QuestionnaireResponse, without subject, author and identifier.

    Args:
        entered: a form without faults.
        populations: codes and displays of those that were chosen.
        provider_name: of the preferred provider; empty: none.
        today: the member's local day.
        base: our canonical base.
        labels: on the member's own record, which the form repeats.
    """
    whole = questionnaire(FORM, base)
    values = {**entered.values, "member-cin": (entered.value("member-cin").upper(),)}
    if provider_name:
        values["preferred-organization"] = (provider_name,)
    given = {name: kept for name, one in values.items() if (kept := tuple(filter(None, one)))}
    held = [*labels, *labels_of(populations).get("security", ()), *_labels(entered)]
    return {
        "resourceType": "QuestionnaireResponse",
        "meta": without_empty(
            {
                "profile": [
                    canonicals(base).structure("ecm-referral-response"),
                    _US_CORE_FORM,
                ],
                "security": list({_key(one): one for one in held}.values()),
            }
        ),
        "questionnaire": f"{whole['url']}|{whole['version']}",
        "status": "completed",
        "authored": today.isoformat(),
        "item": response_items(given, entered.group, base),
    }


def _labels(entered: Entered) -> list[dict[str, str]]:
    """What a form bears that says something sensitive."""
    said = dict.fromkeys(_LABELS[code] for code in _LABELS if entered.value(code) == "yes")
    found = [{"system": ACT_CODE, "code": code, "display": words} for code, words in said]
    restricted = {"system": CONFIDENTIALITY, "code": "R", "display": "restricted"}
    return [restricted, *found] if found else []
