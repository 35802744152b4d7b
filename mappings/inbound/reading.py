"""The reading of one member: what the mappers share and what they have found so far.

Mappers never raise. What cannot be read is left out, with an `Issue` that names the resource and
the element, and its source is no longer complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Raw
from msgspec.json import Decoder

from eligibility.dates import Days, Span
from eligibility.facts import Answer, CoverageSpan, Enrolment, Issue, Screening, Sign, Source, Visit
from mappings.inbound.dates import Unreadable, hull, read_moment
from mappings.inbound.decoding import Read, decode_all, unreadable
from mappings.inbound.elements import ABSENT, AnyResource, Period, Reference, present
from mappings.inbound.envelopes import UNREADABLE
from mappings.inbound.references import Directory
from mappings.inbound.resources import SOURCES, Resource, Resources
from profiles.canonicals import Canonicals

R = TypeVar("R", bound=AnyResource)
T = TypeVar("T")

PERIOD = Decoder(Period)


class Reading:
    """What is read of one member.

    The lists and dicts are filled by the mappers, one after another.
    """

    def __init__(
        self,
        resources: Resources,
        member: str,
        patients: Directory[AnyResource],
        canonical: Canonicals,
    ) -> None:
        self.resources = resources
        #: Our own canonical URLs, as this deployment spells them.
        self.canonical = canonical
        self.member = member
        #: Where the member lives; None leaves days as they are written.
        self.zone: ZoneInfo | None = None
        self.issues: list[Issue] = list(resources.issues)
        self.incomplete: set[Source] = set(resources.incomplete)
        self.answers: dict[str, list[Answer]] = {}
        self.signs: dict[str, list[Sign]] = {}
        self.screenings: dict[str, list[Screening]] = {}
        self.enrolments: dict[str, list[Enrolment]] = {}
        self.visits: list[Visit] = []
        self.coverages: list[CoverageSpan] = []
        #: How many resources are about another of the patients given.
        self.about_others = 0
        self._patients = patients
        self._mine: set[str] = set()  # references found to mean the member
        self._others: dict[str, bool] = {}  # … somebody else; whether that patient was given

    # --- decoding ---

    def decode(self, type: str, decoder: Decoder[R], *sources: Source) -> list[Read[R]]:
        """The resources of a type; one that cannot be read makes `sources` incomplete."""
        read, complete = decode_all(self.resources.of(type), decoder, self.issues)
        if not complete:
            self.incomplete.update(sources)
        return read

    def part(
        self, raw: Raw, decoder: Decoder[T], resource: Resource, element: str, *sources: Source
    ) -> T | None:
        """An element that was kept undecoded; None: absent or not readable (an issue)."""
        if not present(raw):
            return None
        try:
            return decoder.decode(raw)
        except UNREADABLE as error:
            self.issues.append(unreadable(resource, f"{resource.type}.{element}", error))
            self.incomplete.update(sources)
            return None

    # --- issues ---

    def tell(
        self,
        severity: Literal["error", "warning", "information"],
        code: str,
        details: str,
        resource: str,
        expression: str,
    ) -> None:
        """Adds an issue; `details` says why it matters and what was done, without patient data."""
        self.issues.append(
            Issue(
                severity=severity,
                code=code,
                details=details,
                resource=resource,
                expression=expression,
            )
        )

    # --- whom it is about ---

    def of_member(self, read: Iterable[Read[R]], element: str) -> Iterator[Read[R]]:
        """Those that are about the member, as the reference in `element` says.

        For the others, and those that do not say, an issue tells. Without a subject a resource is
        the member's if nobody else's data was given.
        """
        subject_of = attrgetter(element)
        mine = self._mine
        for pair in read:
            subject = subject_of(pair[1])
            if (subject is not None and subject.reference in mine) or self._concerns_member(
                subject, pair[0], pair[1].id, element
            ):
                yield pair

    def _concerns_member(
        self, subject: Reference | None, resource: Resource, id: str | None, element: str
    ) -> bool:
        if subject is None or not (subject.reference or subject.identifier):
            return self._unattributed(resource, id, element)
        text = subject.reference
        given = self._others.get(text) if text else None
        if given is None:
            found = self._patients.find(subject)
            if found is not None and found.name == self.member:
                if text:
                    self._mine.add(text)
                return True
            given = found is not None
            if text:
                self._others[text] = given
        if given:
            self.about_others += 1
        else:
            self.tell(
                "warning",
                "other-patient",
                "is about somebody else than the member and was left out",
                resource.called(id),
                f"{resource.type}.{element}",
            )
        return False

    def _unattributed(self, resource: Resource, id: str | None, element: str) -> bool:
        alone = len(self._patients) == 1
        if not alone:
            self.incomplete |= SOURCES
        done = "read as the member's" if alone else "left out, since several patients were given"
        self.tell(
            "information" if alone else "warning",
            "no-subject",
            f"does not say whom it is about; it was {done}",
            resource.called(id),
            f"{resource.type}.{element}",
        )
        return alone

    def is_in_error(self, status: str | None, name: str, expression: str) -> bool:
        """Whether a resource was entered in error; if so, an issue says that it is left out."""
        if status != "entered-in-error":
            return False
        details = "was entered in error and is left out"
        self.tell("warning", "entered-in-error", details, name, expression)
        return True

    # --- time ---

    def moment(
        self, text: str | None, name: str, expression: str
    ) -> tuple[Days | None, datetime | None]:
        """The days and, where it is one with a zone, the instant; unreadable ones are an issue."""
        if text is None:
            return None, None
        try:
            return read_moment(text, self.zone)
        except Unreadable:
            details = "is not a date or time of FHIR and a calendar; read as if it were not there"
            self.tell("warning", "unreadable-date", details, name, expression)
            return None, None

    def days(self, text: str | None, name: str, expression: str) -> Days | None:
        """The days a date or time covers; None: absent or unreadable (an issue)."""
        return None if text is None else self.moment(text, name, expression)[0]

    def when(
        self, date_time: str | None, period: Raw, resource: Resource, name: str, element: str
    ) -> Days | None:
        """When something was that is given as a time or as a period: all the days it covers."""
        if date_time is not None:
            return self.days(date_time, name, f"{resource.type}.{element}")
        if period is ABSENT:
            return None
        stated = self.part(period, PERIOD, resource, element)
        span = self.span(stated, name, f"{resource.type}.{element}")
        return hull(span.start, span.end)

    def span(self, period: Period | None, name: str, expression: str) -> Span:
        """The days of a period; an absent one is open at both ends."""
        if period is None:
            return Span()
        return Span(
            self.days(period.start, name, f"{expression}.start"),
            self.days(period.end, name, f"{expression}.end"),
        )

    # --- facts ---

    def add_sign(self, sign: Sign) -> None:
        """Adds coded data that stands for a concept."""
        self.signs.setdefault(sign.concept, []).append(sign)

    def add_answer(self, answer: Answer) -> None:
        """Adds an answer to an attestation question."""
        self.answers.setdefault(answer.code, []).append(answer)

    def add_screening(self, screening: Screening) -> None:
        """Adds an answer to a question of a screening instrument."""
        self.screenings.setdefault(screening.question, []).append(screening)

    def add_enrolment(self, enrolment: Enrolment) -> None:
        """Adds a period in a programme."""
        self.enrolments.setdefault(enrolment.program, []).append(enrolment)
