"""People who sign in to the workbench: their sessions, and attempts that are counted."""

from __future__ import annotations

from adapter.store.migrations import carry_out

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    carry_out("r0003_sessions")
