"""`kesu policy new <pack>`: a commented pack and an organisation to begin with, proved at once."""

import argparse
import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from kesu.policing._schemas import write_schemas

NAME = "new"
HELP = "write a commented starter pack and an organisation that runs it"
STARTER = Path(__file__).with_name("starter")
_PACK = re.compile(r"[a-z][a-z0-9_]{1,62}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the name, the folder and the day."""
    parser.add_argument("pack", help="the new pack's name: small letters, digits, underscores")
    parser.add_argument("--folder", type=Path, default=Path(), help="where policies/ shall stand")
    parser.add_argument("--from", dest="day", type=date.fromisoformat, help="in force from (today)")


def run(args: argparse.Namespace) -> int:
    """1 when the name is none or the pack is there already."""
    if not _PACK.fullmatch(args.pack) or args.pack == "schema":
        print("a pack's name is made of small letters, digits and underscores", file=sys.stderr)
        return 1
    day = args.day or datetime.now(UTC).date()
    if (args.folder / "policies" / args.pack).exists():
        print(f"there is a pack {args.pack} already; choose another name", file=sys.stderr)
        return 1
    version, organisation = written(args.pack, args.folder, day)
    print(f"wrote {version} and {organisation}")
    print(f"prove it:  kesu policy check {version} --organisations {organisation.parent}")
    policies = f"KESU_POLICIES={args.folder / 'policies'}"
    print(f"serve it:  {policies} KESU_ORGANISATIONS={organisation.parent} kesu up")
    return 0


def written(pack: str, folder: Path, day: date) -> tuple[Path, Path]:
    """Write the pack, its organisation and the schemas; where the first two stand."""
    version = folder / "policies" / pack / day.isoformat()
    name = f"{pack.replace('_', '-')}-demo"
    organisation = folder / "organisations" / f"{name}.yaml"
    words = {"__pack__": pack, "__date__": day.isoformat(), "__organisation__": name}
    for template in sorted(STARTER.glob("*.yaml")):
        here = organisation if template.stem == "organisation" else version / template.name
        here.parent.mkdir(parents=True, exist_ok=True)
        here.write_text(_filled(template.read_text(encoding="utf-8"), words), encoding="utf-8")
    write_schemas(folder / "policies" / "schema")
    return version, organisation


def _filled(text: str, words: dict[str, str]) -> str:
    for place, word in words.items():
        text = text.replace(place, word)
    return text
