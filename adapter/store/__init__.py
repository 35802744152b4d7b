"""What the service remembers: used tokens, cards that were shown, and what became of them.

One store for the file of a small installation (SQLite) and for a database server (PostgreSQL).
Nothing in it names a person: a member is kept as a digest (`digests`). It can still tell that some
patient id was shown a card to whoever knows the id, so the database is protected like a chart.
"""

from adapter.store.store import Store

__all__ = ["Store"]
