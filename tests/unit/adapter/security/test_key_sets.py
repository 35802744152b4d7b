"""Fetched key sets: rotation, how often, what a hostile or failing server can do."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from adapter.security.client import Client
from adapter.security.key_sets import FETCH_SECONDS, KeySets
from adapter.security.keys import Key
from adapter.security.rules import Rule
from cds_hooks.errors import NotTrusted
from tests.unit.adapter.security.signing import (
    PATH,
    claims,
    client,
    header,
    jwks,
    signed,
    token,
    verifier,
)


class KeyServer:
    """Serves a key set on loopback and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = json.dumps(jwks("P-384")).encode()
        self.answers: Callable[[BaseHTTPRequestHandler], None] | None = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked += 1
                with suppress(OSError):
                    (server.answers or server.usual)(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/jwks"
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def usual(self, request: BaseHTTPRequestHandler) -> None:
        request.send_response(self.status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(self.body)))
        request.end_headers()
        request.wfile.write(self.body)

    def serve(self, *kinds: str) -> None:
        self.body = json.dumps(jwks(*kinds)).encode()

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def server() -> Iterator[KeyServer]:
    serving = KeyServer()
    yield serving
    serving.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registered(server: KeyServer) -> Client:
    return client(jwks=None, jwks_url=server.url, allow_private_addresses=True)


@pytest.fixture
def keys(registered: Client, clock: Clock) -> Iterator[KeySets]:
    sets = KeySets([registered], clock)
    yield sets
    sets.close()


def has(keys: KeySets, registered: Client, kid: str = "P-384") -> bool:
    return isinstance(keys.find(registered, kid), Key)


@pytest.mark.requirement("cds-hooks_2.0@197")
def test_keys_are_fetched_when_first_needed_and_kept(
    keys: KeySets, registered: Client, server: KeyServer
):
    """One request for any number of tokens."""
    assert server.asked == 0
    assert all(has(keys, registered) for _ in range(100))
    assert server.asked == 1


@pytest.mark.parametrize(
    ("cache_control", "kept"),
    (
        ("", 300),
        ("max-age=600", 600),
        ("public, Max-Age = 90", 90),
        ("max-age=1", 60),
        ("max-age=0", 60),
        ("no-store", 60),
        ("no-cache, max-age=900", 60),
        ("max-age=86400", 3600),
        ("s-maxage=7200", 300),
        ("max-age=-1", 300),
        ("max-age=nonsense", 300),
    ),
)
def test_a_set_is_kept_as_long_as_its_server_says_within_bounds(
    keys: KeySets,
    registered: Client,
    server: KeyServer,
    clock: Clock,
    cache_control: str,
    kept: int,
):
    """Between a minute and an hour; asked again one second after, not one before."""
    server.headers = {"Cache-Control": cache_control}
    assert has(keys, registered)
    clock.seconds += kept - 1
    assert has(keys, registered)
    assert server.asked == 1
    clock.seconds += 1
    assert has(keys, registered)
    assert server.asked == 2


def test_a_new_key_is_found_and_a_withdrawn_one_forgotten(
    keys: KeySets, registered: Client, server: KeyServer, clock: Clock
):
    """Rotation: the set is read again for an unknown `kid`, at most once a minute."""
    assert has(keys, registered)
    server.serve("rsa")
    clock.seconds += 59
    assert not has(keys, registered, "rsa")
    clock.seconds += 1
    assert has(keys, registered, "rsa")
    assert keys.find(registered, "P-384") is Rule.UNKNOWN_KEY
    assert server.asked == 2


def test_ten_thousand_random_ids_cost_one_request(
    keys: KeySets, registered: Client, server: KeyServer, clock: Clock
):
    """In a minute, however many threads send them."""
    assert has(keys, registered)
    clock.seconds += 60

    def flood(thread: int) -> int:
        return sum(has(keys, registered, f"{thread}-{one}") for one in range(1250))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(flood, range(8))) == 0
    assert server.asked == 2


def test_threads_that_come_together_wait_for_one_fetch(
    keys: KeySets, registered: Client, server: KeyServer
):
    """At the first call, as after a restart: none is refused for coming second."""

    def slowly(request: BaseHTTPRequestHandler) -> None:
        time.sleep(0.2)
        server.usual(request)

    server.answers = slowly
    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(lambda _: has(keys, registered), range(16)))
    assert server.asked == 1


def test_a_known_key_does_not_wait_while_the_set_is_renewed(
    keys: KeySets, registered: Client, server: KeyServer, clock: Clock
):
    """One call renews; the others go on with the key there is."""
    assert has(keys, registered)
    clock.seconds += 300

    answered_meanwhile = Event()

    def slowly(request: BaseHTTPRequestHandler) -> None:
        assert answered_meanwhile.wait(2)
        server.usual(request)

    server.answers = slowly
    with ThreadPoolExecutor(1) as one:
        renewing = one.submit(has, keys, registered)
        while server.asked < 2:
            time.sleep(0.001)
        assert has(keys, registered)
        assert not renewing.done()
        answered_meanwhile.set()
        assert renewing.result()


@pytest.mark.parametrize(
    "answer",
    (
        (500, b"{}", {}),
        (404, b"", {}),
        (200, b"<html>maintenance</html>", {}),
        (200, b"{}", {}),
        (204, b"", {}),
        (302, b"", {"Location": "{url}"}),
    ),
)
def test_a_server_that_fails_does_not_take_the_keys_away(
    keys: KeySets,
    registered: Client,
    server: KeyServer,
    clock: Clock,
    answer: tuple[int, bytes, dict[str, str]],
    caplog: pytest.LogCaptureFixture,
):
    """The last good set is used for a day, and asked for again each minute; then no more."""
    assert has(keys, registered)
    server.status, server.body, headers = answer
    server.headers = {name: value.format(url=server.url) for name, value in headers.items()}
    clock.seconds += 300
    for _ in range(5):
        assert has(keys, registered)
    assert server.asked == 2
    assert len(caplog.records) == 1
    assert server.url not in caplog.text
    clock.seconds += 24 * 3600
    assert keys.find(registered, "P-384") is Rule.NO_KEYS


