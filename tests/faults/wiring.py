"""Where wires stand in a lab: between each service and the database, and before the broker."""

from kesu.embedded.processes import free_port
from kesu.environment import Environment
from kesu.home import SERVICES, Home
from tests.faults.wires import Wires

BROKER = "broker"
"""The wire to the broker; those to the database have their services' names."""


def wired_up(told: Environment, service: str, wires: Wires) -> dict[str, str]:
    """The same places, by way of the wires."""
    database = told["KESU_DATABASE_URL"]
    straight, through = (f":{ports[service]}/" for ports in (wires.targets, wires.ports))
    return {
        "KESU_DATABASE_URL": database.replace(straight, through),
        "KESU_KAFKA": f"127.0.0.1:{wires.ports[BROKER]}",
    }


def laid(home: Home) -> Wires:
    """A wire to the broker, which sends all clients there, and one to the database a service."""
    targets = dict.fromkeys(SERVICES, home.ports.postgres) | {BROKER: home.ports.broker}
    drawn: set[int] = set()
    while len(drawn) < len(targets):
        drawn.add(free_port())
    return Wires(
        folder=home.folder, ports=dict(zip(targets, sorted(drawn), strict=True)), targets=targets
    )
