"""QuestionnaireResponse → answers of the referral form, and social screenings of other forms.

Input contract, section 2 (QuestionnaireResponse): in the referral form `linkId` is the attestation
code. In PRAPARE, AHC-HRSN and the Hunger Vital Sign it ends in the LOINC code of the question
(`/93042-0/71802-3`), or `definition` does.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Raw
from msgspec.json import Decoder

from mappings.inbound.answers import Given, Said, Valued, add_answer, given
from mappings.inbound.elements import ABSENT, AnyResource, Element, Reference
from mappings.inbound.encounter import Encounter
from mappings.inbound.reading import Reading
from mappings.inbound.references import Directory
from mappings.inbound.requirement import DataRequirement
from mappings.inbound.resources import Resource
from mappings.inbound.screening import add_screening
from profiles.codes import attestations
from profiles.questionnaires import questions as form
from profiles.screenings import questions

REQUIREMENTS = (
    DataRequirement(
        key="forms",
        resource_type="QuestionnaireResponse",
        elements=("questionnaire", "status", "subject", "encounter", "authored", "item"),
        search="QuestionnaireResponse?patient={{context.patientId}}&_sort=-authored&_count=100",
        sources=("screenings",),
    ),
)

#: Asks who refers whom, too, which is no attestation.
_REFERRAL = "ecm-referral"
_DONE = frozenset({"completed", "amended"})


class _Answer(Valued):
    item: list[_Item] | None = None


class _Item(Element):
    link_id: str | None = None
    definition: str | None = None
    answer: list[_Answer] | None = None
    item: list[_Item] | None = None


class QuestionnaireResponse(AnyResource):
    """`QuestionnaireResponse`, as far as it is read."""

    questionnaire: str | None = None
    status: str | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    authored: str | None = None
    item: Raw = ABSENT


_RESPONSE = Decoder(QuestionnaireResponse)
_ITEMS = Decoder(list[_Item])


def read_questionnaire_responses(reading: Reading, encounters: Directory[Encounter]) -> None:
    """Adds the answers and screenings."""
    read = reading.decode("QuestionnaireResponse", _RESPONSE, "screenings")
    for resource, response in reading.of_member(read, "subject"):
        name = resource.called(response.id)
        if not _is_done(reading, response, name):
            continue
        on = reading.days(response.authored, name, "QuestionnaireResponse.authored")
        encounter = encounters.name(response.encounter)
        items = reading.part(response.item, _ITEMS, resource, "item", "screenings")
        is_referral = _form(response) == reading.canonical.referral_questionnaire
        for item, path in _answered(items or [], "item"):
            said = Said(
                ref=name,
                expression=f"QuestionnaireResponse.{path}.answer.value",
                on=on,
                encounter=encounter,
            )
            _read_item(reading, resource, item, said, is_referral=is_referral)


def _form(response: QuestionnaireResponse) -> str:
    """The questionnaire without its version."""
    return (response.questionnaire or "").partition("|")[0]


def _is_done(reading: Reading, response: QuestionnaireResponse, name: str) -> bool:
    if response.status in _DONE:
        return True
    status = "QuestionnaireResponse.status"
    if not reading.is_in_error(response.status, name, status):
        details = "is not stated to be completed and is left out"
        reading.tell("warning", "unfinished", details, name, status)
    return False


def _answered(items: list[_Item], path: str) -> Iterator[tuple[_Item, str]]:
    """Every item with an answer, groups and follow-up questions included, and its FHIRPath."""
    for index, item in enumerate(items):
        own = f"{path}[{index}]"
        if item.answer:
            yield item, own
            for number, each in enumerate(item.answer):
                yield from _answered(each.item or [], f"{own}.answer[{number}].item")
        yield from _answered(item.item or [], f"{own}.item")


def _read_item(
    reading: Reading, resource: Resource, item: _Item, said: Said, *, is_referral: bool
) -> None:
    element = said.expression.removeprefix("QuestionnaireResponse.")
    if is_referral:
        if item.link_id in attestations() or item.link_id not in form(_REFERRAL):
            for answer in item.answer or ():
                value = given(answer, reading, resource, element)
                add_answer(item.link_id or "", value, said, reading)
        return
    question = _question(item)
    if question is not None:
        values: list[Given] = [
            given(answer, reading, resource, element) for answer in item.answer or ()
        ]
        add_screening(question, values, said, reading)


def _question(item: _Item) -> str | None:
    """The LOINC code of the screening question, if it is one we know."""
    for stated in (item.link_id, item.definition):
        code = (stated or "").rpartition("/")[2].partition("|")[0]
        if code in questions():
            return code
    return None
