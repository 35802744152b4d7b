"""The reasons of a population as a page shows them: records, filled by `traces`."""

from __future__ import annotations

from msgspec import Struct

from adapter.workbench.evaluate.reasons.entries import Entry


class Spoken(Struct, frozen=True, kw_only=True):
    """A resource beside the criteria it speaks for."""

    number: int
    reference: str
    #: The day it speaks of; empty: none.
    on: str
    #: None: it is not in the chart under that name.
    entry: Entry | None


class Reading(Struct, frozen=True, kw_only=True):
    """What was chosen where the text leaves room."""

    question: str
    choice: str
    effect: str


class Criterion(Struct, frozen=True, kw_only=True):
    """One criterion as it was weighed."""

    outcome: str
    #: Empty: the text has no sentence for these criteria together.
    rule: str
    #: How those below are joined; empty: none are.
    joins: str
    #: Where it is written; empty: where the text is.
    section: str
    window: str
    count: str
    reason: str
    #: Numbers and days of what speaks for or against it.
    evidence: tuple[tuple[int, str], ...]
    #: Further resources that are not shown.
    more: int
    #: What is missing: the question, and who can answer it.
    asks: tuple[tuple[str, str], ...]
    #: Further questions that are not shown.
    unasked: int
    notes: tuple[str, ...]
    readings: tuple[Reading, ...]
    criteria: tuple[Criterion, ...]
    #: Those below it that no longer matter: another way was enough, or another part failed.
    spare: tuple[Criterion, ...] = ()


class Text(Struct, frozen=True, kw_only=True):
    """One policy file's answer."""

    title: str
    policy: str
    version: str
    document: str
    section: str
    #: Where the document can be read; None: that is not known.
    url: str | None
    outcome: str
    possible: bool
    #: Why it does not apply to this member on this day; empty: it was weighed.
    reason: str
    provisional: str
    criterion: Criterion | None
    #: It is the state's, which binds a plan whose own text is narrower.
    binds: bool = False


class Trace(Struct, frozen=True, kw_only=True):
    """All reasons of one population or exclusion."""

    texts: tuple[Text, ...]
    spoken: tuple[Spoken, ...]
    #: Resources beyond those that are shown.
    more: int = 0
