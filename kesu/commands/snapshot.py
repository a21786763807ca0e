"""`kesu snapshot`: writes the contracts as the code has them, or says where they part."""

import argparse
import json
import sys

from kesu.contracting import artefacts
from kesu.contracting.breaking import NoSuchVersion, breaking_changes, earlier

NAME = "snapshot"
HELP = "write event schemas, AsyncAPI, OpenAPI and the pages made from code; or check them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Write, check, or compare with an earlier version."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="fail where a document is not the code")
    what.add_argument(
        "--breaking", metavar="VERSION", help="fail on what breaks readers of this ref or folder"
    )


def run(args: argparse.Namespace) -> int:
    """0 when all is well, 1 with sentences on stderr, 2 when there is no such version."""
    found = artefacts.artefacts()
    if args.check:
        return _report(artefacts.drift(found), "run `make snapshot` and look at the difference")
    if args.breaking:
        return _compare(args.breaking, found)
    for line in artefacts.write(found):
        print(line)
    return 0


def _compare(version: str, found: dict[str, str]) -> int:
    now = {path: json.loads(text) for path, text in found.items() if path.endswith(".json")}
    try:
        before = earlier(version)
    except NoSuchVersion:
        print(f"there is no commit and no folder {version}", file=sys.stderr)
        return 2
    return _report(breaking_changes(before, now), "add a new version beside the old one instead")


def _report(sentences: list[str], advice: str) -> int:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    if sentences:
        print(advice, file=sys.stderr)
    return 1 if sentences else 0
