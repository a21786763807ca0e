"""`kesu policy simulate <draft>`: what would have been different, before anybody activates it."""

import argparse
import asyncio
import gc
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from time import perf_counter, process_time

from kesu.commands._databases import connect_admin
from kesu.home import PROJECT
from kesu.policing._generating import generated
from kesu.policing._meant import sources_named, users_of
from kesu.policing._recorded import from_scenarios, recorded
from shared.kernel.money import Money
from shared.kernel.policy.comparing import Comparison, Line, comparing
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.simulating import Kind, PastComplaint
from shared.plumbing.packs import BadPack
from shared.plumbing.packs.loading import Source, pack_from, required_of
from shared.plumbing.packs.organisations import organisations_in

NAME = "simulate"
HELP = "judge past complaints under a draft: routed, approved, breached, paid otherwise"
SCENARIOS = PROJECT / "scenarios"
EVERY = 10_000
"""After how many complaints the line of progress is written anew."""
TITLES = {
    Kind.ROUTED: "goes elsewhere",
    Kind.APPROVED: "decided by others",
    Kind.BREACHED: "late under the draft",
    Kind.SAVED: "in time under the draft",
    Kind.COST: "costs another amount",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the draft, what it is held against, and which complaints are judged."""
    parser.add_argument("draft", help="a pack's name or the directory of one version")
    parser.add_argument("--pack", help="what it is held against (the draft's pack in force)")
    parser.add_argument("--organisation", help="who supplies the open values (who runs the pack)")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, help="received from")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, help="received until")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--generated", type=int, metavar="N", help="N drawn complaints of a year")
    which.add_argument("--scenarios", action="store_true", help="the shipped scenarios")
    parser.add_argument("--seed", type=int, default=1, help="of the drawn complaints")
    parser.add_argument("--json", action="store_true", help="the report as JSON")


def run(args: argparse.Namespace) -> int:
    """1 when a pack cannot be read."""
    began = perf_counter()
    try:
        current, draft, organisation = _packs(args)
    except BadPack as bad:
        print(f"error {bad}", file=sys.stderr)
        return 1
    complaints = [one for one in _complaints(args, current, organisation) if _meant(one, args)]
    gc.freeze()  # what is loaded stays; looking at it again and again would cost half the time
    loaded, worked = perf_counter(), process_time()
    compared = Comparison(examples_max=None if args.json else 3)
    for judged in comparing(current, draft, complaints, compared):
        if judged % EVERY == 0:
            _progress(judged, len(complaints))
    seconds = {
        "loading": round(loaded - began, 3),
        "judging": round(perf_counter() - loaded, 3),
        "processor": round(process_time() - worked, 3),
    }
    if args.json:
        print(json.dumps(as_json(current, draft, compared, seconds), ensure_ascii=False))
        return 0
    for line in as_table(current, draft, compared):
        print(line)
    print(_told(compared.judged, seconds))
    return 0


def as_json(
    current: Pack, draft: Pack, compared: Comparison, seconds: dict[str, float]
) -> dict[str, object]:
    """The whole report; amounts in minor units."""
    return {
        "current": {"pack": current.id, "version": current.version, "hash": current.hash},
        "draft": {"pack": draft.id, "version": draft.version, "hash": draft.hash},
        "currency": draft.currency,
        "complaints": compared.judged,
        "otherwise": compared.otherwise,
        "cost_minor": {"current": compared.cost_before_minor, "draft": compared.cost_after_minor},
        "late": {"current": compared.late_before, "draft": compared.late_after},
        "changes": [asdict(line) for line in compared.lines()],
        "seconds": seconds,
    }


def as_table(current: Pack, draft: Pack, compared: Comparison) -> Iterator[str]:
    """The report for a person."""
    yield f"{current.id} {current.version} ({current.hash[:12]})"
    yield f"against the draft {draft.id} {draft.version} ({draft.hash[:12]})"
    yield f"{compared.judged} complaints, {compared.otherwise} fare otherwise"
    for kind in Kind:
        lines = [line for line in compared.lines() if line.kind is kind]
        if lines:
            yield f"  {TITLES[kind]}"
            yield from (_row(line, draft.currency) for line in lines)
    before = Money(draft.currency, compared.cost_before_minor)
    after = Money(draft.currency, compared.cost_after_minor)
    yield f"  cost   {before} → {after}"
    yield f"  late   {compared.late_before} → {compared.late_after} clocks"


def _told(judged: int, seconds: dict[str, float]) -> str:
    rate = judged / seconds["judging"] if seconds["judging"] else 0
    return (
        f"loaded in {seconds['loading']} s; judged in {seconds['judging']} s "
        f"({seconds['processor']} s of processor time), {rate:,.0f} complaints a second"
    )


def _row(line: Line, currency: str) -> str:
    what = {
        Kind.BREACHED: line.after,
        Kind.SAVED: line.before,
        Kind.COST: f"{'+' if line.by_minor >= 0 else '-'}{Money(currency, abs(line.by_minor))}",
    }.get(line.kind, f"{line.before} → {line.after}")
    return f"    {line.complaints:>7}  {what}  (such as {', '.join(line.references)})"


def _packs(args: argparse.Namespace) -> tuple[Pack, Pack, Organisation | None]:
    draft = sources_named(args.draft, args.policies)[-1]
    against = args.pack or draft.directory.parent.name
    current = sources_named(against, args.policies)[-1]
    served = organisations_in(args.organisations)
    users = [o for o in users_of(current, served) if args.organisation in {None, o.id}]
    organisation = users[0] if users else None
    return _filled(current, organisation), _filled(draft, organisation), organisation


def _filled(source: Source, organisation: Organisation | None) -> Pack:
    """The pack with the organisation's values; the draft's new ones by their examples."""
    examples = {required.key: required.example for required in required_of(source)}
    return pack_from(source, examples | dict(organisation.configuration if organisation else ()))


def _complaints(
    args: argparse.Namespace, current: Pack, organisation: Organisation | None
) -> Iterator[PastComplaint]:
    if args.generated is not None:
        year = datetime.now(UTC).year
        first, last = args.first or date(year, 1, 1), args.last or date(year, 12, 31)
        yield from generated(current, args.generated, seed=args.seed, first=first, last=last)
    elif args.scenarios:
        yield from from_scenarios(SCENARIOS, current, datetime.now(UTC))
    elif organisation is not None:
        yield from asyncio.run(_journals(organisation.id))


async def _journals(organisation: str) -> list[PastComplaint]:
    connection = await connect_admin()
    try:
        return await recorded(connection, organisation, datetime.now(UTC))
    finally:
        await connection.close()


def _meant(complaint: PastComplaint, args: argparse.Namespace) -> bool:
    """Whether it was received in the days that were asked for."""
    at = complaint.received_at
    after = args.first is None or at >= datetime.combine(args.first, time(), tzinfo=UTC)
    return after and (args.last is None or at.astimezone(UTC).date() <= args.last)


def _progress(judged: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\r" if judged < total else "\n"
        print(f"judged {judged:,} of {total:,}", end=end, file=sys.stderr, flush=True)
