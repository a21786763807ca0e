"""A service that can do everything a gateway must cope with. Run by uvicorn: `upstream:app`."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

app = FastAPI(title="Upstream", openapi_url="/intake/openapi.json", docs_url=None)
seen: dict[str, int] = {"gone": 0}


@app.post("/intake/echo", summary="Says back <what> it hears")
async def echo(request: Request) -> Response:
    return Response(await request.body())


@app.get("/intake/headers")
async def headers(request: Request) -> dict[str, object]:
    return {"headers": dict(request.headers), "path": request.url.path, "query": request.url.query}


@app.post("/intake/refuse", status_code=413)
async def refuse() -> dict[str, str]:
    """Answers without reading the body."""
    return {"said": "too large"}


@app.get("/intake/events")
async def events(request: Request) -> StreamingResponse:
    async def stream() -> AsyncIterator[bytes]:
        try:
            for number in range(1000):
                yield b"data: %d\n\n" % number
                await asyncio.sleep(0.05)
        finally:
            seen["gone"] += 1

    return StreamingResponse(stream(), media_type="text/event-stream")


@app.get("/intake/gone")
async def gone() -> dict[str, int]:
    return seen


@app.get("/intake/large")
async def large() -> Response:
    return Response(b"x" * 5_000_000)


@app.get("/intake/slow")
async def slow() -> dict[str, str]:
    await asyncio.sleep(30)
    return {}


@app.get("/intake/broken")
async def broken() -> StreamingResponse:
    async def stream() -> AsyncIterator[bytes]:
        yield b"half"
        await asyncio.sleep(0.05)
        raise RuntimeError

    return StreamingResponse(stream(), headers={"content-length": "100"})


@app.get("/intake/metrics")
async def metrics() -> str:
    return "inside"


@app.delete("/intake/nothing", status_code=204)
async def nothing() -> None:
    return None
