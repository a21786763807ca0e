"""`kesu republish --missing`: sends again exactly what some listener has not heard (decision 8)."""

import argparse
import asyncio

import asyncpg

from kesu.commands._databases import connect_admin
from shared.contracts.registry import SERVICES, listeners_of, source_of

NAME = "republish"
HELP = "send again the facts that a listener has not applied, or all of one service"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--missing", action="store_true", help="what some listener has not heard")
    which.add_argument("--all", action="store_true", help="every fact ever published")
    parser.add_argument("services", nargs="*", help="only facts of these services")


def run(args: argparse.Namespace) -> int:
    """Prints how many facts of each service wait to be sent again."""
    asyncio.run(_run(tuple(args.services) or SERVICES, everything=args.all))
    return 0


async def _run(services: tuple[str, ...], *, everything: bool) -> None:
    connection = await connect_admin()
    try:
        for service in services:
            count = await republish(connection, service, everything=everything)
            print(f"  {service}: {count} facts to send again")
    finally:
        await connection.close()


async def republish(
    connection: asyncpg.Connection, service: str, *, everything: bool = False
) -> int:
    """Puts a service's facts back into its outbox; returns how many. Duplicates do no harm."""
    listeners = () if everything else listeners_of(service)
    heard = " union all ".join(_HEARD.format(l=each, s=service) for each in listeners) or _NOTHING
    status = await connection.execute(
        _REPUBLISH.format(s=service, heard=heard, listeners=max(len(listeners), 1)),
        source_of(service),
    )
    return int(status.rsplit(" ", 1)[1])


_NOTHING = "select null::uuid as aggregate, 0 as last_sequence where $1::text is null"
_HEARD = "select aggregate, last_sequence from {l}.inbox where source = $1"
_REPUBLISH = """
with heard as ({heard}),
floor as (
    select aggregate, case when count(*) < {listeners} then 0 else min(last_sequence) end as last
    from heard group by aggregate)
insert into {s}.outbox (bucket, aggregate, seq)
select j.bucket, j.aggregate, j.seq from {s}.journal j left join floor f using (aggregate)
where j.fact_sequence > coalesce(f.last, 0)
  and not exists (select 1 from {s}.outbox o where o.aggregate = j.aggregate and o.seq = j.seq)
order by j.aggregate, j.seq
"""
