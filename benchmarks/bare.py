"""The yardstick of a service: Flask on Granian that decodes the call's JSON, and nothing more.

`python -m benchmarks.bare PORT` serves until it is stopped, with the settings of `ecm serve`.
"""

from __future__ import annotations

import sys

import msgspec
from flask import Flask, Response, request
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from adapter.settings import Settings


def application() -> Flask:
    """One endpoint that answers without a card."""
    app = Flask(__name__)

    @app.post("/cds-services/<service_id>")
    def call(service_id: str) -> Response:
        del service_id
        msgspec.json.decode(request.get_data(cache=False))
        return Response(b'{"cards":[]}', mimetype="application/json")

    return app


def main() -> None:
    """Serve."""
    settings = Settings()
    Granian(
        "bare",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        backpressure=1024,
        websockets=False,
        log_level=LogLevels.error,
    ).serve(target_loader=application, wrap_loader=False)


if __name__ == "__main__":
    main()
