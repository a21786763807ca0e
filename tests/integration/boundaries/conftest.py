"""All five services, two organisations that are twins, and what both of them have on record."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from tests.integration.boundaries.world import HOTLINE_KEY, World, build
from tests.support.house import House, open_house
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer
from tests.support.twins import OURS, THEIRS, twins

PAGE = "https://desk.kesu.example"
"""The one web page that may call us."""


@pytest.fixture(scope="module")
async def house(
    postgres: PostgresServer,
    kesu_database: str,
    issuer: Issuer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[House]:
    async with open_house(
        postgres,
        kesu_database,
        issuer,
        organisations=twins(tmp_path_factory.mktemp("organisations")),
        hotline_secrets=(SecretStr(f"180:{HOTLINE_KEY}"),),
        cors_origins=(PAGE,),
    ) as opened:
        yield opened


@pytest.fixture(scope="module")
async def ours(house: House) -> World:
    return await build(house, OURS)


@pytest.fixture(scope="module")
async def theirs(house: House) -> World:
    return await build(house, THEIRS)


@pytest.fixture(scope="module")
async def ours_alone(ours: World) -> None:
    """A unit and a person that only we have."""
    label = {"zh-Hant": "第三門店", "zh-Hans": "第三门店", "en": "Third store"}
    ours.ids |= {"unit": "hq.store-003", "person": "p-only-ours", "customer": "C-auto-demo"}
    administrator = ours.as_("administrator")
    unit = {"kind": "store", "head": "p-only-ours", "labels": label}
    person = {"roles": ["store_manager"], "units": ["hq.store-003"]}
    for name in ("hq.store-003", "hq.store-005"):
        await ours.house.did("escalation.put_unit", administrator, {"unit": name}, unit)
    await ours.house.did("escalation.put_person", administrator, ours.ids, person)
