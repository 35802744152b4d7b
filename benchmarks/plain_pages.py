"""The yardstick of a page: Flask on Granian, an empty page, and one that puts HTML in place.

`python -m benchmarks.plain_pages PORT FOLDER` serves until it is stopped, with the settings of
`ecm serve`. `/` is an empty page, `/fragments/name` the file FOLDER/name. On `/page` a script sends
whatever `send(name, chart)` is told as a form and puts that file in place of what is there: no
style, no other script.
"""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask, Response, request
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from adapter.settings import Settings

_EMPTY = "<!doctype html><html lang=en><title>Empty</title><link rel=icon href=data:,><body></html>"
_PAGE = """<!doctype html><html lang=en><title>Plain</title><link rel=icon href=data:,>
<body><div id=place></div>
<script>
async function send(name, chart) {
  const data = new FormData();
  if (chart) data.append("chart", chart);
  const answer = await fetch("/fragments/" + name, {method: "POST", body: data});
  document.getElementById("place").innerHTML = await answer.text();
}
</script></html>"""


def application(folder: Path) -> Flask:
    """The pages, and the parts of pages in the folder."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = 20_000_000

    @app.get("/")
    def empty() -> str:
        return _EMPTY

    @app.get("/page")
    def page() -> str:
        return _PAGE

    @app.route("/fragments/<name>", methods=["GET", "POST"])
    def fragment(name: str) -> Response:
        for chart in request.files.values():
            chart.read()
        return Response((folder / name).read_bytes(), mimetype="text/html")

    return app


def main() -> None:
    """Serve."""
    settings, folder = Settings(), Path(sys.argv[2])
    Granian(
        "plain",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        websockets=False,
        log_level=LogLevels.error,
    ).serve(target_loader=lambda: application(folder), wrap_loader=False)


if __name__ == "__main__":
    main()