def test_a_client_without_keys_yet_is_tried_again_sooner(
    keys: KeySets, registered: Client, server: KeyServer, clock: Clock
):
    """Ten seconds, as all its calls are refused meanwhile."""
    server.status = 503
    assert keys.find(registered, "P-384") is Rule.NO_KEYS
    server.status = 200
    clock.seconds += 9
    assert keys.find(registered, "P-384") is Rule.NO_KEYS
    clock.seconds += 1
    assert has(keys, registered)


def test_a_redirect_is_not_followed(keys: KeySets, registered: Client, server: KeyServer):
    """Not even to a good key set."""
    elsewhere = KeyServer()
    try:
        server.status, server.headers = 302, {"Location": elsewhere.url}
        assert keys.find(registered, "P-384") is Rule.NO_KEYS
        assert elsewhere.asked == 0
    finally:
        elsewhere.close()


def test_fifty_megabytes_are_not_read(keys: KeySets, registered: Client, server: KeyServer):
    """A key set has a few kilobytes; reading ends soon after 256."""
    sent = 0

    def much(request: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        request.send_response(200)
        request.send_header("Content-Length", str(50 * 2**20))
        request.end_headers()
        for _ in range(50 * 16):
            request.wfile.write(b" " * 2**16)
            sent += 2**16

    server.answers = much
    assert keys.find(registered, "P-384") is Rule.NO_KEYS
    assert sent < 20 * 2**20


def test_a_server_that_trickles_is_left(
    keys: KeySets, registered: Client, server: KeyServer, monkeypatch: pytest.MonkeyPatch
):
    """After three seconds in all, here half of one, however many small pieces come."""
    assert FETCH_SECONDS == 3
    monkeypatch.setattr("adapter.security.key_sets.FETCH_SECONDS", 0.5)

    def trickle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        for _ in range(60):
            request.wfile.write(b" ")
            time.sleep(0.1)

    server.answers = trickle
    began = time.monotonic()
    assert keys.find(registered, "P-384") is Rule.NO_KEYS
    assert 0.4 < time.monotonic() - began < 4


def test_private_addresses_are_not_called_unless_registered_so(server: KeyServer):
    """A key set on loopback or in the service's own network is a mistake, or worse."""
    outside = client(jwks=None, jwks_url=server.url)
    sets = KeySets([outside])
    assert sets.find(outside, "P-384") is Rule.NO_KEYS
    assert server.asked == 0
    sets.close()


@pytest.mark.requirement("cds-hooks_2.0@185")
@pytest.mark.requirement("cds-hooks_2.0@186")
@pytest.mark.requirement("cds-hooks_2.0@195")
def test_the_url_in_a_token_is_compared_and_never_called(server: KeyServer):
    """`jku` must be the registered URL, to the character; the registered one is what is called."""
    attacker = KeyServer()
    attacker.serve("P-384/attacker")
    asked = verifier(client(jwks=None, jwks_url=server.url, allow_private_addresses=True))
    try:
        for jku in (
            attacker.url,
            f"{server.url}/",
            f"{server.url}?",
            f"{server.url}.evil.example",
            server.url.replace("127.0.0.1", "localhost"),
            server.url.replace("http", "https"),
            server.url.upper(),
            "",
        ):
            for kind in ("P-384", "P-384/attacker"):
                with pytest.raises(NotTrusted):
                    asked.verify(f"Bearer {signed(header(kind, jku=jku), claims(), kind)}", PATH)
        assert (server.asked, attacker.asked) == (0, 0)
        good = signed(header("P-384", jku=server.url), claims(), "P-384")
        assert asked.verify(f"Bearer {good}", PATH).id == "valley"
        assert asked.verify(f"Bearer {token()}", PATH).id == "valley"
    finally:
        attacker.close()


def test_a_client_can_be_made_to_name_its_url(server: KeyServer):
    """`jku_required`, as later versions of CDS Hooks recommend it."""
    asked = verifier(
        client(jwks=None, jwks_url=server.url, allow_private_addresses=True, jku_required=True)
    )
    with pytest.raises(NotTrusted):
        asked.verify(f"Bearer {token()}", PATH)
    good = signed(header("P-384", jku=server.url), claims(), "P-384")
    assert asked.verify(f"Bearer {good}", PATH).id == "valley"


@pytest.mark.requirement("cds-hooks_2.0@199")
def test_registered_keys_are_never_fetched():
    """Keys agreed on beforehand need no URL."""
    registered = client()
    sets = KeySets([registered])
    assert isinstance(sets.find(registered, "rsa"), Key)
    assert sets.find(registered, "nobody") is Rule.UNKNOWN_KEY
    sets.close()


def test_unusable_keys_of_a_fetched_set_are_told_to_the_operator(
    keys: KeySets, registered: Client, server: KeyServer, caplog: pytest.LogCaptureFixture
):
    """By client and place, when the set is read."""
    server.body = json.dumps(
        {"keys": [{"kty": "oct", "kid": "s"}, *jwks("P-384")["keys"]]}
    ).encode()
    caplog.set_level(logging.WARNING)
    assert has(keys, registered)
    assert has(keys, registered)
    (line,) = caplog.messages
    assert line.startswith("the key set of client valley, keys[0]: ")
