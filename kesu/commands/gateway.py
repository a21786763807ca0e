"""`kesu gateway`: the smallest thing that routes prefixes, for the embedded runtime."""

import argparse
import os

from kesu.home import SERVICES, Home

NAME = "gateway"
HELP = "serve one origin in front of the five services"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None: ports come from KESU_PORT_BASE, KESU_PORT."""


def run(_args: argparse.Namespace) -> int:
    """Serve until told to end."""
    from kesu.gateway.serving import serve  # noqa: PLC0415 - uvicorn is for this command only

    ports = Home.from_environment().ports
    upstreams = {service: ("127.0.0.1", ports.service(service)) for service in SERVICES}
    serve(upstreams, host="127.0.0.1", port=int(os.environ.get("KESU_PORT", ports.gateway)))
    return 0
