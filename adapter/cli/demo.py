"""`ecm demo`, which is `make run`: start the service, call it once as an EHR would, show the card.

The service runs in a process of its own and the call goes over HTTP, so that what is shown is what
a client gets. Afterwards it keeps serving, so that its pages can be opened.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from time import monotonic, perf_counter, sleep
from typing import Any, NoReturn

import msgspec

from adapter import clock, settings
from adapter.cli import samples as samples_command
from adapter.cli.serve import add_port, serve
from adapter.deployment import free_port, url_of
from adapter.errors import UnusableInput
from adapter.samples import SHOWCASE, Sample, hook_request, sample

#: How long the service may take to answer for the first time.
_START_SECONDS = 30.0

_SERVICE = "/cds-services/ecm-patient-view"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "demo",
        help="start the service, call it with an invented patient, show the card",
        description="Starts the service on this machine, calls it as an EHR would when somebody "
        "opens a chart, shows the card, and keeps serving until Ctrl-C.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--sample", metavar="ID", default=SHOWCASE, help="which patient; default: %(default)s"
    )
    parser.add_argument("--list", action="store_true", help="list the sample patients and stop")
    parser.add_argument("--once", action="store_true", help="stop after the call")
    add_port(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if options.list:
        samples_command.print_list()
        return 0
    patient = sample(options.sample, clock.today())
    # Whatever is set for a real service on this machine has no say here.
    wanted = settings.read({"port": options.port, "log": "off"}, environment={}).settings
    host, port = wanted.host, free_port(wanted.host, wanted.port)
    with _service(msgspec.structs.replace(wanted, port=port)) as process:
        _wait_until_ready(host, port, process)
        _show(patient, host, port)
        if options.once:
            return 0
        print("The service keeps running; Ctrl-C stops it.", flush=True)
        process.join()
    return process.exitcode or 0


@contextmanager
def _service(running: settings.Settings) -> Iterator[multiprocessing.process.BaseProcess]:
    """The service in a process of its own, stopped in the end whatever happens."""

    def stop(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    process = multiprocessing.get_context("spawn").Process(target=serve, args=(running,))
    before = signal.signal(signal.SIGTERM, stop)
    process.start()
    try:
        yield process
    except KeyboardInterrupt:
        print("Stopping.", flush=True)
    finally:
        if process.is_alive():
            process.terminate()
        process.join()
        signal.signal(signal.SIGTERM, before)


def _wait_until_ready(host: str, port: int, process: multiprocessing.process.BaseProcess) -> None:
    until = monotonic() + _START_SECONDS
    while monotonic() < until and process.is_alive():
        try:
            _request("GET", host, port, "/healthz")
            return
        except OSError:
            sleep(0.05)
    raise UnusableInput("the service did not start; `ecm serve` shows why")


def _show(patient: Sample, host: str, port: int) -> None:
    from rich.console import Console

    from adapter.cli.cards_shown import print_cards

    console = Console(highlight=False)
    url = url_of(host, port)
    _, discovery = _request("GET", host, port, "/cds-services")
    service = next(one for one in discovery["services"] if _SERVICE.endswith(one["id"]))
    call = hook_request(patient, service["prefetch"], hook_instance=_HOOK_INSTANCE)
    started = perf_counter()
    status, answer = _request("POST", host, port, _SERVICE, call)
    took = (perf_counter() - started) * 1000
    console.print(f"[bold]{patient.title}[/bold] (invented). {patient.story}")
    console.print(f"POST {url}{_SERVICE}: {status} in {took:.0f} ms", style="dim")
    print_cards(console, answer)
    console.print(
        f"\nOpen [bold]{url}/[/bold] in a browser: drop a FHIR file there, refer, "
        "follow the referral."
    )


_HOOK_INSTANCE = "9d3c2b6e-7f10-4b8e-9a55-0c5b8f1d2e30"


def _request(
    method: str, host: str, port: int, path: str, body: object = None
) -> tuple[int, dict[str, Any]]:
    connection = HTTPConnection(host, port, timeout=30)
    try:
        sent = json.dumps(body) if body is not None else None
        connection.request(method, path, sent, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        return response.status, answer
    finally:
        connection.close()
