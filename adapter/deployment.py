"""What has to come together before the service may listen: the rules across settings.

A service that asks nobody who they are answers on loopback only. One that does needs its clients,
a store that survives a restart (a token is taken once), and, off this machine, the URL that its
clients' tokens name.
"""

from __future__ import annotations

import logging
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from adapter.errors import AdapterError, UnusableInput
from adapter.setting_values import is_loopback
from adapter.settings import Settings

if TYPE_CHECKING:
    from adapter.security.clients import Clients

_LOG = logging.getLogger(__name__)

#: Of the FHIR endpoint, below the base of the service.
FHIR_PATH = "/fhir"

DEVELOPMENT_MODE = (
    "DEVELOPMENT MODE: whoever reaches this address from this machine may call, unsigned. "
    "Register clients with --clients to serve anybody else."
)


def refusal(settings: Settings) -> str | None:
    """Why the service must not run with these settings and what to do; None: it may."""
    local = is_loopback(settings.host)
    if settings.development:
        if settings.sign_in is not None:
            return (
                "REFUSED: people who sign in work for registered organizations, and without "
                "registered clients nobody is asked who they are; name a file of clients with "
                "--clients, or leave --sign-in out"
            )
        if not local:
            return (
                f"REFUSED: --host {settings.host} would let other machines in, and without "
                "registered clients nobody is asked who they are; name a file of clients with "
                "--clients, or use --host 127.0.0.1 and reach it from this machine only"
            )
        return None
    if not settings.store:
        return (
            "REFUSED: registered clients need a store that remembers which tokens were used; "
            "name one with --store, for example sqlite:////var/lib/ecm/ecm.sqlite"
        )
    if not local and not settings.public_base:
        return (
            f"REFUSED: --host {settings.host} serves other machines, whose tokens name the URL "
            "they call; say what it is with --public-base, for example https://ecm.example.org"
        )
    if not local and settings.sign_in is not None and settings.public_base.startswith("http:"):
        return (
            f"REFUSED: --host {settings.host} serves other machines, and {settings.public_base} "
            "would send passwords in clear; put a proxy with TLS in front and name its https "
            "address with --public-base, or use --host 127.0.0.1"
        )
    return None


def settled(settings: Settings, folder: Path) -> Settings:
    """The settings with what is only known when the service starts: port, URL and store.

    Args:
        settings: as read.
        folder: lives as long as the service; the temporary store of development mode is there.

    Raises:
        UnusableInput: the service must not run so, or the port is taken.
    """
    if (reason := refusal(settings)) is not None:
        raise UnusableInput(reason)
    port = free_port(settings.host, settings.port)
    return msgspec.structs.replace(
        settings,
        port=port,
        public_base=settings.public_base or url_of(settings.host, port),
        store=settings.store or f"sqlite:///{folder / 'ecm.sqlite'}",
    )


def free_port(host: str, port: int) -> int:
    """The port, or for 0 one that is free.

    Raises:
        UnusableInput: somebody has it, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Granian shares ports between processes, so a taken port would not be noticed there.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise UnusableInput(
                f"port {port} of {host} cannot be had ({fault.strerror}); "
                "stop what holds it, or choose another with --port"
            ) from None
        return int(probe.getsockname()[1])


def url_of(host: str, port: int) -> str:
    """The base URL of an address."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Registered:
    """The registered clients as they were last read without a fault.

    Raises:
        AdapterError: the file has a fault when it is read for the first time.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        #: None: development mode.
        self.clients = self._read()

    def read_again(self) -> None:
        """Read the file again. Where it has a fault now, the log says so and nothing changes."""
        try:
            self.clients = self._read()
        except AdapterError as fault:
            _LOG.error("the clients stay as they were: %s", fault)
        else:
            _LOG.info("the clients were read again")

    def _read(self) -> Clients | None:
        if self._file is None:
            return None
        from adapter.security.clients import read_clients

        return read_clients(self._file)
