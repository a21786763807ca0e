"""The last results as a table in the README, between two marks."""

import re
from pathlib import Path
from typing import Any

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def into_readme(results: dict[str, Any]) -> None:
    """Puts the table where the marks are; without marks nothing changes."""
    text = README.read_text(encoding="utf-8")
    shown = f"{BEGIN}\n{table(results)}\n{END}"
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    README.write_text(pattern.sub(lambda _: shown, text), encoding="utf-8")


def table(results: dict[str, Any]) -> str:
    """What was measured beside what was aimed at."""
    machine, intake, hop = results["machine"], results["intake"], results["hop"]
    one, many = intake["clients"]["1"], intake["clients"]["32"]
    share, gateway = f"{intake['share_of_pgbench']:.0%}", results["gateway"]["1"]
    start = results["warm_start"]
    cpu = round(many["application_cpu_ms"] + many["postgres_cpu_ms"], 2)
    rows = [
        ("intake, 32 clients", f"{many['per_second']:.0f} /s", "≥ 2 000 /s"),
        (
            "share of pgbench running the same statement",
            share,
            "≥ 35 %",
        ),
        ("CPU per intake, application + PostgreSQL", f"{cpu} ms", "≤ 0.8 ms"),
        ("intake p50 with 1 client", f"{one['p50_ms']} ms", "≤ 1.2 ms"),
        ("intake p99 with 32 clients", f"{many['p99_ms']} ms", "≤ 30 ms"),
        (
            "added by the embedded gateway, p50",
            f"{gateway['added_p50_ms']} ms",
            "–",
        ),
        ("commit → applied at 200/s, p50", f"{hop['p50_ms']} ms", "≤ 12 ms"),
        ("commit → applied at 200/s, p99", f"{hop['p99_ms']} ms", "≤ 40 ms"),
        ("relay, one process", f"{results['relay']['per_second']:.0f} /s", "≥ 20 000 /s"),
        ("warm start", f"{start['warm_s']} s", "≤ 15 s"),
        (
            "memory of everything (PSS)",
            f"{start['pss_mib']:.0f} MiB",
            "≤ 1 200 MiB",
        ),
    ]
    lines = [f"| {name} | {found} | {goal} |" for name, found, goal in rows]
    where = (
        f"Measured on {machine['cores']} cores ({machine['processor']}), "
        f"{intake['complaints_loaded']} complaints loaded, {results['broker']}, "
        f"commit {machine['commit']}; `make bench` repeats it, details in `benchmarks/results/`."
    )
    return "\n".join(["| what | measured | goal |", "|---|--:|--:|", *lines, "", where])
