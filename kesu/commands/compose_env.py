"""`kesu compose-env`: draws what docker-compose.yml asks for, once."""

import argparse
import os
import secrets
from pathlib import Path

from kesu.home import PROJECT, SERVICES

NAME = "compose-env"
HELP = "write .env with drawn passwords and keys for docker compose; an existing .env stays"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("--file", type=Path, default=PROJECT / ".env")


def run(args: argparse.Namespace) -> int:
    """Write it, readable by its owner only; 0 also when it is there."""
    if args.file.exists():
        print(f"{args.file.name} is there already and stays")
        return 0
    handle = os.open(args.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{name}={secrets.token_hex(24)}\n" for name in secret_names())
    print(f"{args.file.name} written: `docker compose up` reads it")
    return 0


def secret_names() -> list[str]:
    """Every secret the compose file needs. Hexadecimal values, so that they fit into a URL."""
    passwords = [f"KESU_{service.upper()}_PASSWORD" for service in SERVICES]
    keys = ["KESU_CURSOR_KEY", "KESU_API_KEY_PEPPER", "KESU_INTAKE_BLIND_KEY"]
    return ["KESU_ADMIN_PASSWORD", *passwords, *keys]
