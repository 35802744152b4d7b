"""HealthChain's CDS service with a handler that does nothing; runs in HealthChain's environment.

As its documentation sets one up, on uvicorn with the event loop and HTTP parser that make it
fastest, and without an access log. `service.py PORT` serves until it is stopped.
"""

from __future__ import annotations

import sys

import uvicorn  # type: ignore[import-not-found]
from healthchain.gateway import CDSHooksService, HealthChainAPI  # type: ignore[import-not-found]
from healthchain.models import CDSRequest, CDSResponse  # type: ignore[import-not-found]

cds = CDSHooksService()


@cds.hook("patient-view", id="nothing")  # type: ignore[untyped-decorator]
def nothing(request: CDSRequest) -> CDSResponse:
    """No card, whatever is asked."""
    del request
    return CDSResponse(cards=[])


if __name__ == "__main__":
    app = HealthChainAPI()
    app.register_service(cds)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
