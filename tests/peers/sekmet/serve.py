"""Runs sekmet-fhir's own server: `serve.py PORT FOLDER [quiet]`.

It checks and keeps what it is sent as it comes; only its simulator, which would answer Tasks by
itself, is off. `quiet`: it keeps no log of the traffic either, as it advises for heavy load.
"""

import os
import sys
from pathlib import Path

from sekmet.cli import serve  # type: ignore[import-not-found]


def main(port: int, folder: Path, *, quiet: bool) -> None:
    """Serve until stopped; everything it writes is in the folder."""
    os.chdir(folder)
    settings = folder / "settings.yaml"
    settings.write_text(
        f"base_url: http://127.0.0.1:{port}/fhir\nhost: 127.0.0.1\nport: {port}\n"
        f"simulator: {{enabled: false}}\nlog_inbound: {str(not quiet).lower()}\n"
    )
    serve(config=str(settings))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]).resolve(), quiet="quiet" in sys.argv[3:])
