"""What became of the cards shown: how many were accepted, overridden or left alone, and why.

A card counts once, however often feedback on it came: accepted when one of its suggestions was ever
taken, otherwise overridden when it was set aside, otherwise without feedback. Ignoring a card is no
feedback and is not an override (CDS Hooks 2.0, Feedback).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby, product
from operator import attrgetter
from typing import Literal, cast

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, text

from cds_hooks.cards.overrides import meaning

#: What a report can be broken down by.
Dimension = Literal["service", "population", "client", "reason"]

#: An override that said no reason, and a card that named no population.
NOT_GIVEN, NO_POPULATION = "not given", "none"

_LISTS = msgspec.json.Decoder(tuple[str, ...])
_PAIRS = msgspec.json.Decoder(tuple[tuple[str, str], ...])

_SHOWN = text(
    "SELECT service, client, populations, count(*) AS many FROM card"
    " WHERE shown_at >= :since AND shown_at < :until GROUP BY service, client, populations"
)
_ANSWERED = text(
    "SELECT card.service, card.client, card.populations, card.uuid, feedback.outcome,"
    " feedback.reasons FROM card JOIN feedback"
    " ON feedback.client = card.client AND feedback.card = card.uuid"
    " WHERE shown_at >= :since AND shown_at < :until ORDER BY card.client, card.uuid"
)
_UNKNOWN = text(
    "SELECT count(*) FROM feedback WHERE received_at >= :since AND received_at < :until"
    " AND NOT EXISTS (SELECT 1 FROM card"
    " WHERE card.client = feedback.client AND card.uuid = feedback.card)"
)


_COMMENTS = text(
    "SELECT feedback.service, feedback.client, feedback.outcome, feedback.reasons,"
    " feedback_comment.received_at, feedback_comment.text FROM feedback_comment JOIN feedback"
    " ON feedback.feedback = feedback_comment.feedback"
    " WHERE feedback_comment.received_at >= :since AND feedback_comment.received_at < :until"
    " ORDER BY feedback_comment.received_at, feedback.card"
)


class Comment(Struct, frozen=True, kw_only=True):
    """What a person wrote about a card. It may name the patient."""

    #: When it came, in UTC.
    at: datetime
    #: The service it was sent to.
    service: str
    client: str
    outcome: Literal["accepted", "overridden"]
    #: As in `Cards`.
    reasons: tuple[str, ...]
    text: str


class Cards(Struct, frozen=True, kw_only=True):
    """Cards that are alike in all that a report can tell apart, counted."""

    service: str
    client: str
    populations: tuple[str, ...]
    #: None: no feedback came.
    outcome: Literal["accepted", "overridden"] | None
    #: Of overridden cards: our codes, others as `system|code`; empty: none given.
    reasons: tuple[str, ...] = ()
    many: int

    def values(self, dimension: Dimension) -> tuple[str, ...]:
        """What these cards are in one dimension; only overridden cards have a reason."""
        if dimension == "service":
            return (self.service,)
        if dimension == "client":
            return (self.client,)
        if dimension == "population":
            return self.populations or (NO_POPULATION,)
        return (self.reasons or (NOT_GIVEN,)) if self.outcome == "overridden" else ()


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One line of a report. In one about a reason, what no reason can have is None."""

    #: What the line is about: a value for each dimension asked for; empty: all cards.
    of: dict[str, str] = {}
    #: About a reason: all cards that are alike in the other dimensions.
    shown: int
    accepted: int | None = None
    overridden: int
    no_feedback: int | None = None
    #: Shares of `shown`, from 0 to 1, to four places.
    acceptance_rate: float | None = None
    override_rate: float


