# ruff: noqa: ANN401 - claims, bodies and ASGI messages are anything on purpose here
"""A tiny service about nothing of ours, to knock at: bicycles and their repairs."""

import asyncio
import json
import time
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from pydantic import Field, TypeAdapter
from starlette.requests import Request

from shared.kernel.errors import Conflict, Pointer
from shared.kernel.roles import Role
from shared.plumbing.http import (
    By,
    Correlation,
    CursorText,
    Doors,
    IfMatch,
    Limit,
    Once,
    Permit,
    Reply,
    RequestModel,
    create_app,
    exchange_of,
    read_json,
    read_raw,
    remaining_ms,
    require_sight,
)
from shared.plumbing.settings import Settings
from shared.plumbing.web.app import ServiceApp

RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})


class Part(RequestModel):
    """One part."""

    sku: Annotated[str, Field(min_length=1, max_length=20)]
    count: Annotated[int, Field(ge=1, le=99)] = 1


class Repair(RequestModel):
    """What is to be repaired."""

    note: Annotated[str, Field(max_length=200)]
    parts: tuple[Part, ...] = ()
    bicycle: UUID | None = None


class RepairView(RequestModel):
    """A repair as shown."""

    note: str
    by: str


class AlreadyRepaired(Conflict):
    """This bicycle rides again."""


class DatabaseGone(OSError):
    """A driver's error."""


doors = Doors("repairs")
hook_doors = Doors("hooks", prefix="/hooks")


@doors.post("/repairs", permit=Permit(Role.CLERK, Role.CS_MANAGER), status=201)
async def order_repair(repair: Repair, by: By, once: Once) -> Reply[RepairView]:
    """Order a repair.

    Needs a key.
    """
    shown = RepairView(note=repair.note, by=by.id)
    return Reply(shown=shown, revision=1, location=f"/repairs/{once.key}")


@doors.get("/repairs", permit=Permit(Role.CLERK, Role.AUDIT))
async def list_repairs(limit: Limit = 50, cursor: CursorText = None) -> list[RepairView]:
    """List repairs."""
    return [RepairView(note=cursor or "-", by=str(limit))]


@doors.get("/repairs/{repair_id}", permit=Permit(Role.CLERK))
async def show_repair(repair_id: UUID, by: By, correlation: Correlation) -> RepairView:
    """Show a repair; the last digit says where it is."""
    unit = "hq.store-001" if repair_id.int % 2 else "hq.store-002"
    require_sight(by, organisation="auto-demo", unit=unit)
    return RepairView(note=str(correlation), by=by.id)


@doors.post("/repairs/{repair_id}/approval", permit=Permit(Role.CS_MANAGER))
async def approve_repair(repair_id: UUID, once: Once, expecting: IfMatch) -> Reply[None]:
    """Approve a repair; it is at revision 3."""
    expecting.check(3)
    return Reply(raw=b'{"approved":true}', replayed=once.key == "seen", revision=4)


@doors.post("/bells", permit=Permit(Role.CLERK), repeatable="nothing is kept", status=204)
async def try_bell() -> None:
    """Try a bell."""


@doors.post(
    "/fast", permit=Permit(Role.CLERK), repeatable="a test", requests=Repair, shows=RepairView
)
async def order_fast(request: Request) -> RepairView:
    """Read the body by hand."""
    repair = await read_json(request, REPAIR, 4096)
    return RepairView(note=repair.note, by=str(remaining_ms()))


@doors.get("/broken/{how}", permit=Permit(Role.CLERK))
async def break_down(how: str) -> None:
    """Fail in a way of one's choice."""
    match how:
        case "domain":
            raise AlreadyRepaired(errors=[Pointer("/note", "invalid", "")])
        case "driver":
            raise DatabaseGone("postgresql://kesu:secret@db")
        case "slow":
            await asyncio.sleep(5)
        case _:
            raise ValueError("the customer's number is 0912345678")


@hook_doors.post(
    "/bell",
    permit=Permit.to_anyone(because="signed"),
    repeatable="deduplicated by its message id",
    body_max=64,
)
async def ring_bell(request: Request) -> Reply[int]:
    """Take a webhook's bytes."""
    raw = await read_raw(exchange_of(request).headers, request.receive, 64)
    return Reply(shown=len(raw))


REPAIR: TypeAdapter[Repair] = TypeAdapter(Repair)


def settings_in(home: Path, **others: Any) -> Settings:
    """Settings with the public keys in this folder."""
    keys = [RSA.as_dict(private=False), EC.as_dict(private=False)]
    (home / "jwks.json").write_text(json.dumps({"keys": keys}))
    return Settings(home=home, cors_origins=("https://app.example",), **others)


def app_in(home: Path, **others: Any) -> ServiceApp:
    """The service."""
    return create_app(
        service="bicycles",
        title="Bicycles",
        description="Repairs of bicycles.",
        doors=[doors, hook_doors],
        settings=settings_in(home, **others),
        unavailable_on=(DatabaseGone,),
    )


def client_of(app: ServiceApp, **headers: str) -> httpx.AsyncClient:
    """A caller of the service; headers by name with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://kesu/bicycles/v1", headers=named)


def claims_of(**others: Any) -> dict[str, Any]:
    """Good claims, and what is changed in them; None takes one away."""
    now = int(time.time())
    good = {
        "iss": "https://issuer.kesu.dev",
        "aud": "kesu",
        "sub": "p-clerk-1",
        "org": "auto-demo",
        "roles": ["clerk"],
        "units": ["hq.store-001"],
        "nbf": now - 5,
        "exp": now + 12 * 3600,
    }
    return {name: value for name, value in (good | others).items() if value is not None}


def bearer(*roles: str, **others: Any) -> str:
    """An Authorization header for a clerk, or somebody with these roles."""
    claims = {"roles": list(roles or ("clerk",))} | others
    token = jwt.encode({"alg": "ES256", "kid": "ec"}, claims_of(**claims), EC)
    return f"Bearer {token}"


CLERK = {"Authorization": bearer()}
KEY = {"Idempotency-Key": "k-1"}
JSON = {"Content-Type": "application/json"}


async def ask(home: Path, method: str, path: str, **options: Any) -> httpx.Response:
    async with client_of(app_in(home)) as client:
        return await client.request(method, path, **options)


async def order(home: Path, body: bytes, **headers: str) -> httpx.Response:
    return await ask(
        home, "POST", "/repairs", content=body, headers={**CLERK, **KEY, **JSON, **headers}
    )
