"""Random ids. No other module makes them: the same call asked again gives the same answer."""

from __future__ import annotations

from uuid import uuid4


def new_uuid() -> str:
    """A random UUID (version 4), in lower case."""
    return str(uuid4())
