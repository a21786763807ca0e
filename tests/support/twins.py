"""Two organisations that are equal in everything but their name: the hardest to keep apart."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS, THEIRS = "auto-demo", "auto-twin"


def twins(folder: Path) -> Path:
    """A folder of organisations: the car-accessory chain, and its twin under another name.

    The same units, persons, roles and policy; only the hotlines' numbers are its own.
    """
    ours = (ROOT / "organisations/auto-demo.yaml").read_text(encoding="utf-8")
    theirs = ours.replace("id: auto-demo", f"id: {THEIRS}").replace("021-5550-01", "021-5550-09")
    (folder / "auto-demo.yaml").write_text(ours, encoding="utf-8")
    (folder / f"{THEIRS}.yaml").write_text(theirs, encoding="utf-8")
    return folder
