"""Which packs a command means, and who runs them."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from shared.kernel.policy.organisation import Organisation
from shared.plumbing.packs.loading import Source, source_of
from shared.plumbing.packs.shelf import sources_of


def add_pack(parser: argparse.ArgumentParser) -> None:
    """The argument that names packs."""
    parser.add_argument("pack", nargs="?", help="a pack's name or the directory of one version")


def meant(args: argparse.Namespace) -> Iterator[Source]:
    """The versions that the arguments mean: all, one pack's, or one directory's. Raises BadPack."""
    for name in named(args):
        yield from sources_named(name, args.policies)


def named(args: argparse.Namespace) -> list[str]:
    """What the arguments name: a pack, a directory, or every pack there is."""
    if args.pack:
        return [args.pack]
    return sorted(place.name for place in args.policies.iterdir() if is_pack(place))


def is_pack(place: Path) -> bool:
    """Whether a folder among the policies is a pack; the schemas for editors are none."""
    return place.is_dir() and place.name != "schema"


def sources_named(name: str, policies: Path) -> tuple[Source, ...]:
    """The versions of a pack, or the one in a directory. Raises BadPack."""
    place = Path(name)
    if place.is_dir() and (place / "pack.yaml").exists():
        return (source_of(place.resolve()),)
    return sources_of(policies, name)


def users_of(source: Source, served: tuple[Organisation, ...]) -> tuple[Organisation, ...]:
    """The organisations that run this pack."""
    return tuple(one for one in served if one.pack == source.directory.parent.name)
