"""Arguments that the commands beneath `ecm cds-hooks` share: which service, and who signs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from adapter.errors import UnusableInput

if TYPE_CHECKING:
    from adapter.cds_client.calling import CdsService
    from adapter.cds_client.tokens import Signer


def add_url(parser: argparse.ArgumentParser) -> None:
    """Add `URL`."""
    parser.add_argument("url", metavar="URL", help="the service: its base, /cds-services or below")


def add_service(parser: argparse.ArgumentParser) -> None:
    """Add `--service`."""
    parser.add_argument("--service", metavar="ID", help="which service, if several answer the hook")


def add_signing(parser: argparse.ArgumentParser) -> None:
    """Add what signs a call."""
    signing = parser.add_argument_group("signing")
    signing.add_argument("--key", metavar="FILE", type=Path, help="private key, JWK or PEM")
    signing.add_argument("--issuer", metavar="URI", help="`iss`, as registered with the service")
    signing.add_argument(
        "--subject", metavar="ID", help="`sub`; in a client assertion (SMART) the same as `iss`"
    )
    signing.add_argument("--kid", help="id of the key; default: the JWK's own")
    signing.add_argument("--tenant", help="`tenant`, where the issuer serves several")
    signing.add_argument("--jku", metavar="URL", help="where the JWK Set is published")
    signing.add_argument("--audience", metavar="URL", help="`aud`; default: the URL called")


def add_timeout(parser: argparse.ArgumentParser) -> None:
    """Add `--timeout`."""
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=30.0,
        help="how long to wait for an answer; default: %(default)s",
    )


def signer_of(options: argparse.Namespace) -> Signer | None:
    """Who signs; None: no key is given.

    Raises:
        UnusableInput: the key cannot be read, or there is no issuer to go with it.
    """
    from adapter.cds_client.keys import read_key
    from adapter.cds_client.tokens import Signer

    if options.key is None:
        return None
    if not options.issuer:
        raise UnusableInput(
            "--key is given without --issuer; add the issuer as it is registered with the service"
        )
    return Signer(
        key=read_key(options.key, kid=options.kid),
        issuer=options.issuer,
        tenant=options.tenant,
        subject=options.subject,
        key_set_url=options.jku,
        audience=options.audience,
    )


def service_of(options: argparse.Namespace, url: str) -> tuple[CdsService, str | None]:
    """The service at `url`, and the id its URL names."""
    from adapter.cds_client.calling import CdsService, service_at

    base, service_id = service_at(url)
    signer = signer_of(options)
    return CdsService(base=base, signer=signer, timeout_seconds=options.timeout), service_id
