"""Idempotency-Key: a write that is sent again is answered again and not done again.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/. What was answered is
kept in the transaction of the write. Resources are not kept a second time but read anew, as the
version they were, so that what a client may no longer see is not told by a repetition.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256

import msgspec
from msgspec import Struct

from adapter.fhir_api.call import Answer, Call
from adapter.fhir_api.faults import refused
from adapter.fhir_api.interactions import Request
from adapter.store.records import Version

#: Printable ASCII; a client's own choice, usually a UUID.
_KEY = re.compile(r"[!-~]{1,200}")

#: Reads a version again: type, id, version; None: it may not be seen.
Reread = Callable[[str, str, str], Version | None]


class _Kept(Struct, omit_defaults=True, array_like=True):
    """An answer, without the resource it holds."""

    status: int
    headers: dict[str, str]
    #: Type, id and version of the resource it holds.
    version: tuple[str, str, str] | None = None
    #: Where it holds none of ours: an OperationOutcome.
    body: str = ""
    #: Of a Bundle; None: it is none.
    parts: list[_Kept] | None = None


def key_of(call: Call) -> str | None:
    """The key of a call; None: it has none.

    Raises:
        Refused: 400, it is none that can be kept.
    """
    # One that cannot be read is empty here; a client that sent it relies on it.
    key = call.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise refused(
            400, "value", "Idempotency-Key is 1 to 200 printable characters of ASCII, as a UUID"
        )
    return key


def once(request: Request, key: str, do: Callable[[], Answer], reread: Reread) -> Answer:
    """The answer to a write: done now, or as it was when it was done.

    Args:
        request: in a unit of work that writes.
        key: its Idempotency-Key.
        do: does it.
        reread: a version that was answered.

    Raises:
        Refused: 422, the key was used for another request; and what `do` raises.
    """
    unit, viewer = request.unit, request.viewer
    digest = digest_of(request.call)
    replay = unit.replay(viewer.tenant, viewer.client, key)
    if replay is not None:
        if replay.digest != digest:
            raise refused(
                422,
                "conflict",
                "this Idempotency-Key was used for another request; use a new key for a new one",
            )
        kept = msgspec.json.decode(replay.body, type=_Kept)
        return _again(kept, reread)
    answer = do()
    body = msgspec.json.encode(_kept(answer))
    unit.keep_reply(viewer.tenant, viewer.client, key, digest, answer.status, {}, body)
    return answer


def digest_of(call: Call) -> bytes:
    """What makes a request the same: method, address, preconditions and body."""
    whole = (
        call.method,
        call.path,
        call.query,
        call.header("if-match"),
        call.header("if-none-exist"),
        call.body,
    )
    return sha256(msgspec.msgpack.encode(whole)).digest()


def _kept(answer: Answer) -> _Kept:
    version = answer.version
    return _Kept(
        status=answer.status,
        headers=answer.headers,
        version=(version.type, version.id, str(version.version)) if version else None,
        body="" if version else answer.body.decode(),
        parts=None if answer.parts is None else [_kept(one) for one in answer.parts],
    )


def _again(kept: _Kept, reread: Reread) -> Answer:
    answer = Answer(status=kept.status, headers=kept.headers, body=kept.body.encode())
    if kept.version is not None:
        answer.version = reread(*kept.version)
        answer.body = answer.version.body if answer.version else b""
    if kept.parts is not None:
        answer.parts = [_again(one, reread) for one in kept.parts]
    return answer
