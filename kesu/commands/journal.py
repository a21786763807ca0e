"""`kesu journal verify`: is what happened still what was written?"""

import argparse
import asyncio

import asyncpg

from kesu.commands._databases import connect_admin
from shared.contracts.registry import SERVICES
from shared.plumbing.verifying import state_tables, verify

NAME = "journal"
HELP = "verify the hash chain of every aggregate"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    check = actions.add_parser("verify", help="recompute every chain; names what was changed")
    check.add_argument("services", nargs="*", help="only these services")


def run(args: argparse.Namespace) -> int:
    """0 when every chain holds, 1 otherwise."""
    found = asyncio.run(_verify(tuple(args.services) or SERVICES))
    return 1 if found else 0


async def _verify(services: tuple[str, ...]) -> int:
    connection, total = await connect_admin(), 0
    try:
        for service in services:
            # One moment of the database: what is written meanwhile is no broken chain.
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                total += await _verify_one(connection, service)
    finally:
        await connection.close()
    return total


async def _verify_one(connection: asyncpg.Connection, service: str) -> int:
    tables, broken = await state_tables(connection, service), 0
    async for finding in verify(connection, service, tables):
        broken += 1
        print(f"  {service}: {finding.aggregate} at {finding.seq}: {finding.why}")
    count = await connection.fetchval(f"select count(*) from {service}.journal")  # noqa: S608
    print(f"  {service}: {count} entries, {broken or 'no'} broken chains")
    return broken
