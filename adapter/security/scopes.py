"""What a viewer may do by the scopes of its token, for every interaction and part of a search.

SMART App Launch 2.2, "Scopes for requesting FHIR Resources". A scope has to cover what is asked
about as well as what is answered: a chain into a type, a `_has` and an `_include` need it too, or a
search would tell what a read refuses.
"""

from __future__ import annotations

from functools import lru_cache

from adapter.fhir_api.faults import Issue, Refused
from adapter.security.scope_grammar import Permissions, Search, read_scope
from adapter.store.records import Viewer

#: The letter of `cruds` that each interaction needs. A patch is an update. What comes along in a
#: search is read; what refers there, or is asked about in a chain or `_has`, is searched.
NEEDS = {
    "create": "c",
    "read": "r",
    "vread": "r",
    "history-instance": "r",
    "include": "r",
    "update": "u",
    "patch": "u",
    "delete": "d",
    "search-type": "s",
    "search-system": "s",
    "history-type": "s",
    "history-system": "s",
    "revinclude": "s",
    "chain": "s",
}


def allows(viewer: Viewer, type: str, interaction: str) -> bool:
    """Whether the viewer may do this to some resource of the type, by its scopes.

    Args:
        viewer: whose scopes; one without scopes may do everything.
        type: a resource type; `*`: all of them.
        interaction: a name of `NEEDS`; any other is not allowed.
    """
    return narrowed_to(viewer, type, interaction) is not None


def narrowed_to(viewer: Viewer, type: str, interaction: str) -> Search | None:
    """What must hold of the resource that it is done to; empty: nothing; None: not allowed."""
    letter = NEEDS.get(interaction)
    if letter is None:
        return None
    return () if viewer.scopes is None else _permissions(viewer.scopes).of(type, letter)


def demand(viewer: Viewer, type: str, interaction: str) -> None:
    """Refuse what the viewer's scopes do not allow.

    Raises:
        Refused: 403, with the scope that is missing (RFC 6750, section 3.1).
    """
    if not allows(viewer, type, interaction):
        raise insufficient(type, interaction)


def insufficient(type: str, interaction: str) -> Refused:
    """The refusal of what needs another scope."""
    scope = f"system/{type}.{NEEDS.get(interaction, 'cruds')}"
    return Refused(
        403,
        Issue(
            code="forbidden",
            diagnostics=f"this access token does not cover it; ask for one with scope {scope}",
        ),
        headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
    )


@lru_cache(maxsize=1024)
def _permissions(scopes: tuple[str, ...]) -> Permissions:
    return Permissions(map(read_scope, scopes))