class Report(Struct, frozen=True, kw_only=True):
    """What became of the cards that were shown in a stretch of time, whenever feedback came."""

    cards: tuple[Cards, ...]
    #: Feedback that came then on cards that are not known, such as those of another service.
    unknown_cards: int

    def total(self) -> Line | None:
        """All cards; None: none were shown."""
        return next(iter(self.lines(())), None)

    def lines(self, by: Sequence[Dimension]) -> tuple[Line, ...]:
        """A line for each combination that occurs, the most shown first.

        A card of several populations counts for each of them, and one overridden for several
        reasons for each of those, so such lines may add up to more than all cards.
        """
        groups = self._grouped(by)
        wider = self._grouped([one for one in by if one != "reason"])
        lines = [
            _line(
                dict(zip(by, key, strict=True)),
                group,
                wider[tuple(one for name, one in zip(by, key, strict=True) if name != "reason")],
            )
            for key, group in groups.items()
        ]
        return tuple(sorted(lines, key=lambda one: (-one.shown, -one.overridden, *one.of.values())))

    def _grouped(self, by: Sequence[Dimension]) -> dict[tuple[str, ...], list[Cards]]:
        groups: dict[tuple[str, ...], list[Cards]] = {}
        for cards in self.cards:
            for key in product(*(cards.values(dimension) for dimension in by)):
                groups.setdefault(key, []).append(cards)
        return groups


def _line(of: dict[str, str], group: Sequence[Cards], wider: Sequence[Cards]) -> Line:
    shown = sum(one.many for one in wider)
    many = Counter[str | None]()
    for one in group:
        many[one.outcome] += one.many
    about_reason = "reason" in of
    return Line(
        of=of,
        shown=shown,
        accepted=None if about_reason else many["accepted"],
        overridden=many["overridden"],
        no_feedback=None if about_reason else many[None],
        acceptance_rate=None if about_reason else round(many["accepted"] / shown, 4),
        override_rate=round(many["overridden"] / shown, 4),
    )


def read_comments(connection: Connection, since: datetime, until: datetime) -> tuple[Comment, ...]:
    """The comments that came from one instant on and before another, the oldest first."""
    rows = connection.execute(_COMMENTS, _period(since, until))
    return tuple(
        Comment(
            at=datetime.fromtimestamp(row.received_at, UTC),
            service=row.service,
            client=row.client,
            outcome=row.outcome,
            reasons=_reasons([row.reasons]),
            text=row.text,
        )
        for row in rows
    )


def read_report(connection: Connection, since: datetime, until: datetime) -> Report:
    """The cards shown from one instant on and before another, with all feedback there is."""
    period = _period(since, until)
    #: Service, client, populations as stored, outcome, reasons.
    counted: Counter[tuple[str, str, str, str | None, tuple[str, ...]]] = Counter()
    for row in connection.execute(_SHOWN, period):
        counted[row.service, row.client, row.populations, None, ()] = row.many
    answered = connection.execute(_ANSWERED, period)
    for _, rows in groupby(answered, key=attrgetter("client", "uuid")):
        card = list(rows)
        group = (card[0].service, card[0].client, card[0].populations)
        accepted = any(one.outcome == "accepted" for one in card)
        reasons = () if accepted else _reasons(one.reasons for one in card)
        counted[*group, "accepted" if accepted else "overridden", reasons] += 1
        counted[*group, None, ()] -= 1
    return Report(
        cards=tuple(
            Cards(
                service=service,
                client=client,
                populations=_LISTS.decode(populations),
                outcome=cast(Literal["accepted", "overridden"] | None, outcome),
                reasons=reasons,
                many=many,
            )
            for (service, client, populations, outcome, reasons), many in counted.items()
            if many > 0
        ),
        unknown_cards=connection.execute(_UNKNOWN, period).scalar_one(),
    )


def _period(since: datetime, until: datetime) -> dict[str, int]:
    return {"since": int(since.timestamp()), "until": int(until.timestamp())}


def _reasons(stored: Iterable[str]) -> tuple[str, ...]:
    """Every reason given, once."""
    pairs = {tuple(pair) for one in stored for pair in _PAIRS.decode(one)}
    return tuple(sorted({meaning(*pair) or "|".join(pair) for pair in pairs}))
