"""`kesu policy`: write, check, simulate and explain policy packs."""

import argparse
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import cast

import kesu.policing
from kesu.cli import Command
from shared.kernel.policy.words import LANGUAGES
from shared.plumbing.packs import ORGANISATIONS, POLICIES

NAME = "policy"
HELP = "check policy packs, write a new one, try a draft, explain decisions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare every action of `kesu.policing`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    for action in _actions():
        own = actions.add_parser(action.NAME, help=action.HELP, description=action.HELP)
        own.add_argument("--policies", type=Path, default=POLICIES, help="where packs are kept")
        own.add_argument("--organisations", type=Path, default=ORGANISATIONS)
        own.add_argument("--language", choices=LANGUAGES, default="zh-Hant")
        action.add_arguments(own)
        own.set_defaults(policing=action)


def run(args: argparse.Namespace) -> int:
    """What the action says; 1 when a pack would be refused."""
    action: Command = args.policing
    return action.run(args)


def _actions() -> list[Command]:
    """The modules that are actions; one beginning with an underscore serves the others."""
    found = pkgutil.iter_modules(kesu.policing.__path__)
    names = [each.name for each in found if not each.name.startswith("_")]
    return [cast("Command", import_module(f"kesu.policing.{name}")) for name in names]
