"""The gateway under uvicorn."""

from collections.abc import Mapping

import uvicorn

from kesu.gateway.routing import Gateway

BACKLOG = 2048
STOP_SECONDS = 5


def serve(upstreams: Mapping[str, tuple[str, int]], *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; requests under way get STOP_SECONDS to end."""
    uvicorn.run(
        Gateway(upstreams),
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        access_log=False,
        log_level="warning",
        backlog=BACKLOG,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
