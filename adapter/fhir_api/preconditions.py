"""Which version a write means to replace (https://hl7.org/fhir/R4/http.html#concurrency)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from adapter.fhir_api.document import Document
from adapter.fhir_api.faults import Refused, refused
from adapter.store.records import Version, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit


def check_if_match(
    unit: Unit, viewer: Viewer, before: Version | None, if_match: str | None
) -> None:
    """Refuse where the header names another version, or a strict client names none.

    Raises:
        Refused: 400 or 412.
    """
    if if_match is None:
        if viewer.strict_versions and before is not None and not before.deleted:
            raise refused(
                400,
                "required",
                "this client has to say which version it replaces; send If-Match with the "
                "ETag of the version you read",
            )
        return
    wanted = if_match.strip().removeprefix("W/").strip('"')
    if before is None or wanted not in (*_readable(unit, before), "*"):
        raise Refused(
            412,
            *refused(
                412,
                "conflict",
                f"the resource has version {before.version if before else 'none'}; read it "
                "again and decide on that",
            ).issues,
            headers=_etag(before),
        )


def check_read_version(unit: Unit, document: Document, before: Version) -> None:
    """A client that sends no If-Match often sends back the version it read: then that counts.

    Raises:
        Refused: 409, it is another one.
    """
    meta = document.data.get("meta")
    read = meta.get("versionId") if isinstance(meta, dict) else None
    if read is not None and str(read) not in _readable(unit, before):
        raise Refused(
            409,
            *refused(
                409,
                "conflict",
                f"what you send was read from another version than the present one, "
                f"{before.version}; read it again and decide on that",
                "meta.versionId",
            ).issues,
            headers=_etag(before),
        )


def _readable(unit: Unit, before: Version) -> tuple[str, ...]:
    """The versions that a client may have read; of these a write may replace the present one.

    The second is the one before this unit of work, where all that followed from its other entries
    is a new status: an order that was completed with its Task, where a transaction completes both.
    """
    here = (before.type, before.id)
    changes = (one for one in unit.changes if (one.after.type, one.after.id) == here)
    began = next((one.before for one in changes), None)
    if began is None or _but_status(began) != _but_status(before):
        return (str(before.version),)
    return (str(before.version), str(began.version))


def _but_status(version: Version) -> dict[str, Any] | None:
    if version.deleted:
        return None
    resource: dict[str, Any] = msgspec.json.decode(version.body)
    return {name: one for name, one in resource.items() if name not in ("meta", "status")}


def _etag(before: Version | None) -> dict[str, str]:
    return {"ETag": f'W/"{before.version}"'} if before else {}
