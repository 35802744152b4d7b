"""Searches as Bundles: both ways of asking, pages, compartments, summaries; histories."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contract.conftest import Answer
from tests.contract.fhir.bundles import condition
from tests.contract.fhir.conftest import Fhir, identified, patient, told

FORM = "application/x-www-form-urlencoded"


def links(answer: Answer) -> dict[str, str]:
    assert answer.status == 200, answer.body
    return {one["relation"]: one["url"] for one in answer.json["link"]}


def follow(fhir: Fhir, url: str, **headers: str) -> Answer:
    """A link as a client follows it: it has to stand on the base the client used."""
    assert url.startswith(fhir.base), url
    return fhir.service.request("GET", url[len(fhir.base) - len("/fhir") :], headers=headers)


def everything(fhir: Fhir, answer: Answer, most: int = 100) -> list[dict[str, Any]]:
    """The entries of a page and all that follow, as far as they are wanted."""
    entries: list[dict[str, Any]] = []
    for _ in range(50):
        entries += answer.json.get("entry", [])
        if "next" not in links(answer) or len(entries) >= most:
            return entries[:most]
        answer = follow(fhir, links(answer)["next"])
    pytest.fail("the pages do not end")


def test_get_and_post_search_alike(fhir: Fhir):
    """The same matches; self says what was searched, and passed-over parameters are not in it."""
    made = fhir.create(patient("Alike", gender="male"))
    get = fhir.get("Patient", "family=Alike&gender=male&nope=1&_count=5")
    post = fhir("POST", "Patient/_search", b"family=Alike&nope=1&_count=5", "gender=male",
                Content_Type=FORM)  # fmt: skip
    for answer in (get, post):
        assert answer.json["type"] == "searchset"
        assert answer.json["total"] == 1
        (entry,) = answer.json["entry"]
        assert entry == {
            "fullUrl": f"{fhir.base}/Patient/{made['id']}",
            "resource": made,
            "search": {"mode": "match"},
        }
        url = urlsplit(links(answer)["self"])
        asked = {"family": ["Alike"], "gender": ["male"], "_count": ["5"]}
        assert (url.path, parse_qs(url.query)) == ("/fhir/Patient", asked)


def test_strict_handling_refuses_what_is_not_known(fhir: Fhir):
    """400 and the name; lenient passes over it."""
    strict = fhir.get("Patient", {"nope": "1"}, Prefer="handling=strict")
    told(strict, 400, "not-supported", "no search parameter nope")
    assert fhir.get("Patient", {"nope": "1"}, Prefer="handling=lenient").status == 200


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    ((b"{}", "application/fhir+json", 415), ("family=é".encode(), FORM, 400), (b"", FORM, 200)),
)
def test_a_search_by_post_is_a_form(fhir: Fhir, body: bytes, media_type: str, status: int):
    """415 for anything else."""
    assert fhir("POST", "Patient/_search", body, Content_Type=media_type).status == status


def test_pages_hold_everything_once(fhir: Fhir):
    """Seven in pages of three, whatever is added meanwhile; a link shows nothing of the search."""
    family = "Paged-Canary"
    ids = [fhir.create(patient(family))["id"] for _ in range(7)]
    first = fhir.get("Patient", {"family": family, "_count": "3", "_sort": "_id"})
    assert first.json["total"] == 7
    assert family not in links(first)["next"]
    found = [one["resource"]["id"] for one in everything(fhir, first)]
    assert found == sorted(ids)
    second = follow(fhir, links(first)["next"])
    assert links(second)["self"] == links(first)["next"]


def test_links_stand_on_the_base_the_client_used(fhir: Fhir):
    """By the name it called, as some clients follow no other."""
    for _ in range(2):
        fhir.create(patient("Base"))
    answer = fhir.get("Patient", {"family": "Base", "_count": "1"}, Host="localhost:1")
    for url in (*links(answer).values(), answer.json["entry"][0]["fullUrl"]):
        assert url.startswith("http://localhost:1/fhir/Patient")
    created = fhir("POST", "Patient", patient("Base"), Host="localhost:1")
    assert created.headers["location"].startswith("http://localhost:1/fhir/Patient/")


def test_the_form_that_was_asked_for_goes_on_with_the_pages(fhir: Fhir):
    """A client that asked for XML in the address gets it on the next page."""
    for _ in range(2):
        fhir.create(patient("FormPage"))
    first = fhir.get("Patient", {"family": "FormPage", "_count": "1", "_format": "json"})
    assert "_format=json" in links(first)["next"]
    assert follow(fhir, links(first)["next"], Accept="text/html").status == 200


def test_a_page_that_is_not_kept_is_gone(fhir: Fhir):
    """410, also for the token of another search."""
    for _ in range(2):
        fhir.create(patient("GonePage"))
    told(fhir.get("Patient", {"_page": "x" * 43}), 410, "expired")
    token = links(fhir.get("Patient", {"family": "GonePage", "_count": "1"}))["next"]
    query = urlsplit(token).query
    told(fhir.get("Task", query), 410, "expired")
    told(fhir.get("", query), 410, "expired")


def test_included_resources_are_marked(fhir: Fhir):
    """Matches first, then what came along, each once."""
    subject = fhir.create(patient("Included"))["id"]
    for _ in range(2):
        fhir.create(condition(f"Patient/{subject}"))
    query = {"subject": f"Patient/{subject}", "_include": "Condition:subject"}
    modes = [one["search"]["mode"] for one in fhir.get("Condition", query).json["entry"]]
    assert modes == ["match", "match", "include"]
    back = {"_id": subject, "_revinclude": "Condition:subject"}
    modes = [one["search"]["mode"] for one in fhir.get("Patient", back).json["entry"]]
    assert modes == ["match", "include", "include"]


def test_the_compartment_of_a_patient(fhir: Fhir):
    """One type of it, all of it, by GET and POST."""
    here, there = (fhir.create(patient("Compartment"))["id"] for _ in range(2))
    made = [fhir.create(condition(f"Patient/{one}"))["id"] for one in (here, there)]
    place = f"Patient/{here}/Condition"
    assert [one["id"] for one in fhir.found(place)] == [made[0]]
    assert [one["id"] for one in fhir.found(place, {"code:text": "c"})] == [made[0]]
    assert fhir.found(f"Patient/{here}/Task") == []
    posted = fhir("POST", f"{place}/_search", b"_count=5", Content_Type=FORM)
    assert posted.json["total"] == 1
    assert links(posted)["self"] == f"{fhir.base}/{place}?_count=5"
    assert [one["id"] for one in fhir.found(f"Patient/{here}/*")] == [made[0]]
    told(fhir.get(f"Patient/{here}/Organization"), 404, "not-supported", "no such compartment")
    told(fhir.get("Organization/1/Task"), 404, "not-supported", "no such compartment")


def test_several_types_at_once(fhir: Fhir):
    """Page after page, type after type; parameters that all types have."""
    tag = {"meta": {"tag": [{"system": "urn:test", "code": "several-types"}]}}
    for number in range(3):
        fhir.create(patient(f"Several{number}") | tag)
        fhir.create(identified("Organization", f"types-{number}", name="x") | tag)
    query = {"_type": "Patient,Organization", "_tag": "urn:test|several-types"}
    for count in ("1", "2", "3", "4", "10"):
        entries = everything(fhir, fhir.get("", {**query, "_count": count}))
        types = [one["resource"]["resourceType"] for one in entries]
        assert types == ["Organization"] * 3 + ["Patient"] * 3
    assert fhir.get("", {**query, "_summary": "count"}).json["total"] == 6
    assert len(fhir.found("", {"_tag": "urn:test|several-types"})) == 6
    form = b"_type=Patient&_tag=urn:test|several-types"
    posted = fhir("POST", "_search", form, Content_Type=FORM)
    assert len(posted.json["entry"]) == 3
    told(fhir.get("", {"_type": "Nope"}), 400, "not-supported", "_type")


def test_summaries_and_elements_are_marked_as_parts(fhir: Fhir):
    """SUBSETTED, beside the tags there are; what no resource may lack stays."""
    made = fhir.create(
        patient("Parts", gender="male", contact=[{"name": {"text": "c"}}], birthDate="1980",
                meta={"tag": [{"system": "urn:test", "code": "kept"}]})
    )  # fmt: skip
    for params, shown in (
        ({"_summary": "true"}, {"name", "gender", "birthDate"}),
        ({"_summary": "data"}, {"name", "gender", "birthDate", "contact"}),
        ({"_summary": "text"}, set[str]()),
        ({"_elements": "gender,birthDate"}, {"gender", "birthDate"}),
        ({"_elements": "gender, name"}, {"gender", "name"}),
    ):
        for part in (
            fhir.get(f"Patient/{made['id']}", params).json,
            fhir.found("Patient", {"family": "Parts", **params})[0],
        ):
            assert part.keys() - {"resourceType", "id", "meta"} == shown, params
            assert [one["code"] for one in part["meta"]["tag"]] == ["kept", "SUBSETTED"]
    whole = fhir.get(f"Patient/{made['id']}", {"_summary": "false"}).json
    assert whole == made
    counted = fhir.get("Patient", {"family": "Parts", "_summary": "count"}).json
    assert (counted["total"], "entry" in counted) == (1, False)
    told(fhir.get(f"Patient/{made['id']}", {"_summary": "some"}), 400, "value")


def test_mandatory_elements_and_choices_stay(fhir: Fhir):
    """An Observation without status is none; value names valueString."""
    made = fhir.create(
        {"resourceType": "Observation", "status": "final", "code": {"text": "c"},
         "valueString": "v", "note": [{"text": "n"}]}
    )  # fmt: skip
    part = fhir.get(f"Observation/{made['id']}", {"_elements": "value"}).json
    assert part.keys() == {"resourceType", "id", "meta", "status", "code", "valueString"}


def test_histories_are_read_in_pages(fhir: Fhir):
    """Of a resource, a type and all; the newest first; _since is the earliest instant."""
    id = fhir.create(patient("History0"))["id"]
    place = f"Patient/{id}"
    for number in range(1, 5):
        fhir("PUT", place, patient(f"History{number}", id=id))
    entries = []
    for path in (place, "Patient", ""):
        where = f"{path}/_history".lstrip("/")
        entries = everything(fhir, fhir.get(where, {"_count": "2"}), 5)
        versions = [one["resource"]["meta"]["versionId"] for one in entries]
        assert versions == ["5", "4", "3", "2", "1"]
    last = entries[0]
    assert last["fullUrl"] == f"{fhir.base}/{place}"
    assert last["request"] == {"method": "PUT", "url": place}
    assert last["response"]["etag"] == 'W/"5"'
    since = entries[2]["resource"]["meta"]["lastUpdated"]
    entries = fhir.get(f"{place}/_history", {"_since": since}).json["entry"]
    assert [one["resource"]["meta"]["versionId"] for one in entries] == ["5", "4", "3"]
    assert (
        fhir.get(f"{place}/_history", {"_since": "2999-01-01T00:00:00Z"}).json.get("entry") is None
    )


@pytest.mark.parametrize(
    "params",
    ({"_since": "then"}, {"_count": "-1"}, {"_count": "x"}, {"_page": "%%%"}, {"_page": "AA"}),
)
def test_histories_refuse_what_they_cannot_read(fhir: Fhir, params: dict[str, str]):
    """400."""
    told(fhir.get("Patient/_history", params), 400, "value")
