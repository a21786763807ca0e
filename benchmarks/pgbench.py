"""pgbench running the very statement that a registration writes, with fresh ids each time.

The statement and its values are taken from one real registration; ids and the key are
replaced by values that pgbench makes anew, in order, as UUIDv7s would be.
"""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from benchmarks.stage import Stage
from kesu.embedded.accounts import unprivileged
from kesu.embedded.postgres import binaries
from services.intake_service.main import create_app
from shared.plumbing import shell, writing
from shared.plumbing.changes import Change
from shared.plumbing.running import open_parts

KEY = "captured-by-the-benchmark"
UNIQUE = re.compile(rf"{KEY}|KS-\d{{4}}-\d+|c-[0-9a-f]{{32}}")
"""Strings that a unique constraint or a premise guards (key, reference, customer): made anew."""

REPLAYED_UP_TO = UUID(int=1 << 96)
"""pgbench's ids begin with zeros, a UUIDv7 never does."""


@dataclass(frozen=True, slots=True)
class SameStatement:
    """The statement as a pgbench script."""

    sql: str

    @classmethod
    def captured(cls, stage: Stage, body: bytes) -> "SameStatement":
        """Registers one complaint in this process and keeps what was written. Raises KeyError."""
        query, arguments = stage.ask(_capture(stage, body))
        return cls(_script(query, arguments))

    def per_second(self, stage: Stage, *, clients: int, seconds: int) -> float:
        """How many a second pgbench gets through, prepared, one thread.

        Raises RuntimeError when it fails, or when a statement wrote no complaint.
        """
        before = stage.complaints(up_to=REPLAYED_UP_TO)
        with tempfile.TemporaryDirectory() as place:
            script = Path(place) / "same.sql"
            script.write_text(self.sql, encoding="utf-8")
            done = subprocess.run(
                [
                    str(binaries(unprivileged()) / "pgbench"),
                    *("-n", "-M", "prepared", "-c", str(clients), "-j", "1"),
                    *(
                        "-T",
                        str(seconds),
                        "-f",
                        str(script),
                        "-D",
                        f"base={stage.next_base()}",
                        "-D",
                        "n=0",
                    ),
                    stage.home.service_dsn("intake"),
                ],
                check=False,
                capture_output=True,
                text=True,
            )
        if done.returncode:
            raise RuntimeError(f"pgbench: {done.stderr[:600]}")
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        ran = re.search(r"actually processed: (\d+)", done.stdout)
        assert found, "pgbench says its tps"
        assert ran, "pgbench says how many"
        # All together would count the load's last requests too, which end after their client.
        if stage.complaints(up_to=REPLAYED_UP_TO) - before != int(ran[1]):
            raise RuntimeError("pgbench ran statements that wrote nothing")
        return float(found[1])


async def _capture(stage: Stage, body: bytes) -> tuple[str, list[Any]]:
    kept: dict[str, Any] = {}

    class Recorder:
        async def fetch(self, query: str, *arguments: Any) -> list[Any]:
            kept["statement"] = (query, list(arguments))
            return []

    async def recording(
        connection: Any, table: Any, changes: list[Change], *, keyed: Any = None
    ) -> set[UUID]:
        await writing.write(Recorder(), table, changes, keyed=keyed)  # type: ignore[arg-type]
        return await writing.write(connection, table, changes, keyed=keyed)

    parts = await open_parts("intake", stage.settings_of("intake"))
    app = create_app(parts)
    headers = {
        "Authorization": f"Bearer {stage.token('auto-demo', 'clerk')}",
        "Idempotency-Key": KEY,
        "Content-Type": "application/json",
    }
    usual = shell.write  # type: ignore[attr-defined]
    shell.write = recording  # type: ignore[attr-defined,assignment]
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client,
        ):
            response = await client.post("/intake/v1/complaints", content=body, headers=headers)
            response.raise_for_status()
    finally:
        shell.write = usual  # type: ignore[attr-defined]
        await parts.close()
    found: tuple[str, list[Any]] = kept["statement"]
    return found


def _script(query: str, arguments: list[Any]) -> str:
    """Parameters become literals; each distinct id becomes `base + counter` of its own."""
    ids = {each: place for place, each in enumerate(_ids(arguments))}

    def literal(found: re.Match[str]) -> str:
        value = arguments[int(found[1]) - 1]
        return _literal(value.decode() if found[2].lower() == "jsonb" else value, ids)

    statement = re.sub(r"\$(\d+)(?=::(\w+))", literal, query)
    lines = ["\\set n :n + 1", f"\\set at (:base + :client_id) * 100000000 + :n * {len(ids) + 1}"]
    return "\n".join([*lines, " ".join(statement.split()) + ";", ""])


def _ids(arguments: list[Any]) -> list[UUID]:
    found: dict[UUID, None] = {}
    for value in arguments:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, UUID):
                found[each] = None
    return list(found)


def _literal(value: Any, ids: dict[UUID, int]) -> str:
    match value:
        case None:
            text = "null"
        case UUID():
            text = f"lpad(to_hex((:at)::bigint + {ids[value]}), 32, '0')"
        case bytes():
            text = f"'\\x{value.hex()}'"
        case datetime():
            text = f"to_timestamp({value.timestamp()!r})"
        case list():
            text = f"array[{', '.join(_literal(each, ids) for each in value)}]"
        case str() if UNIQUE.fullmatch(value):
            text = "'k' || (:at)::text"
        case int():
            text = str(value)
        case _:
            # Inside a literal pgbench would take `:word` for a variable of its own.
            text = f"convert_from('\\x{str(value).encode().hex()}', 'UTF8')"
    return text
