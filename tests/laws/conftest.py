"""The ground of the laws, once per run and empty before each law."""

from collections.abc import Iterator

import pytest

from tests.laws.ground import Ground, grounds
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="session", name="lasting_ground")
def _whole_ground(postgres: PostgresServer) -> Iterator[Ground]:
    with grounds(postgres) as ground:
        yield ground


@pytest.fixture
def ground(lasting_ground: Ground) -> Ground:
    """A schema in which nothing happened."""
    lasting_ground.empty()
    return lasting_ground
