"""What the resource store refuses.

    AdapterError
      ├─ VersionConflict   somebody else wrote the resource in between
      └─ Duplicate         a business identifier is taken

The unit of work it was raised in writes nothing. What fails in the database itself is `NotStored`.
"""

from __future__ import annotations

from adapter.errors import AdapterError


class VersionConflict(AdapterError):
    """The resource has another version than the one this write is built on, or exists already.

    Raised by `put`, or where the unit of work ends.
    """

    def __init__(self, type: str, id: str, version: int | None = None) -> None:
        """`version`: the present one, where it is known."""
        present = "" if version is None else f"; its version is {version} now"
        super().__init__(f"{type}/{id} was written by somebody else in between{present}")
        self.type, self.id, self.version = type, id, version


class Duplicate(AdapterError):
    """A business identifier that may exist once for an author belongs to another resource."""

    def __init__(self, type: str, id: str) -> None:
        """`type` and `id` of the resource that has it."""
        super().__init__(f"the identifier is that of {type}/{id} already")
        self.type, self.id = type, id
