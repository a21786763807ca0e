"""`kesu policy`: check packs before anybody decides under them, and show what they say."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from shared.kernel.money import Money
from shared.kernel.policy.boxes import Within
from shared.kernel.policy.finding import Severity
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.references import clocks_of
from shared.kernel.policy.words import LANGUAGES
from shared.plumbing.packs import ORGANISATIONS, POLICIES, BadPack
from shared.plumbing.packs.loading import Source, source_of
from shared.plumbing.packs.organisations import organisations_in
from shared.plumbing.packs.shelf import Placed, examined, sources_of

NAME = "policy"
HELP = "check policy packs, or show what one says"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `check [pack|path]` and `show [pack|path]`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    for action, what in (("check", "prove packs"), ("show", "print what packs say")):
        own = actions.add_parser(action, help=what, description=what)
        own.add_argument("pack", nargs="?", help="a pack's name or the directory of one version")
        own.add_argument("--policies", type=Path, default=POLICIES, help="where packs are kept")
        own.add_argument("--organisations", type=Path, default=ORGANISATIONS)
        own.add_argument("--language", choices=LANGUAGES, default="zh-Hant")
        own.add_argument("--json", action="store_true", help="findings as JSON lines")


def run(args: argparse.Namespace) -> int:
    """0 when nothing is wrong, 1 when a pack would be refused."""
    try:
        served = organisations_in(args.organisations)
        found = list(_meant(args))
        return _check(found, served, args) if args.action == "check" else _show(found, served, args)
    except BadPack as bad:
        print(f"error {bad}", file=sys.stderr)
        return 1


def _meant(args: argparse.Namespace) -> Iterator[Source]:
    """The versions that the arguments mean: all, one pack's, or one directory's."""
    if args.pack and Path(args.pack).is_dir():
        yield source_of(Path(args.pack).resolve())
        return
    for pack in [args.pack] if args.pack else sorted(p.name for p in args.policies.iterdir()):
        yield from sources_of(args.policies, pack)


def _check(
    sources: list[Source], served: tuple[Organisation, ...], args: argparse.Namespace
) -> int:
    refused = False
    for source in sources:
        for organisation in _users(source, served) or (None,):
            pack, placed = examined(source, organisation)
            refused |= any(one.finding.severity is Severity.ERROR for one in placed)
            _report(pack, organisation, placed, as_json=args.json)
    return int(refused)


def _users(source: Source, served: tuple[Organisation, ...]) -> tuple[Organisation | None, ...]:
    return tuple(one for one in served if one.pack == source.directory.parent.name)


def _report(
    pack: Pack, organisation: Organisation | None, placed: list[Placed], *, as_json: bool
) -> None:
    for one in placed:
        print(json.dumps(asdict(one), ensure_ascii=False) if as_json else one)
    if not as_json:
        under = f" for {organisation.id}" if organisation else " with its examples filled in"
        state = f"{len(placed)} findings" if placed else "nothing wrong"
        print(f"{pack.id} {pack.version}{under}: {state} (hash {pack.hash[:12]})")


def _show(sources: list[Source], served: tuple[Organisation, ...], args: argparse.Namespace) -> int:
    for source in sources:
        users = _users(source, served)
        pack, _ = examined(source, users[0] if users else None)
        print("\n".join(_pages(pack, args.language)))
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
