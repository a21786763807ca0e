"""`kesu clock`: business time, for demonstrations, and the operator's word after a clock step."""

import argparse
import asyncio
import getpass
import re
from datetime import timedelta

from kesu.commands._databases import connect_admin

NAME = "clock"
HELP = "show business time, advance it (3d, 12h, 30m), or acknowledge a clock step"
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("show", help="what time it is for the business")
    advance = actions.add_parser("advance", help="move business time forward; it never goes back")
    advance.add_argument("by", type=length, help="3d, 12h, 30m, 1d6h")
    word = actions.add_parser("acknowledge", help="timers held by a clock step may fire again")
    word.add_argument("--reason", required=True)


def length(text: str) -> timedelta:
    """`1d6h` as a timedelta. Raises argparse.ArgumentTypeError."""
    parts = re.findall(r"(\d+)([dhms])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise argparse.ArgumentTypeError("say a length like 3d, 12h, 30m or 1d6h")
    return timedelta(**{UNITS[unit]: int(number) for number, unit in parts})


def run(args: argparse.Namespace) -> int:
    asyncio.run(_run(args))
    return 0


async def _run(args: argparse.Namespace) -> None:
    connection = await connect_admin()
    try:
        if args.action == "advance":
            await connection.execute(
                "update platform.business_time set ahead = ahead + $1", args.by
            )
        if args.action == "acknowledge":
            await connection.execute(
                "insert into platform.clock_acknowledgements (operator, reason) values ($1, $2)",
                getpass.getuser(),
                args.reason,
            )
        row = await connection.fetchrow(
            "select platform.business_now() as now, ahead from platform.business_time"
        )
        assert row is not None, "migrations make this row"
        print(f"business time {row['now'].isoformat(timespec='seconds')}, {row['ahead']} ahead")
        held = await connection.fetchrow(_HELD)
        if held:
            print(
                f"no timer fires: {held['seen_by']} saw the database's clock jump by {held['step']}"
                f" at {held['seen_at'].isoformat(timespec='seconds')}. Once the clock is right: "
                "kesu clock acknowledge --reason '...'"
            )
    finally:
        await connection.close()


_HELD = """
select step, seen_by, seen_at from platform.clock_holds
where words >= (select count(*) from platform.clock_acknowledgements) order by words desc limit 1
"""
