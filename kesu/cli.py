"""The command line: one module of `kesu.commands` per command, found by its name.

A command module has `NAME` (its file's name with dashes), `HELP`, `add_arguments(parser)` and
`run(args) -> int` (the exit status).
"""

import argparse
import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

import kesu.commands

TRY_AGAIN = 75


class Command(Protocol):
    """What a module of `kesu.commands` offers."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None:
        """Declare the command's own arguments."""

    def run(self, args: argparse.Namespace, /) -> int:
        """Do it; 0 when all went well."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status; 2 when it is misspelt (argparse), 75 (EX_TEMPFAIL,
    sysexits.h) when PostgreSQL went away meanwhile.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    args = parser_for(words).parse_args(words)
    command: Command = args.command
    try:
        return command.run(args)
    except Exception as error:
        if command.NAME == "serve" or not _may_work_again(error):
            raise
        print(f"PostgreSQL was away or busy ({type(error).__name__}). What was begun is done")
        print("wholly or not at all: look first, then give the command again.")
        return TRY_AGAIN


def _may_work_again(error: Exception) -> bool:
    from shared.plumbing.database import BUSY, LOST  # noqa: PLC0415 only who fails waits for it

    return isinstance(error, (*LOST, *BUSY))


def parser_for(words: Sequence[str]) -> argparse.ArgumentParser:
    """A parser that knows the command meant, or all of them when none is.

    A service starts through here, so the modules of the other commands are not imported for it.
    """
    parser = argparse.ArgumentParser(prog="kesu", description="Complaint handling, five services.")
    commands = parser.add_subparsers(required=True, metavar="command")
    known = names()
    for name in words[:1] if words[:1] and words[0] in known else known:
        command = load(name)
        own = commands.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(own)
        own.set_defaults(command=command)
    return parser


def names() -> list[str]:
    """Every command there is, as typed."""
    modules = pkgutil.iter_modules(kesu.commands.__path__)
    return [each.name.replace("_", "-") for each in modules if not each.name.startswith("_")]


def load(name: str) -> Command:
    """The module of a command."""
    module = import_module(f"kesu.commands.{name.replace('-', '_')}")
    return cast("Command", module)
