"""The exchange of one deployment, put together from its settings, registries and database.

The service, `ecm worker` and the commands that open the store themselves all use it, so that a
referral is judged alike whichever way it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from adapter import clock
from adapter.background import Job, Periodic
from adapter.deployment import FHIR_PATH
from adapter.errors import UnusableInput
from adapter.fhir_api.exchange import Exchange
from adapter.fhir_api.lookup import Surroundings
from adapter.fhir_api.rulings import Rules
from adapter.notifications.delivery import RestHook
from adapter.notifications.email import MailServer
from adapter.notifications.operations import Operations
from adapter.notifications.recording import Recording
from adapter.notifications.shipments import Sender
from adapter.notifications.subscribers import Subscribers, registered
from adapter.notifications.subscriptions import Subscriptions
from adapter.notifications.sweeping import Sweeping
from adapter.notifications.telling import Telling
from adapter.notifications.topics import topic_url, topics
from adapter.notifications.worker import Worker
from adapter.partners.attending import PartnerWork
from adapter.partners.here import Here, Servers
from adapter.partners.outbox import Outbox
from adapter.partners.partner import Partner
from adapter.partners.registry import Partners, read_partners
from adapter.referrals.choices import Choices
from adapter.security.clients import Clients
from adapter.security.viewers import Parties, Party, parties_of
from adapter.settings import Settings
from adapter.store.attempts import forget_attempts
from adapter.store.database import Database
from adapter.store.resources import ResourceStore
from adapter.store.search_pages import forget_pages
from adapter.store.sessions import forget_sessions
from adapter.store.transactions import milliseconds

#: Of partners' notifications, below the base of the service.
NOTIFICATIONS_PATH = "/notifications"

_SWEEP_SECONDS = 30.0
_FORGET_SECONDS = 3600.0


class Assembly(Struct, frozen=True, kw_only=True):
    """One deployment's exchange."""

    #: FHIR base URL as it is known outside, without a slash at the end.
    fhir_base: str
    store: ResourceStore
    exchange: Exchange
    parties: Parties
    partners: Partners
    subscribers: Subscribers
    recording: Recording
    operations: Operations
    here: Here
    settings: Settings

    def jobs(self) -> tuple[Job, ...]:
        """The work beside answering calls; any number of processes may do it."""
        channels: dict[str, Sender] = {"rest-hook": RestHook(self.settings.ca_file)}
        if self.settings.smtp_url:
            channels["email"] = MailServer(
                url=self.settings.smtp_url,
                sender=self.settings.mail_from,
                ca_file=self.settings.ca_file,
            )
        telling = Telling(self.store, self.subscribers, self.fhir_base, channels, _now)
        sweeping = Sweeping(
            store=self.store,
            recording=self.recording,
            overdue_topic=topic_url("ecm-referral-overdue", self.settings.canonical_base),
            now=_now,
        )
        jobs: list[Job] = [
            Worker(telling, _now),
            Periodic("due dates", _SWEEP_SECONDS, sweeping.tell_overdue),
            Periodic("old events", _FORGET_SECONDS, sweeping.forget),
            Periodic("old pages", _FORGET_SECONDS, self._forget_pages),
            Periodic("old sessions", _FORGET_SECONDS, self._forget_sessions),
        ]
        if len(self.partners):
            jobs.append(PartnerWork(self.here))
        return tuple(jobs)

    def _forget_pages(self) -> None:
        with self.store.unit() as unit:
            forget_pages(unit.connection, unit.now)

    def _forget_sessions(self) -> None:
        with self.store.unit() as unit:
            forget_sessions(unit.connection, unit.now)
            forget_attempts(unit.connection, unit.now)


def assemble(
    settings: Settings,
    clients: Clients | None,
    database: Database,
    partners: Partners,
    wake: Callable[[], None] = lambda: None,
) -> Assembly:
    """Put the exchange together.

    Args:
        settings: settled (`adapter.deployment.settled`).
        clients: who may call; None: development mode.
        database: open.
        partners: whom we call.
        wake: called when there is something to tell others, for jobs of this process.

    Raises:
        UnusableInput: a tenant of the settings is nobody's.
    """
    fhir_base = settings.public_base.rstrip("/") + FHIR_PATH
    store = ResourceStore(database)
    parties = parties_together(clients, partners)
    base = settings.canonical_base
    around = Surroundings(
        is_party=lambda tenant, party: parties.find(tenant, party) is not None,
        partner_of=lambda tenant, url: (
            one.organization if (one := partners.of_url(tenant, url)) is not None else None
        ),
        own_bases=_own_bases(settings, fhir_base),
        base=base,
        chosen=_chosen(settings, parties),
    )
    subscribers = registered((lambda: clients) if clients is not None else None, parties)
    known = topics(base)
    recording = Recording(topics=known, subscribers=subscribers, bases=around.own_bases)
    outbox = Outbox(partners, around)
    rules = Rules(
        Subscriptions(topics=known, subscribers=subscribers, has_mail=bool(settings.smtp_url)),
        outbox,
    )
    exchange = Exchange(store, around, rules, (recording.record, outbox.record), wake)
    return Assembly(
        fhir_base=fhir_base,
        store=store,
        exchange=exchange,
        parties=parties,
        partners=partners,
        subscribers=subscribers,
        recording=recording,
        operations=Operations(base=fhir_base),
        here=Here(
            exchange=exchange,
            store=store,
            around=around,
            partners=partners,
            servers=Servers(partners, ca_file=settings.ca_file),
            fhir_base=fhir_base,
            notifications=settings.public_base.rstrip("/") + NOTIFICATIONS_PATH,
            now=_now,
            wake=wake,
        ),
        settings=settings,
    )


def parties_together(clients: Clients | None, partners: Partners) -> Parties:
    """The organizations of registered clients (None: of development mode) and of partners."""
    return Parties([*parties_of(clients), *map(_party, partners)])


def registered_partners(settings: Settings) -> Partners:
    """The partners of the settings' file; without one, none.

    Raises:
        UnusableInput: it has a fault.
    """
    return read_partners(settings.partners) if settings.partners else Partners()


def _chosen(settings: Settings, parties: Parties) -> dict[str, Choices]:
    for tenant in settings.referral_choices:
        if tenant not in parties.tenants:
            known = ", ".join(sorted(parties.tenants))
            raise UnusableInput(
                f"referral_choices: there is no tenant {tenant!r}; there are {known}"
            )
    base = settings.canonical_base
    return {
        tenant: Choices(**msgspec.structs.asdict(one), base=base)
        for tenant, one in settings.referral_choices.items()
    }


def _party(partner: Partner) -> Party:
    return Party(
        tenant=partner.tenant,
        id=partner.organization,
        name=partner.name,
        covered=partner.covered_entity,
    )


def _own_bases(settings: Settings, fhir_base: str) -> tuple[str, ...]:
    """As others know it, and as programs on this machine do."""
    path = urlsplit(settings.public_base).path.rstrip("/")
    local = {
        f"http://{host}:{settings.port}{path}{FHIR_PATH}" for host in ("127.0.0.1", "localhost")
    }
    return (fhir_base, *sorted(local - {fhir_base}))


def _now(now: Callable[[], datetime] = clock.now) -> int:
    return milliseconds(now())
