"""`kesu parked`: what waits for an operator, and the two things to do about it."""

import argparse
import asyncio
import getpass
import importlib
from uuid import UUID

from kesu.commands._databases import connect_admin, take_part_of
from shared.contracts.registry import SERVICES
from shared.plumbing.applying import Applying
from shared.plumbing.identifiers import new_id
from shared.plumbing.inbox import LastHeard, advance
from shared.plumbing.running import Parts, open_parts
from shared.plumbing.settings import Settings, load_settings
from shared.plumbing.writing import Connection

NAME = "parked"
HELP = "list facts and timers that wait, release them, or discard one with a reason"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="every parked fact and timer of every service")
    for name, text in (("release", "try it again"), ("discard", "go on without the next one")):
        action = actions.add_parser(name, help=text)
        action.add_argument("service", choices=SERVICES)
        action.add_argument("source", help="/kesu/<service> whose fact it is, or 'timers'")
        action.add_argument("aggregate", type=UUID)
        action.add_argument("--reason", required=True)


def run(args: argparse.Namespace) -> int:
    if args.action == "list":
        asyncio.run(_list())
        return 0
    take_part_of(args.service)
    return asyncio.run(_act(args))


async def _list() -> None:
    connection, total = await connect_admin(), 0
    try:
        for service in SERVICES:
            for row in await connection.fetch(_PARKED.format(s=service)):
                total += 1
                print(f"  {service}: {' '.join(str(value) for value in row.values())}")
    finally:
        await connection.close()
    print(f"{total or 'nothing'} parked" + ("; see `kesu parked release --help`" if total else ""))


async def _act(args: argparse.Namespace) -> int:
    main = importlib.import_module(f"services.{args.service}_service.main")
    settings = load_settings(args.service, getattr(main, "SETTINGS", Settings))
    parts = await open_parts(args.service, settings)
    try:
        async with parts.pool.acquire() as connection, connection.transaction():
            await _note(connection, args)
            if args.source == "timers":
                print(await _release_timers(connection, args))
                return 0
            if args.action == "discard" and not await _discard(connection, args):
                print("nothing is parked there")
                return 1
            drained = await _applying(parts).drain(connection, (args.source, args.aggregate))
        print(f"{drained} facts applied")
    finally:
        await parts.close()
    return 0


def _applying(parts: Parts) -> Applying:
    worker = importlib.import_module(f"services.{parts.service}_service.worker")
    return Applying(schema=parts.service, pool=parts.pool, apply=worker.create_worker(parts).apply)


async def _release_timers(connection: Connection, args: argparse.Namespace) -> str:
    return await connection.execute(
        f"update {args.service}.timers set problem = null where aggregate = $1",  # noqa: S608
        args.aggregate,
    )


async def _discard(connection: Connection, args: argparse.Namespace) -> bool:
    """Goes on as if the oldest parked fact of this stream had been applied."""
    row = await connection.fetchrow(
        f"delete from {args.service}.parked p where (source, aggregate, sequence) = "  # noqa: S608
        f"(select source, aggregate, sequence from {args.service}.parked "
        "where source = $1 and aggregate = $2 order by sequence limit 1) "
        "returning sequence, event_id, kind",
        args.source,
        args.aggregate,
    )
    if row is None:
        return False
    if row["kind"] != "diverged":
        head = LastHeard(row["sequence"], row["event_id"])
        await advance(connection, args.service, {(args.source, args.aggregate): head})
    print(f"discarded fact {row['sequence']}")
    return True


async def _note(connection: Connection, args: argparse.Namespace) -> None:
    await connection.execute(
        f"insert into {args.service}.operator_actions "  # noqa: S608
        "(id, action, target, operator, reason) values ($1, $2, $3, $4, $5)",
        new_id(),
        args.action,
        f"{args.source} {args.aggregate}",
        getpass.getuser(),
        args.reason,
    )


_PARKED = """
select source, aggregate::text, sequence::text, type, kind, problem from {s}.parked
union all
select 'timers', aggregate::text, name, kind, 'timer', problem from {s}.timers
where problem is not null order by 1, 2, 3
"""
