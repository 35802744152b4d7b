"""What a test needs and a machine may lack: a reason to skip there, and in CI a failure.

So a build without a database, a peer or the sample data never passes for one with them.
"""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def in_ci() -> bool:
    """Whether this is a build that has to have everything."""
    return os.environ.get("CI", "").lower() in ("true", "1")  # noqa: TID251 - no setting of ours


def without(reason: str) -> NoReturn:
    """Skip the test; in CI fail it."""
    (pytest.fail if in_ci() else pytest.skip)(reason)
