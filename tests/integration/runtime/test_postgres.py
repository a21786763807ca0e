"""The embedded PostgreSQL: stops, starts, crashes, is orphaned, and keeps its rows."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from kesu.embedded.postgres import EmbeddedPostgres
from kesu.embedded.processes import free_port
from tests.support.postgres import folder

PYTHON = sys.executable
ABANDON = """
import os, sys, pathlib
from kesu.embedded.postgres import EmbeddedPostgres
home = pathlib.Path(sys.argv[1])
log = home / "postgres.log"
server = EmbeddedPostgres(home=home, port=int(sys.argv[2]), log=log, durable=False)
server.start()
print(server.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    with folder() as home:
        ours = EmbeddedPostgres(
            home=home, port=free_port(), log=home / "postgres.log", durable=False
        )
        try:
            ours.start()
            yield ours
        finally:
            ours.stop("immediate")


async def said(server: EmbeddedPostgres, question: str) -> object:
    connection = await asyncpg.connect(server.admin_dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_rows_outlive_a_restart(server: EmbeddedPostgres) -> None:
    await said(server, "create table kept (n int)")
    await said(server, "insert into kept values (7)")
    server.stop()
    server.start()
    assert await said(server, "select n from kept") == 7


async def test_rows_outlive_a_crash(server: EmbeddedPostgres) -> None:
    await said(server, "create table kept (n int)")
    await said(server, "insert into kept values (7)")
    server.stop("immediate")
    server.start()
    assert await said(server, "select n from kept") == 7


async def test_it_is_not_root_and_sorts_alike_everywhere(server: EmbeddedPostgres) -> None:
    assert server.pid is not None
    assert psutil.Process(server.pid).uids().effective != 0
    assert await said(server, "show data_checksums") == "on"
    question = (
        "select datlocprovider::text || datlocale from pg_database where datname = 'postgres'"
    )
    assert await said(server, question) == "bC.UTF-8"


async def test_nobody_enters_without_a_password(server: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.dsn("postgres", password="guess"))


async def test_the_log_never_repeats_a_row(server: EmbeddedPostgres) -> None:
    await said(server, "create table kept (name text primary key)")
    await said(server, "insert into kept values ('陳小姐')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await said(server, "insert into kept values ('陳小姐')")
    assert "陳小姐" not in server.log.read_text()
    assert "duplicate key" in server.log.read_text()


def test_a_killed_parent_takes_it_along() -> None:
    with folder() as home:
        parent, postmaster = _abandoned(home, free_port())
        os.kill(parent.pid, signal.SIGKILL)
        parent.communicate()
        psutil.wait_procs([postmaster], timeout=20)
        assert not postmaster.is_running()


async def test_an_orphan_is_ended_before_the_next_start() -> None:
    with folder() as home:
        parent, orphan = _abandoned(home, free_port())
        ours = EmbeddedPostgres(
            home=home, port=free_port(), log=home / "postgres.log", durable=False
        )
        try:
            ours.start()
            assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
            assert await said(ours, "select 1") == 1
        finally:
            ours.stop("immediate")
            parent.kill()
            parent.communicate()


async def test_a_stale_pid_file_does_not_hinder(server: EmbeddedPostgres) -> None:
    server.stop()
    stranger = str(os.getpid())
    (server.data / "postmaster.pid").write_text(f"{stranger}\n{server.data}\n")
    server.start()
    assert await said(server, "select 1") == 1


def _abandoned(home: Path, port: int) -> tuple["subprocess.Popen[str]", psutil.Process]:
    parent = subprocess.Popen(
        [PYTHON, "-c", ABANDON, str(home), str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    postmaster = psutil.Process(int(parent.stdout.readline()))
    return parent, postmaster
