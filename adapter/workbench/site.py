"""What the pages of a deployment are made from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from msgspec import Struct

from adapter.assembly import Assembly
from adapter.security.clients import Clients
from adapter.settings import Settings
from adapter.workbench.visiting import Visitors
from cds_hooks.host import Host
from cds_hooks.services import Services


class Site(Struct, frozen=True, kw_only=True):
    """A deployment, as its pages know it."""

    settings: Settings
    #: The exchange: store, parties, partners, subscriptions.
    assembly: Assembly
    #: The CDS services of this deployment.
    services: Services
    host: Host
    #: Who may call; None: development mode, and so the sandbox.
    clients: Clients | None
    visitors: Visitors
    now: Callable[[], datetime]
    #: The member's local day.
    today: Callable[[], date]
