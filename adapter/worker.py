"""A process that answers calls: the application in it, and when it stops.

Everything with a connection, the store and the way to FHIR servers, is made here and not in the
process that was started, as a connection shared by two processes is broken.
"""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING

from adapter import clock, settings
from adapter.background import Background
from adapter.deployment import Registered
from adapter.errors import AdapterError
from adapter.operations.log import start_logging
from adapter.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_LOG = logging.getLogger(__name__)

#: How long a worker that was told to stop by somebody else waits for its parent to say the same.
_GRACE_SECONDS = 1.0
#: How long it waits for notifications and referrals that are on their way.
_BACKGROUND_SECONDS = 5.0


def worker_application(running: Settings, folder: Path, registered: Registered) -> WSGIApplication:
    """The application in a process that answers calls; a fault ends the process with one line."""
    background = Background()
    _leave_signals_to_the_parent(background)
    try:
        return application(running, folder, registered, background)
    except AdapterError as fault:
        # As when the store went away and a worker is started anew.
        _LOG.error("a worker cannot start: %s", fault)
        raise SystemExit(1) from None


def application(
    running: Settings, folder: Path, registered: Registered, background: Background
) -> WSGIApplication:
    """The web application with every part of this deployment.

    Args:
        running: settled settings (`adapter.deployment.settled`).
        folder: where the processes of this service share their metrics.
        registered: who may call.
        background: begun here, where the settings say so.
    """
    settings.share_metrics(folder)

    from adapter.app import cds_services, create_app
    from adapter.assembly import assemble, registered_partners
    from adapter.exchange_web import exchange_blueprints
    from adapter.fhir_api.organizations import register_organizations
    from adapter.host import AdapterHost
    from adapter.operations.endpoints import Endpoints
    from adapter.operations.metrics import Metrics
    from adapter.operations.watch import Watch
    from adapter.store import Store
    from adapter.store.access_tokens import AccessTokens
    from adapter.store.database import Database
    from adapter.workbench.blueprints import workbench
    from adapter.workbench.sign_in.deciding import visitors_of
    from adapter.workbench.site import Site

    metrics = Metrics(folder)
    start_logging(running.log, running.log_level, metrics.count_line)
    database = Database(running.store)
    store = Store(database, suppression_days=running.suppression_days)
    host = AdapterHost(
        running,
        clients=registered.clients,
        store=store,
        watch=Watch(metrics),
        now=clock.now,
    )
    partners = registered_partners(running)
    assembly = assemble(running, registered.clients, database, partners, background.wake)
    register_organizations(assembly.exchange, assembly.parties)
    exchange = exchange_blueprints(
        assembly,
        registered.clients,
        host,
        AccessTokens(database),
        now=clock.now,
        today=clock.today,
    )
    services = cds_services(running, clock.today)
    pages = workbench(
        Site(
            settings=running,
            assembly=assembly,
            services=services,
            host=host,
            clients=registered.clients,
            visitors=visitors_of(assembly, database, clock.now),
            now=clock.now,
            today=clock.today,
        )
    )
    app = create_app(settings=running, services=services, host=host, blueprints=(*exchange, *pages))
    if running.background:
        background.start(assembly.jobs())
    endpoints = Endpoints(
        metrics=metrics,
        token=running.metrics_token,
        is_open=running.development,
        checks={"store": store.ready, "policies": policies_in_force},
    )
    return endpoints.in_front_of(app)


def policies_in_force() -> bool:
    """Whether every plan has policies today; raises where one has not."""
    from eligibility.compiled import compiled_pack
    from eligibility.packs import plans

    for plan in plans():
        compiled_pack(plan, clock.today())
    return True


def _leave_signals_to_the_parent(background: Background) -> None:
    """Stop once, when the parent says so or is gone.

    A terminal sends Ctrl-C to every process, a supervisor SIGTERM. The parent hears it too and then
    stops its workers in order; Granian's worker hangs when it is told twice, and one that stops of
    itself counts as failed.
    """
    if not hasattr(signal, "sigtimedwait"):  # macOS
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        return
    # A copy of the parent's until Granian sets its own.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # In this thread and all that it starts.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    Thread(target=_wait_for_the_end, args=(os.getppid(), background), daemon=True).start()


def _wait_for_the_end(parent: int, background: Background) -> None:
    told = None
    while told is None and os.getppid() == parent:
        told = signal.sigtimedwait({signal.SIGTERM}, _GRACE_SECONDS)
    if told is not None and told.si_pid != parent:
        signal.sigtimedwait({signal.SIGTERM}, _GRACE_SECONDS)
    stop = signal.getsignal(signal.SIGTERM)
    if not callable(stop):
        os._exit(0)  # It has not begun to answer.
    # What is being sent is not sent again by whoever comes next.
    background.stop(_BACKGROUND_SECONDS)
    # Granian sets it a moment before it heeds it.
    sleep(0.05)
    stop(signal.SIGTERM, None)
