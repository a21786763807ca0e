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
from shared.plumbing.inbox import LastHeard, advance, heard
from shared.plumbing.running import Parts, open_parts
from shared.plumbing.settings import Settings, load_settings
from shared.plumbing.writing import Connection

NEVER_CAME = UUID(int=0)
"""The id of a fact that was given up before it came."""

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
            applying = _applying(parts)
            await applying.hold(connection, args.source)
            if args.action == "discard" and not await _discard(connection, args):
                print("nothing is parked there")
                return 1
            drained = await applying.drain(connection, (args.source, args.aggregate))
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
    """Goes on without what the stream waits for, and with everything that came after it.

    That is another history where one was told; else the next fact, as if it had been applied;
    or the facts that never came, up to the first one that did.
    """
    stream = (args.source, args.aggregate)
    first = await connection.fetchrow(
        f"select sequence, event_id, kind from {args.service}.parked "  # noqa: S608
        "where source = $1 and aggregate = $2 order by kind <> 'diverged', sequence limit 1",
        *stream,
    )
    if first is None:
        return False
    last = (await heard(connection, args.service, [stream])).get(stream, LastHeard())
    number = first["sequence"]
    if number > last.sequence + 1:
        await advance(connection, args.service, {stream: LastHeard(number - 1, NEVER_CAME)})
        print(f"goes on without facts {last.sequence + 1} to {number - 1}, which never came")
        return True
    await connection.execute(
        f"delete from {args.service}.parked "  # noqa: S608
        "where source = $1 and aggregate = $2 and sequence = $3",
        *stream,
        number,
    )
    if number == last.sequence + 1:
        await advance(connection, args.service, {stream: LastHeard(number, first["event_id"])})
    print(f"discarded fact {number}")
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
