"""I12: what a person told us is in the vault and in nobody else's hands."""

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import asyncpg
import orjson

from tests.faults.oracle.evidence import Evidence
from tests.faults.oracle.verdicts import Verdict, verdict

VAULT = frozenset({"texts", "particulars", "customer_particulars"})
"""The tables that may know what a person told us (decision 15)."""


async def private(database: asyncpg.Connection, evidence: Evidence) -> Verdict:
    """I12: no canary in topics, tables outside the vault, logs, metrics or refusals."""
    words = [spelling for canary in evidence.canaries for spelling in _spellings(canary)]
    if not words:
        return verdict("I12", 0, ())
    found = [*_in_topics(evidence, words), *_in_logs(evidence.logs, words)]
    for name, texts in (("metrics", evidence.metrics_texts), ("problem", evidence.problems)):
        found += [f"in a {name}" for each in texts if _says(each.encode(), words)]
    found += [each async for each in _in_tables(database, evidence.services, words)]
    return verdict("I12", len(evidence.canaries), found)


def _spellings(canary: str) -> Iterator[bytes]:
    """As it is, and as JSON writes it when it keeps to ASCII; both may lie in bytes."""
    yield canary.encode()
    ascii_only = canary.encode("ascii", "backslashreplace")
    if ascii_only != canary.encode():
        yield ascii_only


def _says(text: bytes, words: Sequence[bytes]) -> bool:
    return any(word in text for word in words)


def _in_topics(evidence: Evidence, words: Sequence[bytes]) -> Iterator[str]:
    for record in evidence.records or ():
        if _says((record.value or b"") + (record.key or b""), words):
            yield f"in {record.topic}[{record.partition}]@{record.offset}"


def _in_logs(logs: Sequence[Path], words: Sequence[bytes]) -> Iterator[str]:
    for log in logs:
        with log.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if _says(line, words):
                    yield f"in {log.name}:{number}"


async def _in_tables(
    database: asyncpg.Connection, services: Sequence[str], words: Sequence[bytes]
) -> AsyncIterator[str]:
    """A row as text shows bytes in hexadecimal, so both spellings are looked for."""
    patterns = [f"%{_escaped(word.decode())}%" for word in words]
    patterns += [f"%{word.hex()}%" for word in words]
    patterns += [f"%{_escaped(orjson.dumps(word.decode())[1:-1].decode())}%" for word in words]
    for service in services:
        tables = await database.fetch(
            "select tablename from pg_tables where schemaname = $1 order by 1", service
        )
        for table in (row["tablename"] for row in tables if row["tablename"] not in VAULT):
            count = await database.fetchval(
                f'select count(*) from {service}."{table}" t '  # noqa: S608 our own schema
                "where t::text like any($1::text[])",
                patterns,
            )
            if count:
                yield f"in {count} rows of {service}.{table}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
