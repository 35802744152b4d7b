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
        for kind, title, says in _of_subscription(one, name(one), moment):
            yield Attention(
                kind=kind,
                title=title,
                says=says[:1].upper() + says[1:],
                endpoint="subscription",
                arguments={"id": one.subscribed.id},
            )


def of_partners(
    standings: Iterable[PartnerStanding], moment: Callable[[int], str]
) -> Iterator[Attention]:
    """Of partners, what does not go by itself."""
    for one in standings:
        for kind, title, says in _of_partner(one, moment):
            yield Attention(
                kind=kind,
                title=title,
                says=says[:1].upper() + says[1:],
                endpoint="partners",
                arguments={"_anchor": f"partner-{one.partner.id}"},
            )


_Told = tuple[Kind, str, str]


def _of_subscription(one: Standing, name: str, moment: Callable[[int], str]) -> Iterator[_Told]:
    status, so_far = one.subscribed.status, one.so_far
    whose = f"Subscription of {name} at {one.subscribed.origin}"
    waits = f"{_counted(one.waiting, 'event')} waiting"
    dead = f"{_counted(so_far.dead, 'event')} refused for good"
    again = f"tried again {moment(so_far.next_at)}."
    if status == "error":
        waits += f", {dead}" if so_far.dead else ""
        says = f"{so_far.error or 'it could not be told'}; {waits}. Its client asks for it anew, "
        yield "bad", f"{whose} failed", f"{says}or you requeue it once its endpoint works."
    elif so_far.dead and status != "off":
        says = f"{dead}. Requeue once the cause is mended."
        yield "bad", f"{whose} has dead letters", says
    if status in ("active", "requested") and so_far.failures:
        held = "does not get through" if status == "active" else "waits for its handshake"
        yield "waiting", f"{whose} {held}", f"{so_far.error or 'no answer'}; {waits}, {again}"


def _of_partner(one: PartnerStanding, moment: Callable[[int], str]) -> Iterator[_Told]:
    line, name = one.line, one.partner.name
    if one.dead:
        says = f"{_counted(one.dead, 'message')} given up after days of trying, or refused. Each "
        yield (
            "bad",
            f"{name}: given up",
            f"{says}says why; have them tried again once it is mended.",
        )
    if line.fault:
        last = moment(line.answered_at) if line.answered_at else "never"
        says = f"{line.fault}; last answered {last}, next try {moment(line.next_at)}."
        yield "waiting", f"{name} does not answer", says


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
