"""What needs somebody: subscriptions that failed, partners that do not answer, what was given up.

Pure: instants are milliseconds, and come in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from msgspec import Struct

from adapter.notifications.requeueing import Standing
from adapter.partners.standing import PartnerStanding

Kind = Literal["bad", "waiting"]


class Attention(Struct, frozen=True, kw_only=True):
    """Something to look at."""

    #: bad: nothing happens until somebody acts. waiting: it is being tried.
    kind: Kind
    title: str
    says: str
    #: Endpoint of the page that tells more, and its arguments.
    endpoint: str
    arguments: dict[str, str]


def of_subscriptions(
    standings: Iterable[Standing], name: Callable[[Standing], str], moment: Callable[[int], str]
) -> Iterator[Attention]:
    """Of subscriptions, what does not go by itself.

    Args:
        standings: of the subscriptions one may see.
        name: whose a subscription is.
        moment: an instant in words.
    """
    for one in standings:
        row, so_far = one.subscribed, one.so_far
        told = {"endpoint": "subscription", "arguments": {"id": row.id}}
        whose = f"Subscription of {name(one)}"
        waits = f"{_counted(one.waiting, 'event')} wait" if one.waiting else "no event waits"
        if row.status == "error":
            says = f"{so_far.error or 'It could not be told'}; {waits}. It is asked for anew by "
            says += "its client, or requeued here once its endpoint works."
            yield Attention(kind="bad", title=f"{whose} failed", says=_sentence(says), **told)
        if so_far.dead and row.status != "off":
            says = f"{_counted(so_far.dead, 'event')} refused for good. Requeue once the cause is "
            says += "mended."
            yield Attention(kind="bad", title=f"{whose}: dead letters", says=says, **told)
        if row.status == "active" and so_far.failures:
            says = f"{so_far.error or 'No answer'}; {waits}, tried again {moment(so_far.next_at)}."
            title = f"{whose} does not get through"
            yield Attention(kind="waiting", title=title, says=_sentence(says), **told)
        if row.status == "requested" and so_far.failures:
            title = f"{whose} waits for its handshake"
            says = f"{so_far.error or 'No answer'}; tried again {moment(so_far.next_at)}."
            yield Attention(kind="waiting", title=title, says=_sentence(says), **told)


def of_partners(
    standings: Iterable[PartnerStanding], moment: Callable[[int], str]
) -> Iterator[Attention]:
    """Of partners, what does not go by itself."""
    for one in standings:
        told = {"endpoint": "partners", "arguments": {"_anchor": f"partner-{one.partner.id}"}}
        if one.dead:
            says = f"{_counted(one.dead, 'thing')} given up after days of trying, or refused. Each "
            says += "says why; take them up again once that is mended."
            title = f"{one.partner.name}: given up"
            yield Attention(kind="bad", title=title, says=says, **told)
        if one.line.fault:
            last = moment(one.line.answered_at) if one.line.answered_at else "never"
            says = f"{one.line.fault}; last answered {last}, next try {moment(one.line.next_at)}."
            title = f"{one.partner.name} does not answer"
            yield Attention(kind="waiting", title=title, says=_sentence(says), **told)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
