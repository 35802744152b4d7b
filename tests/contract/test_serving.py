"""Starting and stopping: `ecm serve`, `ecm demo`, `ecm samples`."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from pathlib import Path
from time import monotonic, sleep

import pytest

from adapter import clock
from tests.contract.calls import a_call
from tests.contract.conftest import COMMAND, Service, start, start_service, stop
from tests.unit.adapter.security.signing import BASE, PATH, claims, clients_file, header, signed


def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*COMMAND, *arguments), input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield str(other.getsockname()[1])


@pytest.mark.parametrize("sent", (signal.SIGTERM, signal.SIGINT))
def test_the_service_stops_cleanly_when_told_to(sent: signal.Signals):
    """Exit code 0, nothing printed, the log says when, the port is free again."""
    running = start_service()
    running.process.send_signal(sent)
    printed, _ = running.process.communicate(timeout=20)
    assert (running.process.returncode, printed) == (0, "")
    assert [line["event"] for line in running.logged()] == ["start", "stop"]
    running.log.unlink()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", running.port))


@pytest.mark.parametrize("sent", (signal.SIGTERM, signal.SIGINT))
def test_a_signal_to_all_its_processes_stops_it_at_once(sent: signal.Signals):
    """As a terminal sends Ctrl-C and a supervisor ends a service."""
    running = start_service("--workers", "2")
    os.killpg(running.process.pid, sent)
    printed, _ = running.process.communicate(timeout=5)
    assert (running.process.returncode, printed) == (0, "")
    running.log.unlink()


# S104: the test is that it is refused.
@pytest.mark.parametrize("host", ("0.0.0.0", "::", "192.0.2.1", "10.0.0.1"))  # noqa: S104
def test_other_machines_are_not_let_in(host: str, refused: Callable[..., str]):
    """Without registered clients nobody is asked who they are: loopback only."""
    said = refused("serve", "--host", host)
    assert "REFUSED" in said
    assert "--clients" in said
    assert "--host 127.0.0.1" in said


def test_a_host_that_is_no_address_is_refused(refused: Callable[..., str]):
    """A name could resolve to anything."""
    said = refused("serve", "--host", "ehr.example.org")
    assert "--host: not an IP address; use 127.0.0.1" in said


@pytest.mark.parametrize("command", (("serve",), ("demo", "--once")))
def test_a_taken_port_is_told_in_one_line(
    command: tuple[str, ...], taken: str, refused: Callable[..., str]
):
    """Which port, and what to do."""
    said = refused(*command, "--port", taken)
    assert f"port {taken}" in said
    assert "--port" in said


def test_two_services_cannot_share_a_port(service: Service, refused: Callable[..., str]):
    """The second says so instead of taking half of the calls."""
    assert f"port {service.port}" in refused("serve", "--port", str(service.port))


@pytest.mark.parametrize("port", ("-1", "65536", "http", ""))
def test_a_port_that_is_none_is_refused(port: str, refused: Callable[..., str]):
    """Exit code 2, one line."""
    assert "--port" in refused("serve", f"--port={port}")


def test_the_demonstration_shows_the_card_of_a_real_call():
    """Summary, detail, indicator, and the address to open."""
    shown = run("demo", "--once", "--port", "0")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "May qualify for Enhanced Care Management (ECM): criteria are met" in shown.stdout
    assert "card · info" in shown.stdout
    assert "section VI.A.4.c.1" in shown.stdout.replace("\n", " ")
    assert "/cds-services/ecm-patient-view: 200 in" in shown.stdout
    assert "Open http://127.0.0.1:" in shown.stdout


def test_the_demonstration_keeps_serving_until_stopped():
    """The address it names can be opened; SIGTERM ends it and leaves nothing running.

    Of a patient for whom there is nothing to do it shows the silence.
    """
    running = start("demo", "--port", "0", "--sample", "nothing-to-say")
    assert running.stdout is not None
    port, shown = 0, ""
    for line in running.stdout:
        shown += line
        if line.startswith("Open http://127.0.0.1:"):
            port = int(line.split("/ in")[0].rpartition(":")[2])
        if "Ctrl-C" in line:
            break
    assert "No card" in shown
    assert Service(port, running).get("/").status == 200
    running.send_signal(signal.SIGTERM)
    printed, _ = running.communicate(timeout=20)
    assert (running.returncode, printed) == (0, "Stopping.\n")
    with pytest.raises(OSError, match="refused"):
        Service(port, running).get("/")


@pytest.mark.parametrize("command", (("samples", "nobody"), ("demo", "--sample", "nobody")))
def test_an_unknown_sample_is_told(command: tuple[str, ...], refused: Callable[..., str]):
    """Exit code 2, and where the list is."""
    assert "ecm samples" in refused(*command)


def test_samples_are_listed():
    """`ecm samples` and `ecm demo --list` give the same list."""
    listed = run("samples")
    assert listed.returncode == 0
    assert "five-emergency-visits" in listed.stdout.splitlines()[0]
    assert run("demo", "--list").stdout == listed.stdout


def test_a_sample_can_be_piped_into_evaluate():
    """`ecm samples ID | ecm evaluate -`."""
    bundle = run("samples", "five-emergency-visits")
    assert json.loads(bundle.stdout)["resourceType"] == "Bundle"
    found = run("evaluate", "-", "--format", "json", stdin=bundle.stdout)
    assert json.loads(found.stdout)["status"] == "eligible"


def test_a_sample_fits_the_day_asked_for():
    """Its dates move with `--as-of`."""
    bundle = json.loads(run("samples", "five-emergency-visits", "--as-of", "2031-07-01").stdout)
    assert bundle["timestamp"].startswith("2031-07-01")


CLIENT = 'id = "{0}"\ntenant = "{0}"\nissuer = "https://{0}.example.org"\njwks_file = "keys.json"\n'


def status_for(service: Service, client: str, jti: str) -> int:
    """What a signed call of that client with an empty body is answered: 400 once it is trusted."""
    at = int(clock.now().timestamp())
    body = claims(iss=f"https://{client}.example.org", iat=at, exp=at + 60, jti=jti)
    sent = {"Content-Type": "application/json", "Authorization": f"Bearer {signed(header(), body)}"}
    return service.request("POST", PATH, b"{}", sent).status


def test_clients_are_read_again_on_sighup(tmp_path: Path):
    """A client is added without a call of another being lost."""
    file = clients_file(tmp_path, CLIENT.format("one"))
    running = start_service(
        *("--clients", str(file), "--store", f"sqlite:///{tmp_path / 'ecm.sqlite'}"),
        *("--public-base", BASE),
    )
    numbers = (str(number) for number in count())
    try:
        assert status_for(running, "one", next(numbers)) == 400
        assert status_for(running, "two", next(numbers)) == 401
        clients_file(tmp_path, CLIENT.format("one"), CLIENT.format("two"))
        old = running.workers()
        running.process.send_signal(signal.SIGHUP)
        until = monotonic() + 20
        while old & running.workers() and monotonic() < until:
            assert status_for(running, "one", next(numbers)) == 400
        assert status_for(running, "two", next(numbers)) == 400
    finally:
        stop(running)


def test_a_call_under_way_is_answered_before_the_service_stops(
    template: dict[str, str], today: date
):
    """SIGTERM comes while half of its body has been sent."""
    body = json.dumps(a_call("five-emergency-visits", today, template)).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    running = start_service()
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as client:
        client.sendall(head.encode() + body[:1000])
        sleep(0.2)
        running.process.send_signal(signal.SIGTERM)
        sleep(0.2)
        client.sendall(body[1000:])
        assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
    assert running.process.wait(timeout=20) == 0
    stop(running)
