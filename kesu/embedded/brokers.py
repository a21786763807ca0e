"""The brokers we can run ourselves, seen as one thing."""

import subprocess
from typing import Protocol

from kesu.embedded.kafka import EmbeddedKafka
from kesu.embedded.tansu import EmbeddedTansu
from kesu.home import Home


class Broker(Protocol):
    """What the supervisor needs of a broker it runs itself."""

    flavour: str

    @property
    def bootstrap(self) -> str:
        """Host and port for clients."""

    @property
    def incarnation(self) -> str:
        """A new one per start where the broker forgets, else empty."""

    @property
    def child(self) -> subprocess.Popen[bytes] | None:
        """The process."""

    def begin(self) -> None:
        """Start it."""

    def wait_ready(self) -> None:
        """Wait for it. Raises StartFailed."""

    def stop(self) -> None:
        """Stop it."""


def own_broker(kind: str, home: Home, *, advertised_port: int | None = None) -> Broker:
    """`tansu`, which forgets, or `kafka`, which needs Java and keeps its data in `home`.

    `advertised_port` is where clients are sent when a proxy stands before it.
    """
    log = home.log("broker")
    if kind == "tansu":
        return EmbeddedTansu(port=home.ports.broker, log=log, advertised_port=advertised_port)
    return EmbeddedKafka(
        home=home.folder / "kafka",
        port=home.ports.broker,
        controller_port=home.ports.controller,
        log=log,
        advertised_port=advertised_port,
    )
