"""Used tokens, cards that were shown, and what became of them.

Also what a store was before there were migrations: such a store is taken over as it is.
"""

from __future__ import annotations

from adapter.store.migrations import carry_out

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    carry_out("r0001_calls")
