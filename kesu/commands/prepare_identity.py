"""`kesu prepare-identity`: the development issuer's keys, and its public half for the services."""

import argparse
import shutil
from pathlib import Path

from shared.plumbing.issuer import DevelopmentIssuer
from shared.plumbing.settings import Settings

NAME = "prepare-identity"
HELP = "make the development issuer's keys in KESU_HOME; safe to repeat"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where services find the public keys."""
    parser.add_argument("--publish", type=Path, help="also copy jwks.json into this folder")


def run(args: argparse.Namespace) -> int:
    """Make and publish; the private key stays in KESU_HOME."""
    settings = Settings()
    DevelopmentIssuer(settings.home, issuer=settings.issuer, audience=settings.audience)
    if args.publish:
        shutil.copyfile(settings.home / "jwks.json", args.publish / "jwks.json")
    print("the issuer's keys are ready")
    return 0
