"""Durable intake over HTTP: straight to the service, beside pgbench running the same statement."""

import os
import random
import statistics
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from benchmarks.load import hammer
from benchmarks.pgbench import SameStatement
from benchmarks.processes import cpu_seconds
from benchmarks.stage import Stage

CLIENTS = (1, 8, 32)
ROUNDS = 3
SECONDS = 8
PATH = "/intake/v1/complaints"
ORGANISATION, PERSONA = "auto-demo", "clerk"
NARRATIVE = (
    "上週六在你們店裡裝的行車記錄器，開了兩天就黑屏，重啟也沒用。打電話去服務台，說要等安裝部的人看。"
    "我每天開車上下班，沒有記錄器心裡不踏實，請你們儘快給個說法，該換就換，該退就退。"
) * 3


def body(phone: str) -> bytes:
    """A complaint as a clerk takes it down: form, particulars and about 700 bytes of words."""
    return orjson.dumps(
        {
            "kind": "complaint",
            "channel": "desk",
            "complainant_type": "customer",
            "unit": "hq.store-001.service-desk",
            "classification": {"workflow": "installed_exchange", "category": "goods_quality"},
            "flags": ["installed"],
            "form": {
                "name": "測試顧客",
                "phone": phone,
                "occurred_on": "2026-11-14",
                "store_goods": "electronics",
                "receipt_number": "A20261114-017",
                "narrative": NARRATIVE,
                "demand": "換一台新的",
            },
        }
    )


def environment_of(stage: Stage, folder: Path) -> dict[str, str]:
    """What the load generator is told."""
    where = folder / "body.json"
    where.write_bytes(body("PHONE"))
    token = stage.token(ORGANISATION, PERSONA)
    return os.environ | {"BENCH_BODY": str(where), "BENCH_TOKEN": token, "BENCH_PATH": PATH}


def one_round(stage: Stage, told: dict[str, str], *, clients: int, port: int) -> dict[str, Any]:
    """One burst, with the CPU that application and PostgreSQL spent on each request."""
    watched = [stage.running["intake"].pid], [stage.postgres_pid]
    before = [cpu_seconds(pids) for pids in watched]
    fresh = told | _run_of_its_own()
    url = f"http://127.0.0.1:{port}"
    measured = hammer(url, clients=clients, seconds=SECONDS, environment=fresh)
    spent = [cpu_seconds(pids) - was for pids, was in zip(watched, before, strict=True)]
    per_request = [round(used / max(measured.requests, 1) * 1000, 3) for used in spent]
    return measured.shown() | {
        "application_cpu_ms": per_request[0],
        "postgres_cpu_ms": per_request[1],
    }


def run(stage: Stage, folder: Path, *, load_to: int) -> dict[str, Any]:
    """Alternating rounds of intake and pgbench; medians. Relay and neighbours stand still."""
    stage.start("intake", "--only", "api")
    told = environment_of(stage, folder)
    port = stage.home.ports.service("intake")
    loaded = _load(stage, told, port, load_to)
    same = SameStatement.captured(stage, body("13900139000"))
    rounds: dict[str, list[dict[str, Any]]] = {str(clients): [] for clients in CLIENTS}
    ground: list[float] = []
    for _ in range(ROUNDS):
        for clients in random.sample(CLIENTS, len(CLIENTS)):
            rounds[str(clients)].append(one_round(stage, told, clients=clients, port=port))
        ground.append(same.per_second(stage, clients=32, seconds=SECONDS))
    found = {clients: _median(measured) for clients, measured in rounds.items()}
    share = found["32"]["per_second"] / statistics.median(ground)
    print(f"  32 clients: {found['32']['per_second']}/s, {share:.0%} of pgbench's {ground}")
    return {
        "complaints_loaded": loaded,
        "clients": found,
        "pgbench_same_statement_per_second": round(statistics.median(ground), 1),
        "pgbench_statement_bytes": len(same.sql),
        "share_of_pgbench": round(share, 3),
    }


def through_gateway(stage: Stage, folder: Path) -> dict[str, Any]:
    """What the embedded gateway adds, in alternating rounds with one and eight clients."""
    told = environment_of(stage, folder)
    stage.start_gateway()
    straight, gateway = stage.home.ports.service("intake"), stage.home.ports.gateway
    found: dict[str, Any] = {}
    for clients in (1, 8):
        pairs = [
            (
                one_round(stage, told, clients=clients, port=straight),
                one_round(stage, told, clients=clients, port=gateway),
            )
            for _ in range(2)
        ]
        added = statistics.median(b["p50_ms"] - a["p50_ms"] for a, b in pairs)
        found[str(clients)] = {
            "added_p50_ms": round(added, 3),
            "per_second": statistics.median(b["per_second"] for _, b in pairs),
        }
    stage.stop("gateway")
    return found


def beside_everything(stage: Stage, folder: Path) -> dict[str, Any]:
    """The second row: relay, neighbours and gateway running, 32 clients."""
    told = environment_of(stage, folder)
    port = stage.home.ports.service("intake")
    return one_round(stage, told, clients=32, port=port)


def _run_of_its_own() -> dict[str, str]:
    """Keys and telephones that no earlier round used."""
    return {"BENCH_RUN": uuid4().hex[:12], "BENCH_FIRST": str(random.randrange(10**8))}


def _load(stage: Stage, told: dict[str, str], port: int, wanted: int) -> int:
    """Registers complaints until so many are there."""
    began, have = time.monotonic(), stage.complaints()
    while have < wanted:
        hammer(
            f"http://127.0.0.1:{port}",
            clients=32,
            seconds=5,
            environment=told | _run_of_its_own(),
        )
        have = stage.complaints()
        print(f"  {have} of {wanted} complaints loaded after {time.monotonic() - began:.0f} s")
    return have


def _median(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
