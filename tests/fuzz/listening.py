"""A service as strangers meet it: a real server on a real database, and the examples on record."""

import asyncio
import importlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import schemathesis

from kesu.embedded.processes import free_port
from shared.kernel.roles import Role
from shared.plumbing.http import serve
from tests.fuzz.seeds import ORGANISATION, known_ids, register_examples, tell_everything
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer, parts_of

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs/openapi"
ANSWER_SECONDS = 10
KNOWN = known_ids()


def everybody(issuer: Issuer) -> dict[str, str]:
    """Headers of somebody with every role at the top of the organisation."""
    return issuer.as_("p-everybody", ORGANISATION, [*Role], ["hq"])


def schema_of(service: str, address: str) -> Any:  # noqa: ANN401 generic over its own inside
    """The committed document of a service as schemathesis reads it.

    It invents no credentials: an invented key beside a good token is refused like a wrong one.
    """
    document = json.loads((DOCUMENTS / f"{service}.json").read_bytes())
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=address)
    schema.config.generation.with_security_parameters = False
    return schema


def operations_of(schema: Any) -> list[Any]:  # noqa: ANN401
    """Every operation of a document."""
    return [cast("Any", result).ok() for result in schema.get_all_operations()]


@asynccontextmanager
async def listening(
    service: str, postgres: PostgresServer, database: str, issuer: Issuer
) -> AsyncIterator[str]:
    """A service that knows the examples, on a port of its own; its address."""
    async with parts_of(service, postgres, database, issuer) as parts:
        await tell_everything(parts)
        app: Any = importlib.import_module(f"services.{service}_service.main").create_app(parts)
        async with served(app) as address:
            if service == "intake":
                async with httpx.AsyncClient(base_url=f"{address}/intake/v1") as client:
                    await register_examples(client, everybody(issuer))
            yield address


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:  # noqa: ANN401 an ASGI application
    """An application on a free port; its address."""
    port, stop = free_port(), asyncio.Event()
    serving = asyncio.create_task(serve(app, host="127.0.0.1", port=port, grace_s=0, stop=stop))
    await _until_open(port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        await serving


async def _until_open(port: int) -> None:
    """Until somebody listens. Raises TimeoutError."""
    async with asyncio.timeout(ANSWER_SECONDS):
        while True:
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            await writer.wait_closed()
            return
