"""Where an operator's command finds the database: told by the environment, or the running Kesu."""

import os

import asyncpg

from kesu import environment
from kesu.embedded.roles import on_database
from kesu.home import DATABASE, Home


class NothingRuns(SystemExit):
    """No database was named and no Kesu runs here."""

    def __init__(self) -> None:
        super().__init__(
            "no Kesu runs here; start it with `make up` or set KESU_ADMIN_DATABASE_URL"
        )


def admin_dsn() -> str:
    """The administrator's DSN on Kesu's database. Raises NothingRuns."""
    told = os.environ.get("KESU_ADMIN_DATABASE_URL")
    if told:
        return on_database(told, DATABASE)
    running = Home.from_environment().running()
    if running is None:
        raise NothingRuns
    return on_database(str(running["admin_dsn"]), DATABASE)


async def connect_admin() -> asyncpg.Connection:
    """A connection that sees every schema: for operators, never for a service."""
    return await asyncpg.connect(admin_dsn())


def take_part_of(service: str) -> None:
    """Makes this process see the settings that the running service has. Raises NothingRuns."""
    if os.environ.get("KESU_DATABASE_URL"):
        return
    home = Home.from_environment()
    running = home.running()
    if running is None:
        raise NothingRuns
    os.environ.update(environment.for_service(home, service, running["broker"]))
