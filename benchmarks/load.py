"""A load generator: so many connections kept open, the next request sent once an answer is read.

One thread over raw sockets, as it shares the machine with what it measures: a request costs it some
50 µs. Times are told per request, from the first byte sent to the last one read.
"""

from __future__ import annotations

import gc
import re
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import perf_counter

from msgspec import Struct

CONNECTIONS = 8

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_READ = 256 * 1024
_GIVE_UP_SECONDS = 30


class Load(Struct, frozen=True):
    """What came of one round."""

    #: Of each request that was answered, in the order of the answers.
    latencies: tuple[float, ...]
    #: From the first request to the last answer.
    seconds: float

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds


class _Connection:
    """One request after another."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._left = memoryview(b"")
        self._got = b""
        self._wanted = 0
        self.started = 0.0

    def send(self, request: bytes) -> None:
        """Begin a request."""
        self._got, self._wanted = b"", 0
        self._left = memoryview(request)
        self.started = perf_counter()
        self.send_more()

    def send_more(self) -> None:
        """Send what fits of what is left."""
        if self._left:
            with suppress(BlockingIOError):
                self._left = self._left[self.socket.send(self._left) :]

    def receive(self) -> bool:
        """Read what there is; whether the answer is whole. One that is no success is an error."""
        got = self.socket.recv(_READ)
        self._got += got
        if not self._wanted and (end := self._got.find(b"\r\n\r\n")) > 0:
            length = _LENGTH.search(self._got, 0, end)
            if not self._got.startswith(b"HTTP/1.1 20") or length is None:
                raise RuntimeError(f"an answer that was not expected: {self._got[:1500]!r}")
            self._wanted = end + 4 + int(length[1])
        if not got:
            raise RuntimeError("the service closed the connection")
        return bool(self._wanted) and len(self._got) >= self._wanted

    @property
    def body(self) -> bytes:
        """Of an answer that is whole."""
        return self._got.partition(b"\r\n\r\n")[2]


def load(
    port: int,
    requests: Iterator[bytes],
    *,
    seconds: float,
    answered: Callable[[bytes], object] | None = None,
) -> Load:
    """Send requests for so long, or until there are no more.

    Args:
        port: of 127.0.0.1.
        requests: whole ones, with their heads.
        seconds: after which no request is begun any more.
        answered: gets the body of every answer.
    """
    connections = {}
    poll = select.epoll()
    for _ in range(CONNECTIONS):
        one = _Connection(port)
        connections[one.socket.fileno()] = one
        poll.register(one.socket, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
    gc.disable()
    try:
        return _run(poll, connections, requests, seconds, answered)
    finally:
        gc.enable()
        poll.close()
        for one in connections.values():
            one.socket.close()


def _run(
    poll: select.epoll,
    connections: dict[int, _Connection],
    requests: Iterator[bytes],
    seconds: float,
    answered: Callable[[bytes], object] | None,
) -> Load:
    latencies: list[float] = []
    began = now = perf_counter()
    waiting = 0
    for one in connections.values():
        if (request := next(requests, None)) is not None:
            one.send(request)
            waiting += 1
    while waiting:
        ready = poll.poll(_GIVE_UP_SECONDS)
        if not ready:
            raise RuntimeError(f"no answer within {_GIVE_UP_SECONDS} seconds")
        for descriptor, what in ready:
            one = connections[descriptor]
            if what & select.EPOLLOUT:
                one.send_more()
            if not what & select.EPOLLIN or not one.receive():
                continue
            now = perf_counter()
            latencies.append(now - one.started)
            waiting -= 1
            if answered is not None:
                answered(one.body)
            if now - began < seconds and (request := next(requests, None)) is not None:
                one.send(request)
                waiting += 1
    return Load(tuple(latencies), now - began)
