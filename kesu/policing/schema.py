"""`kesu policy schema`: write the JSON Schemas of the pack language for editors."""

import argparse

from kesu.policing._schemas import write_schemas

NAME = "schema"
HELP = "write the JSON Schemas of the pack language anew"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""


def run(args: argparse.Namespace) -> int:
    """Write them beside the packs."""
    for path in write_schemas(args.policies / "schema"):
        print(path)
    return 0
