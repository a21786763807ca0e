"""`kesu policy explain <reference>`: under which rows one complaint was decided, and why."""

import argparse
import asyncio
import sys

from kesu.commands._databases import connect_admin
from kesu.policing._explaining import decisions_in, explained, said
from kesu.tracing.collecting import Traced, collect, complaint_of
from shared.kernel.policy.pack import Pack
from shared.plumbing.packs import BadPack, Packs, UnknownPack

NAME = "explain"
HELP = "say every decision made under a pack for one complaint, and why"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the complaint."""
    parser.add_argument("reference", help="KS-2026-000123, or the complaint's id")


def run(args: argparse.Namespace) -> int:
    """1 when there is no such complaint or a pack cannot be read."""
    traced = asyncio.run(_traced(args.reference))
    if traced is None:
        print(said("nowhere", args.language), file=sys.stderr)
        return 1
    try:
        packs = Packs.load(args.policies, args.organisations)
    except BadPack as bad:
        print(f"error {bad}", file=sys.stderr)
        return 1

    def pack_of(content_hash: str) -> Pack | None:
        try:
            return packs.by_hash(content_hash)
        except UnknownPack:
            return None

    print(f"{traced.reference}  {said('decisions', args.language)}")
    for line in explained(decisions_in(traced.lines), pack_of, args.language):
        print(line)
    return 0


async def _traced(word: str) -> Traced | None:
    connection = await connect_admin()
    try:
        found = await complaint_of(connection, word)
        return await collect(connection, *found) if found else None
    finally:
        await connection.close()
