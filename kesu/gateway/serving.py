"""The gateway under uvicorn, and how it stops: not ready → wait → close → drain."""

import asyncio
import signal
from collections.abc import Mapping

import uvicorn
import uvloop

from kesu.gateway.routing import Gateway
from shared.plumbing.web.serving import Server

BACKLOG = 2048
STOP_SECONDS = 5
GRACE_SECONDS = 3.0
"""For so long /readyz says 503 before the door closes, as at the services (reliability, F8)."""


def serve(upstreams: Mapping[str, tuple[str, int]], *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; requests under way get STOP_SECONDS to end."""
    uvloop.run(_serve(Gateway(upstreams), host, port))


async def _serve(gateway: Gateway, host: str, port: int) -> None:
    server, stopping = Server(_config(gateway, host, port)), asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stopping.set)
    serving = asyncio.create_task(server.serve())
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    gateway.draining = True
    if not serving.done():
        await asyncio.sleep(GRACE_SECONDS)
    server.should_exit = True
    stopped.cancel()
    await serving


def _config(gateway: Gateway, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        gateway,
        host=host,
        port=port,
        loop="none",
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
