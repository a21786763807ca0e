"""`kesu serve <service>`: one process of a service: its doors, its worker, or both."""

import argparse
import asyncio
import gc
import importlib
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from shared.contracts.registry import SERVICES
from shared.plumbing.database import AWAY
from shared.plumbing.http import serve
from shared.plumbing.observing import Observing
from shared.plumbing.packs import BadPack
from shared.plumbing.running import Parts, open_parts
from shared.plumbing.settings import Settings, load_settings
from shared.plumbing.telemetry import configure_logging

NAME = "serve"
HELP = "run one service (API and worker in one process, or --only one of them)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--only", choices=("api", "worker"))


def run(args: argparse.Namespace) -> int:
    """Until SIGTERM. A bad pack stops the start with file, row and reason."""
    configure_logging(args.service)
    try:
        uvloop.run(_run(args.service, args.only))
    except BadPack as bad:
        print(f"{args.service} does not start: {bad}", file=sys.stderr)
        return 3
    return 0


async def _run(service: str, only: str | None) -> None:
    main = importlib.import_module(f"services.{service}_service.main")
    settings = load_settings(service, getattr(main, "SETTINGS", Settings))
    parts = await _patiently(lambda: open_parts(service, settings))
    tasks = {asyncio.create_task(loop) for loop in _loops(parts, service, only)}
    front = asyncio.create_task(_front(main, parts))
    try:
        await asyncio.wait({front, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _end(front, tasks)
        await parts.close()


async def _end(front: asyncio.Task[None], tasks: set[asyncio.Task[Any]]) -> None:
    """Ends what still runs. A loop that ended by itself ends the process, with its reason."""
    broken = [task for task in tasks if task.done()]
    for task in (*tasks, front):
        task.cancel()
    await asyncio.gather(front, *tasks, return_exceptions=True)
    for task in (*broken, front):
        if not task.cancelled():
            task.result()


def _loops(parts: Parts, service: str, only: str | None) -> list[Any]:
    observing = Observing(service, parts.pool)
    loops = [parts.time.keep_sampling(parts.pool), parts.uptake.keep()]
    loops += [observing.run(), observing.feel()]
    if only != "api":
        worker = importlib.import_module(f"services.{service}_service.worker")
        loops.append(worker.create_worker(parts).run())
    if only == "api":
        loops.append(parts.wake.tell_others(parts.settings.database_url))
    if only == "worker":
        loops.append(parts.wake.hear_others(parts.settings.database_url))
    return loops


async def _front(main: Any, parts: Parts) -> None:
    """The doors, probes and metrics; a worker alone has them for its probes' sake."""
    app = main.create_app(parts)
    settings = parts.settings
    # Packs, routes and schemas live as long as the process: no collection need walk them.
    gc.collect()
    gc.freeze()
    # A batch of facts or a few requests are thousands of objects that end by themselves.
    gc.set_threshold(10_000, 20, 50)
    await serve(app, host=settings.host, port=settings.port)


async def _patiently(opening: Callable[[], Awaitable[Parts]]) -> Parts:
    """The database may still be starting: tries for a minute."""
    for _ in range(120):
        try:
            return await opening()
        except AWAY:
            await asyncio.sleep(0.5)
    return await opening()
