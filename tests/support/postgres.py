"""A PostgreSQL to test on: KESU_TEST_DATABASE_URL if set, else the wheel's. Never none."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kesu.embedded.postgres import EmbeddedPostgres
from kesu.embedded.processes import free_port
from kesu.embedded.roles import on_database, prepare_database
from kesu.home import SERVICES, service_dsn

PASSWORD = "tests-only-password"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A server that is up. `admin_dsn` is a superuser's, on the maintenance database.

    `embedded` is the server itself where it is ours, for tests that stop and start it.
    """

    admin_dsn: str
    kind: str
    embedded: EmbeddedPostgres | None = None

    def dsn(self, database: str) -> str:
        """The superuser's DSN on a database."""
        return on_database(self.admin_dsn, database)

    def app_dsn(self, service: str, database: str) -> str:
        """What a service logs in with, once `prepare` has run."""
        place = self.admin_dsn.rpartition("@")[2].partition("/")[0]
        return service_dsn(place, service, PASSWORD, database=database)

    async def prepare(self, database: str) -> None:
        """A database with the real schemas, roles and grants, as `kesu up` makes them."""
        passwords = dict.fromkeys(SERVICES, PASSWORD)
        await prepare_database(self.admin_dsn, passwords, database=database)


def ladder() -> str:
    """Which rung a run would take, without starting anything."""
    return "KESU_TEST_DATABASE_URL" if os.environ.get("KESU_TEST_DATABASE_URL") else "wheel"


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server for as long as the block runs."""
    given = os.environ.get("KESU_TEST_DATABASE_URL")
    if given:
        yield PostgresServer(admin_dsn=given, kind="KESU_TEST_DATABASE_URL")
        return
    with folder() as home:
        server = EmbeddedPostgres(
            home=home, port=free_port(), log=home / "postgres.log", durable=False
        )
        try:
            server.start()
            yield PostgresServer(admin_dsn=server.admin_dsn, kind="embedded wheel", embedded=server)
        finally:
            server.stop("immediate")


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of our own that other accounts can walk through, gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="kesu-test-"))
    place.chmod(0o711)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
