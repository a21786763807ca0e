"""`kesu policy show [pack|path]`: what a pack says, in the reader's language."""

import argparse
import sys
from collections.abc import Iterator

from kesu.policing._meant import add_pack, meant, users_of
from shared.kernel.money import Money
from shared.kernel.policy.boxes import Within
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.references import clocks_of
from shared.plumbing.packs import BadPack
from shared.plumbing.packs.organisations import organisations_in
from shared.plumbing.packs.shelf import examined

NAME = "show"
HELP = "print what packs say"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the pack."""
    add_pack(parser)


def run(args: argparse.Namespace) -> int:
    """1 when a pack cannot be read."""
    try:
        served = organisations_in(args.organisations)
        for source in meant(args):
            users = users_of(source, served)
            pack, _ = examined(source, users[0] if users else None)
            print("\n".join(_pages(pack, args.language)))
    except BadPack as bad:
        print(f"error {bad}", file=sys.stderr)
        return 1
    return 0


def _pages(pack: Pack, language: str) -> Iterator[str]:
    yield f"{pack.label.of(language)}  {pack.id} {pack.version}  {pack.hash[:12]}"
    yield "  routing"
    for row in pack.escalation.routing:
        yield f"    {row.id:32} {row.tier:12} {row.label.of(language)}  [{', '.join(row.cite)}]"
    yield "  clocks"
    for rule in clocks_of(pack):
        within = f"{rule.within.days}d" if rule.within.days else f"{rule.within.seconds // 60}min"
        yield f"    {rule.id:32} {within:>8} {rule.calendar:8} {rule.label.of(language)}"
    yield "  authority"
    for settlement in pack.compensation.settlements:
        yield f"    {settlement.id:32} {settlement.role:22} {settlement.label.of(language)}"
    for band in pack.compensation.ladder:
        roles = " + ".join(f"{step.how} {step.role}" for step in band.steps) or "refused"
        amount = _band(band.when.on("exposure_minor"), pack.currency)
        yield f"    {band.id:32} {amount:24} {roles}  [{', '.join(band.cite)}]"


def _band(test: object, currency: str) -> str:
    if not isinstance(test, Within):
        return "any amount"
    low = Money(currency, test.low)
    return f"{low} and up" if test.high is None else f"{low} … {Money(currency, test.high)}"
