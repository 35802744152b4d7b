"""The exchange of referrals: resources, who sees them, notifications, what goes to partners.

A program from before migrations refuses a store of version 2.
"""

from __future__ import annotations

from adapter.store.migrations import carry_out

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    carry_out("r0002_exchange")
