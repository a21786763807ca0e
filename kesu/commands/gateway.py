"""`kesu gateway`: the smallest thing that routes prefixes, for the embedded runtime."""

import argparse
import os
import sys

from kesu.home import SERVICES, Home

NAME = "gateway"
HELP = "serve one origin in front of the five services (KESU_UPSTREAMS: intake=host:port,…)"

Upstreams = dict[str, tuple[str, int]]


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None: KESU_HOST, KESU_PORT, KESU_UPSTREAMS say it, else KESU_PORT_BASE."""


def run(_args: argparse.Namespace) -> int:
    """Serve until told to end; 2 when KESU_UPSTREAMS makes no sense."""
    from kesu.gateway.serving import serve  # noqa: PLC0415 - uvicorn is for this command only

    ports = Home.from_environment().ports
    told = os.environ.get("KESU_UPSTREAMS")
    try:
        upstreams = told_upstreams(told) if told else _ours()
    except ValueError:
        print("KESU_UPSTREAMS looks like intake=host:port,escalation=host:port", file=sys.stderr)
        return 2
    host = os.environ.get("KESU_HOST", "127.0.0.1")
    serve(upstreams, host=host, port=int(os.environ.get("KESU_PORT", ports.gateway)))
    return 0


def told_upstreams(told: str) -> Upstreams:
    """`intake=host:port,…` read. Raises ValueError."""
    found: Upstreams = {}
    for part in told.split(","):
        service, _, place = part.strip().partition("=")
        host, _, port = place.rpartition(":")
        if service not in SERVICES or not host:
            raise ValueError(part)
        found[service] = (host, int(port))
    return found


def _ours() -> Upstreams:
    ports = Home.from_environment().ports
    return {service: ("127.0.0.1", ports.service(service)) for service in SERVICES}
