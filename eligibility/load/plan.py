"""Reads `plan.yaml`, what holds for a plan as a whole, and `documents.yaml`, the texts cited."""

from __future__ import annotations

from pathlib import PurePosixPath

from eligibility.load.dated import CITED, cited, in_force, interpretation
from eligibility.load.exclusions import plan_of_folder
from eligibility.load.reader import Item
from eligibility.load.reading import Reading
from eligibility.model import (
    OVERLAYS,
    POPULATIONS,
    DiscretionaryReview,
    Document,
    PlanInfo,
)


def plan_info(reading: Reading, item: Item, place: PurePosixPath) -> PlanInfo | None:
    """The plan in `item`; None when the file has faults."""
    fields = reading.fields(
        item,
        "the plan",
        ("plan", "title"),
        ("discretionary_review", "overlays", "open_questions", "interpretations"),
    )
    for each in reading.items(fields.get("overlays"), "overlays"):
        reading.word(each, "overlay", OVERLAYS)
    chosen = [
        interpretation(reading, each)
        for each in reading.items(fields.get("interpretations"), "interpretations")
    ]
    info = PlanInfo(
        id=plan_of_folder(reading, fields.get("plan"), "plan", place),
        title=reading.text(fields.get("title"), "title"),
        discretionary_review=_review(reading, fields.get("discretionary_review")),
        overlays=reading.texts(fields.get("overlays"), "overlays"),
        open_questions=reading.texts(fields.get("open_questions"), "open_questions"),
        interpretations={each.id: each for each in chosen},
        file=str(place),
    )
    return None if reading.faults else info


def _review(reading: Reading, item: Item | None) -> DiscretionaryReview | None:
    if item is None:
        return None
    fields = reading.fields(
        item, "discretionary_review", ("populations", "rule"), ("in_force", *CITED)
    )
    given = fields.get("populations")
    every = given is not None and given.content == "all"
    for each in () if every else reading.items(given, "populations"):
        reading.word(each, "population", POPULATIONS)
    return DiscretionaryReview(
        populations=None if every else reading.texts(given, "populations"),
        rule=reading.text(fields.get("rule"), "rule"),
        source=cited(reading, item, fields, "discretionary_review"),
        in_force=in_force(reading, fields.get("in_force"), lambda _: ()),
    )


def documents(reading: Reading, item: Item) -> dict[str, Document]:
    """The texts policies cite, by key; those with faults are left out."""
    if not isinstance(item.content, dict):
        reading.wrong_type(item, "the file", "documents by key", "write `key: {title, …}`")
        return {}
    return {key: _document(reading, key, each) for key, each in item.content.items()}


def _document(reading: Reading, key: str, item: Item) -> Document:
    what = f"document {key!r}"
    fields = reading.fields(item, what, ("title", "publisher", "date", "status"), ("url", "note"))
    status = reading.word(fields.get("status"), "status", ("primary", "provisional"))
    return Document(
        key=key,
        title=reading.text(fields.get("title"), "title"),
        publisher=reading.text(fields.get("publisher"), "publisher"),
        date=reading.text(fields.get("date"), "date"),
        status="primary" if status == "primary" else "provisional",
        url=reading.optional_text(fields.get("url"), "url"),
        note=reading.optional_text(fields.get("note"), "note"),
    )
