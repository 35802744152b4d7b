"""This service on Gunicorn, with as many processes and threads as `ecm serve` has on Granian.

`on_gunicorn.py PORT CLIENTS STORE` runs in the environment of `tests/peers/gunicorn`, with our
packages on its path.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from adapter.background import Background
from adapter.deployment import Registered, settled
from adapter.settings import Settings
from adapter.worker import application


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings, self._folder = settings, folder
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("bind", f"{self._settings.host}:{self._settings.port}")
        self.cfg.set("workers", self._settings.workers)
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("threads", self._settings.threads)
        self.cfg.set("keepalive", 75)
        self.cfg.set("loglevel", "error")

    def load(self) -> Any:
        # In the worker, as nothing with a connection may be shared.
        registered = Registered(self._settings.clients)
        return application(self._settings, self._folder, registered, Background())


def main() -> None:
    """Serve until stopped."""
    port, clients, store = sys.argv[1:]
    wanted = Settings(port=int(port), clients=Path(clients), store=store)
    with TemporaryDirectory() as folder:
        _Server(settled(wanted, Path(folder)), Path(folder)).run()


if __name__ == "__main__":
    main()
