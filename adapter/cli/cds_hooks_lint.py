"""`ecm cds-hooks lint`: every fault of a service's discovery, with its rule and remedy."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from adapter.cds_client.discovery import discovery_faults
from adapter.cli.cards_shown import printable
from adapter.cli.cds_hooks_call import ADVICE
from adapter.cli.cds_service_arguments import service_of
from adapter.errors import UnusableInput


def run(options: argparse.Namespace) -> int:
    """Print the faults to standard error. 0: there is none; 2: there are, as for policies."""
    discovery = _discovery(options)
    faults = discovery_faults(discovery)
    for fault in faults:
        print(printable(str(fault)), file=sys.stderr)
    services = discovery.get("services") if isinstance(discovery, dict) else None
    count = len(services) if isinstance(services, list) else 0
    print(f"{_counted(count, 'service')}, {_counted(len(faults), 'fault')}")
    return 2 if faults else 0


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _discovery(options: argparse.Namespace) -> Any:
    if not options.source.startswith(("http://", "https://")):
        try:
            return msgspec.json.decode(Path(options.source).read_bytes())
        except OSError as error:
            raise UnusableInput(
                f"{options.source}: {error.strerror}; give a saved discovery, or a URL with http://"
            ) from None
        except (ValueError, RecursionError):
            raise UnusableInput(
                f"{options.source} is no JSON file; give a saved discovery, or a URL with http://"
            ) from None
    service, _ = service_of(options, options.source)
    reply = service.discover()
    if reply.status != 200 or reply.body is None:
        raise UnusableInput(
            f"{reply.url} answered {reply.status} and no discovery; "
            f"{ADVICE.get(reply.status, 'give the address under which /cds-services is found')}"
        )
    return reply.body
