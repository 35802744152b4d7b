"""The options that say which exchange a command works on: a running service, or its store."""

from __future__ import annotations

import argparse
from pathlib import Path

from adapter.cli.arguments import Once
from adapter.cli.serve import add_settings_file


def add_access(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    where = parser.add_argument_group("which exchange")
    where.add_argument(
        "--service",
        metavar="URL",
        action=Once,
        help="a running service, https://ecm.example.org; without it the store is opened",
    )
    where.add_argument(
        "--client-id", metavar="ID", action=Once, help="our client id there; none: it asks nobody"
    )
    where.add_argument(
        "--key", metavar="FILE", type=Path, action=Once, help="the private key that signs for it"
    )
    where.add_argument("--kid", metavar="ID", action=Once, help="its key id, if the file has none")
    where.add_argument(
        "--store",
        metavar="URL",
        action=Once,
        help="the database of the service; default: the one its settings name",
    )
    where.add_argument(
        "--clients", metavar="FILE", action=Once, help="with the store: who may call the service"
    )
    where.add_argument(
        "--partners", metavar="FILE", action=Once, help="with the store: whom it calls"
    )
    where.add_argument(
        "--public-base",
        metavar="URL",
        action=Once,
        help="with the store: the URL by which others know the service",
    )
    where.add_argument(
        "--tenant", metavar="NAME", action=Once, help="with the store: of several tenants, which"
    )
    add_settings_file(parser)
