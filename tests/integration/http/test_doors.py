"""Who may, by declaration; a door declared wrongly does not open."""

from pathlib import Path

import pytest
from pydantic import BaseModel
from starlette.requests import Request

from shared.kernel.roles import Role
from shared.plumbing.http import By, Doors, Once, Permit, create_app, role_matrix
from shared.plumbing.settings import Settings
from tests.integration.http.bicycles import app_in, bearer, client_of

CLERK_ONLY = Permit(Role.CLERK)


def built(doors: Doors) -> None:
    create_app(service="odd", title="Odd", description="Odd.", doors=[doors], settings=Settings())


def test_the_matrix_is_what_the_doors_say(tmp_path: Path) -> None:
    assert role_matrix(app_in(tmp_path)) == {
        "order_repair": ["clerk", "cs_manager"],
        "list_repairs": ["audit", "clerk"],
        "show_repair": ["clerk"],
        "approve_repair": ["cs_manager"],
        "try_bell": ["clerk"],
        "order_fast": ["clerk"],
        "break_down": ["clerk"],
        "ring_bell": [],
    }


@pytest.mark.parametrize("role", [*Role])
async def test_each_role_may_what_the_matrix_says(tmp_path: Path, role: Role) -> None:
    app = app_in(tmp_path)
    async with client_of(app, Authorization=bearer(role)) as client:
        answer = await client.get("/repairs")

    assert answer.status_code == (200 if role in role_matrix(app)["list_repairs"] else 403)


async def test_somebody_without_a_role_may_nothing(tmp_path: Path) -> None:
    async with client_of(app_in(tmp_path), Authorization=bearer(roles=[])) as client:
        assert (await client.get("/repairs")).status_code == 403


def test_a_door_without_a_permit_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="permit"):
        Doors("odd").get("/odd")  # type: ignore[call-arg]


def test_a_permit_for_nobody_cannot_be_written() -> None:
    with pytest.raises(AssertionError):
        Permit()


def test_a_door_that_creates_takes_a_key_or_says_why_not() -> None:
    doors = Doors("odd")

    @doors.post("/odd", permit=CLERK_ONLY)
    async def make_odd() -> None:
        """Make."""

    with pytest.raises(TypeError, match="repeatable"):
        built(doors)


def test_a_door_whose_body_takes_anything_does_not_open() -> None:
    class Loose(BaseModel):
        name: str

    doors = Doors("odd")

    async def make_odd(loose: Loose, once: Once) -> None:
        """Make."""

    doors.post("/odd", permit=CLERK_ONLY)(make_odd)
    make_odd.__annotations__["loose"] = Loose
    with pytest.raises(TypeError, match="Loose must forbid"):
        built(doors)


def test_a_door_nobody_described_does_not_open() -> None:
    doors = Doors("odd")

    @doors.get("/odd", permit=CLERK_ONLY)
    async def show_odd(by: By) -> None:
        pass

    with pytest.raises(TypeError, match="described"):
        built(doors)


def test_two_doors_do_not_share_a_name() -> None:
    doors = Doors("odd")

    async def show_odd(request: Request) -> None:
        """Show."""

    doors.get("/odd", permit=CLERK_ONLY)(show_odd)
    doors.get("/even", permit=CLERK_ONLY)(show_odd)
    with pytest.raises(TypeError, match="show_odd"):
        built(doors)
