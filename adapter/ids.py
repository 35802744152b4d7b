"""Random ids. No other module makes them: the same call asked again gives the same answer."""

from __future__ import annotations

import secrets
from uuid import uuid4


def new_uuid() -> str:
    """A random UUID (version 4), in lower case."""
    return str(uuid4())


def new_secret() -> str:
    """256 random bits that nobody can guess, as 43 characters of base64url."""
    return secrets.token_urlsafe(32)
