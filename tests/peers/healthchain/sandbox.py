"""Has HealthChain's SandboxClient call services; runs in HealthChain's own environment.

Standard input is a JSON array of calls: `url`, `workflow`, `prefetch` (the path of a file) and
`context`, fields to set where the client would make something up. Standard output is an array with
an answer for each: what was `sent`, what the client's users `got`, what its own model of an answer
has against that (`faults`), and the errors it `said` in its log.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from healthchain.models import CDSResponse  # type: ignore[import-not-found]
from healthchain.sandbox import SandboxClient  # type: ignore[import-not-found]
from pydantic import ValidationError


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def call(wanted: dict[str, Any]) -> dict[str, Any]:
    """One call, as somebody who tries a service out with the sandbox would make it."""
    kept = _Kept()
    logging.getLogger("healthchain").addHandler(kept)
    client = SandboxClient(url=wanted["url"], workflow=wanted["workflow"])
    client.load_from_path(wanted["prefetch"])
    (request,) = client.requests
    for name, value in wanted.get("context", {}).items():
        setattr(request.context, name, value)
    (got,) = client.send_requests()
    logging.getLogger("healthchain").removeHandler(kept)
    sent = request.model_dump(exclude_none=True, mode="json")
    return {"sent": sent, "got": got, "faults": _faults(got), "said": kept.messages}


def _faults(got: dict[str, Any]) -> list[str]:
    try:
        CDSResponse(**got)
    except ValidationError as fault:
        return [".".join(map(str, one["loc"])) + f": {one['type']}" for one in fault.errors()]
    return []


if __name__ == "__main__":
    json.dump([call(one) for one in json.load(sys.stdin)], sys.stdout)
