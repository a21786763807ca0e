"""`kesu trace <reference>`: one complaint across all services."""

import argparse
import asyncio

from kesu.commands._databases import connect_admin
from kesu.tracing.collecting import collect, complaint_of
from kesu.tracing.printing import text_of

NAME = "trace"
HELP = "print one complaint across all services: facts, decisions, clocks, custody, money"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("reference", help="KS-2026-000123, or the complaint's id")
    parser.add_argument("--all", action="store_true", help="also what was copied between services")


def run(args: argparse.Namespace) -> int:
    """1 when there is no such complaint."""
    return asyncio.run(_trace(args.reference, everything=args.all))


async def _trace(word: str, *, everything: bool) -> int:
    connection = await connect_admin()
    try:
        found = await complaint_of(connection, word)
        if found is None:
            print(f"no complaint {word} here; references look like KS-2026-000123")
            return 1
        for line in text_of(await collect(connection, *found), everything=everything):
            print(line)
    finally:
        await connection.close()
    return 0
