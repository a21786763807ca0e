"""`kesu status`: what runs, whether it is ready, and what it weighs."""

import argparse

import psutil

from kesu.home import SERVICES, Home
from kesu.locks import is_locked
from kesu.tending import answers_ready

NAME = "status"
HELP = "say what runs, whether it is ready, and its memory (sum of PSS)"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_args: argparse.Namespace) -> int:
    """0 when all is ready, 1 when something is not, 3 when nothing runs."""
    home = Home.from_environment()
    running = home.running()
    if running is None or not is_locked(home.lock):
        print("Kesu is not running")
        return 3
    states = {name: _state(home, name, running["processes"][name]) for name in running["processes"]}
    for name, (state, weight) in states.items():
        print(f"{name:<13} {state:<10} {weight / 2**20:7.1f} MiB")
    total = pss(running["supervisor"])  # all of them are its children
    print(f"{'everything':<24} {total / 2**20:7.1f} MiB · {home.address}")
    return 0 if all(state == "ready" for state, _ in states.values()) else 1


def pss(pid: int) -> int:
    """The proportional set size of a process and all below it, in bytes; 0 when it is gone."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_full_info().pss for member in family)
    except psutil.NoSuchProcess:
        return 0


def _state(home: Home, name: str, process: dict[str, float]) -> tuple[str, int]:
    weight = pss(int(process["pid"]))
    if not weight:
        return "down", 0
    ports = {service: home.ports.service(service) for service in SERVICES}
    ports["gateway"] = home.ports.gateway
    ready = name not in ports or answers_ready(ports[name])
    return "ready" if ready else "not ready", weight
