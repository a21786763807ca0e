"""One process that listens, and how it stops: not ready → wait → close → drain → the rest."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvicorn

from shared.plumbing.crashpoints import reach
from shared.plumbing.telemetry import adopt_standard_logging
from shared.plumbing.web.app import ServiceApp
from shared.plumbing.web.wire import Protocol

DRAIN_S = 25
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: they would race with ours."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


async def serve(
    app: ServiceApp,
    *,
    host: str,
    port: int,
    grace_s: float = 3.0,
    on_shutdown: Callable[[], Awaitable[None]] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`; return when drained.

    `grace_s` is how long `/readyz` says 503 before the door closes, so that a balancer can
    look away (0 without one). `on_shutdown` runs after the last answer: leases, consumers.
    """
    adopt_standard_logging(app.service)
    stopping = stop or asyncio.Event()
    server = Server(_config(app, host, port))
    serving = asyncio.create_task(server.serve())
    with _owned_signals(stopping.set):
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        app.health.draining = True
        reach("stop.draining")
        if not serving.done():
            await asyncio.sleep(grace_s)
        server.should_exit = True
        try:
            await serving
        finally:
            stopped.cancel()
            if on_shutdown is not None:
                await on_shutdown()


def _config(app: ServiceApp, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="none",
        http=Protocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=DRAIN_S,
    )


@contextmanager
def _owned_signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for each in STOP_SIGNALS:
        loop.add_signal_handler(each, stop)
    try:
        yield
    finally:
        for each in STOP_SIGNALS:
            loop.remove_signal_handler(each)
