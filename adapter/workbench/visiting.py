"""Who is at the page now, and, in the sandbox, whom they play.

In the sandbox nobody signs in: the parameter `as` of the address says whom one plays, so that two
windows can be two organizations. Every link that the pages make takes it along.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

from flask import Request, g, has_request_context, request

from adapter.security.viewers import DEVELOPMENT, SANDBOX, Parties, Party
from adapter.setting_values import names_this_machine
from adapter.store.records import Viewer
from adapter.workbench.roles import ROLES, Page, Role, Visitor

#: The parameter that says whom a visitor of the sandbox plays.
AS = "as"


class Visitors(Protocol):
    """Tells who is at a page."""

    def visitor(self, asked: Request, page: Page | None) -> Visitor | None:
        """Who asks for a page (None: one that is in no navigation); None: nobody is signed in."""
        ...


class SandboxVisitors:
    """Anybody on this machine, as whom they want to be."""

    def __init__(self, parties: Parties) -> None:
        found = {name: parties.find(DEVELOPMENT.tenant, id) for name, id in SANDBOX.items()}
        #: Empty with registered clients, where there is no sandbox.
        self._players: Mapping[str, Visitor] = {
            name: _player(name, party) for name, party in found.items() if party is not None
        }

    def visitor(self, asked: Request, page: Page | None) -> Visitor | None:
        """By the parameter, else as whoever the page is for."""
        if not self._players or not names_this_machine(asked.host):
            return None
        usual = page.roles[0] if page is not None else "referrer"
        return self._players.get(asked.args.get(AS, ""), self._players[usual])

    def players(self, page: Page | None) -> Mapping[str, Visitor]:
        """Whom one can play at a page (None: at any), by what the parameter says."""
        roles = page.roles if page is not None else ROLES
        return {name: one for name, one in self._players.items() if one.role in roles}


def players_at(visitors: Visitors, page: Page | None) -> Mapping[str, Visitor]:
    """Whom one can play at a page; nobody where people sign in."""
    return visitors.players(page) if isinstance(visitors, SandboxVisitors) else {}


def current_visitor() -> Visitor:
    """Who is at the page that is being made; only behind the guard of the workbench."""
    return cast(Visitor, g.visitor)


def keep_role(endpoint: str, values: dict[str, Any]) -> None:
    """Have links keep whom a visitor plays, for `Flask.url_defaults`."""
    player = request.args.get(AS) if has_request_context() else None
    if player in SANDBOX and endpoint.startswith("workbench."):
        values.setdefault(AS, player)


def _player(name: str, party: Party) -> Visitor:
    role = cast(Role, name.partition("-")[0])
    return Visitor(
        name=party.name,
        role=role,
        party=party,
        viewer=Viewer(
            tenant=party.tenant,
            client=f"sandbox-{name}",
            party=party.id,
            operator=party.operator,
            covered=party.covered,
            claims=party.claims,
            clearance=frozenset({"*"}),
        ),
        sandbox=True,
    )
