"""Scripts and styles of the pages: kept in memory, packed once, asked for once by each browser.

What they all are is a part of their address, `/static/0f3a…/common.js`: a browser keeps them for
ever, as others have another address, and a script finds what it imports beside itself. What is
asked for by an address without that, or by that of another version (a page that was opened before
an update), is the present file and is not kept.
"""

from __future__ import annotations

import gzip
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request
from msgspec import Struct

#: The name that `url_for` knows them by, as of Flask's own.
_ENDPOINT = "static"
_TYPES = {".css": "text/css", ".js": "text/javascript"}
_FOR_EVER = "public, max-age=31536000, immutable"


class _File(Struct, frozen=True, kw_only=True):
    body: bytes
    packed: bytes
    type: str
    tag: str


def add_static_files(app: Flask, folder: Path) -> None:
    """Have the application serve the files of a folder.

    Args:
        app: made without a static folder.
        folder: with scripts and styles; read once.
    """
    files = {one.name: _read(one) for one in sorted(folder.iterdir()) if one.suffix in _TYPES}
    told = "".join(f"{name} {file.tag}\n" for name, file in files.items())
    present = sha256(told.encode()).hexdigest()[:12]

    def static(filename: str, version: str = "") -> Response:
        file = files.get(filename)
        if file is None:
            abort(404)
        takes_packed = request.accept_encodings["gzip"] > 0
        response = Response(file.packed if takes_packed else file.body, mimetype=file.type)
        if takes_packed:
            response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
        response.set_etag(file.tag + "-gzip" * takes_packed)
        response.headers["Cache-Control"] = _FOR_EVER if version == present else "no-cache"
        response.make_conditional(request)
        return response

    app.add_url_rule("/static/<version>/<path:filename>", _ENDPOINT, static)
    app.add_url_rule("/static/<path:filename>", _ENDPOINT, static)

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == _ENDPOINT:
            values.setdefault("version", present)


def _read(path: Path) -> _File:
    body = path.read_bytes()
    return _File(
        body=body,
        packed=gzip.compress(body, mtime=0),
        type=_TYPES[path.suffix],
        tag=sha256(body).hexdigest()[:16],
    )
