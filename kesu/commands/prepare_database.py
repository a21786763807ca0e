"""`kesu prepare-database`: roles, schemas and migrations, before any service starts."""

import argparse
import asyncio
import importlib
import importlib.util
import os
import sys

from kesu.embedded.roles import on_database, prepare_database
from kesu.home import DATABASE, SERVICES, Home

NAME = "prepare-database"
HELP = (
    "make roles, schemas and tables (KESU_ADMIN_DATABASE_URL is a superuser's DSN); safe to repeat"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything else comes from the environment."""
    parser.add_argument("--without-tables", action="store_true", help="roles and schemas only")


def run(args: argparse.Namespace) -> int:
    """Make what is missing."""
    admin = os.environ.get("KESU_ADMIN_DATABASE_URL")
    if not admin:
        print("KESU_ADMIN_DATABASE_URL is not set", file=sys.stderr)
        return 2
    asyncio.run(prepare_database(admin, _passwords()))
    if not args.without_tables:
        _migrate(on_database(admin, DATABASE))
    return 0


def _passwords() -> dict[str, str]:
    """KESU_<SERVICE>_PASSWORD for every service, or the ones kept in KESU_HOME."""
    given = {service: os.environ.get(f"KESU_{service.upper()}_PASSWORD") for service in SERVICES}
    told = {service: password for service, password in given.items() if password}
    if not told:
        home = Home.from_environment()
        home.make()
        return home.passwords()
    missing = sorted(set(SERVICES) - set(told))
    if missing:
        raise SystemExit(f"no password for {', '.join(missing)}: set KESU_<SERVICE>_PASSWORD")
    return told


def _migrate(admin_dsn: str) -> None:
    if importlib.util.find_spec("kesu.commands.migrate") is None:
        print("no migrations yet: kesu migrate is missing")
        return
    importlib.import_module("kesu.commands.migrate").migrate(admin_dsn)
