"""Where a running Kesu keeps its things: ports, passwords, logs, and what is running now."""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

SERVICES = ("intake", "escalation", "compensation", "followup", "insights")
PROJECT = Path(__file__).resolve().parents[1]
DATABASE = "kesu"
DEFAULT_PORT_BASE = 20_000
_LAST_PORT = 32_767


class BadSetting(ValueError):
    """An environment variable makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Every port of one Kesu, counted from one base (KESU_PORT_BASE, 20000), all below 32768."""

    base: int = DEFAULT_PORT_BASE

    def __post_init__(self) -> None:
        if not 1024 <= self.base <= _LAST_PORT - 432:
            raise BadSetting("KESU_PORT_BASE lies between 1024 and 32335")

    @property
    def gateway(self) -> int:
        """The one port people talk to."""
        return self.base + 10

    @property
    def broker(self) -> int:
        """The embedded broker's."""
        return self.base + 92

    @property
    def controller(self) -> int:
        """The embedded Apache Kafka's controller."""
        return self.base + 93

    @property
    def postgres(self) -> int:
        """The embedded PostgreSQL's."""
        return self.base + 432

    def service(self, service: str) -> int:
        """From base + 11 (intake) to base + 15 (insights)."""
        return self.base + 11 + SERVICES.index(service)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The folder of one Kesu: `.kesu` in the project, or KESU_HOME."""

    folder: Path
    ports: Ports

    @classmethod
    def from_environment(cls) -> "Home":
        """As KESU_HOME and KESU_PORT_BASE say. Raises BadSetting."""
        folder = Path(os.environ.get("KESU_HOME") or PROJECT / ".kesu").resolve()
        base = os.environ.get("KESU_PORT_BASE") or str(DEFAULT_PORT_BASE)
        if not base.isdigit():
            raise BadSetting("KESU_PORT_BASE is a number")
        return cls(folder=folder, ports=Ports(base=int(base)))

    @property
    def address(self) -> str:
        """The gateway's origin."""
        return f"http://127.0.0.1:{self.ports.gateway}"

    @property
    def lock(self) -> Path:
        """Held by the supervisor for as long as it lives."""
        return self.folder / "supervisor.lock"

    def log(self, name: str) -> Path:
        """Where a child's output goes."""
        return self.folder / "logs" / f"{name}.log"

    def make(self) -> None:
        """Make the folder; others may pass through it to their own parts, not list it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711)

    def passwords(self) -> dict[str, str]:
        """One password per service's database login, drawn once and kept in a 0600 file."""
        place = self.folder / "passwords.json"
        if not place.exists():
            drawn = {service: secrets.token_urlsafe(24) for service in SERVICES}
            _write_private(place, json.dumps(drawn, indent=2))
        kept: dict[str, str] = json.loads(place.read_text())
        return kept

    def hotline_secret(self) -> str:
        """The secret the demonstration's hotline signs with, drawn once and kept in a 0600 file."""
        place = self.folder / "hotline.secret"
        if not place.exists():
            drawn = base64.b64encode(secrets.token_bytes(32)).decode()
            _write_private(place, f"whsec_{drawn}")
        return place.read_text()

    def service_dsn(self, service: str) -> str:
        """The DSN a service logs in with: its own role, its own schema."""
        return service_dsn(f"127.0.0.1:{self.ports.postgres}", service, self.passwords()[service])

    def write_running(self, facts: dict[str, Any]) -> None:
        """Keep what runs now, the administrator's DSN included: readable by the owner only."""
        _write_private(self.folder / "running.json", json.dumps(facts, indent=2))

    def running(self) -> dict[str, Any] | None:
        """What the last supervisor wrote, or None when it ended in order."""
        try:
            facts: dict[str, Any] = json.loads((self.folder / "running.json").read_text())
        except FileNotFoundError:
            return None
        return facts

    def forget_running(self) -> None:
        """Nothing runs any more."""
        (self.folder / "running.json").unlink(missing_ok=True)


def service_dsn(place: str, service: str, password: str, *, database: str = DATABASE) -> str:
    """`postgresql://kesu_<service>_app:…@place/database`."""
    return f"postgresql://kesu_{service}_app:{quote(password, safe='')}@{place}/{database}"


def _write_private(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    partial.rename(path)
