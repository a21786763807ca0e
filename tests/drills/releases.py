"""Two releases of Kesu side by side: the present code, and a copy with further migrations."""

import io
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

from alembic.script import ScriptDirectory

from kesu.commands.migrate import config_of
from kesu.embedded.processes import free_port
from kesu.home import PROJECT
from tests.faults.lab import Lab, Member

PARTS = ("kesu", "services", "shared", "policies", "organisations")
VERSIONS = "services/intake_service/migrations/versions"


def copied(place: Path) -> Path:
    """The present code, to be changed at will."""
    for part in PARTS:
        shutil.copytree(PROJECT / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))
    return place


def historical(place: Path, commit: str) -> Path | None:
    """The code of an earlier commit; None when the history does not reach back to it."""
    asked = ["git", "-C", str(PROJECT), "archive", commit, *PARTS]
    done = subprocess.run(asked, check=False, capture_output=True)
    if done.returncode != 0:
        return None
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(place, filter="data")
    return place


def head() -> str:
    """Intake's newest revision in the present code."""
    found = ScriptDirectory.from_config(config_of("intake")).get_current_head()
    assert found, "intake has a history"
    return found


def add_migration(root: Path, revision: str, after: str, body: str) -> None:
    """One more migration of intake's; `body` are the indented lines of `upgrade`."""
    text = _MIGRATION.format(revision=revision, after=after, body=body)
    (root / VERSIONS / f"{revision}_drill.py").write_text(text)


def process(
    lab: Lab, root: Path, service: str, name: str, *words: str, port: int | None = None
) -> Member:
    """A process of a service from a release's folder, not started; on any port unless told."""
    port = port or free_port()
    made = lab.member(service, KESU_PORT=str(port), PYTHONPATH=str(root))
    argv = [sys.executable, "-m", "kesu", "serve", service, *words]
    env = dict(made.program.env or {}) | {"PYTHONPATH": str(root)}
    program = replace(made.program, name=name, argv=argv, log=lab.home.log(name), cwd=root, env=env)
    return Member(name=name, port=port, program=program, plan=made.plan)


_MIGRATION = '''"""Only for a drill."""

from alembic import op

from shared.plumbing.expanding import build_index, fill

revision = "{revision}"
down_revision = "{after}"
branch_labels = None
depends_on = None


def upgrade() -> None:
{body}


def downgrade() -> None:
    raise NotImplementedError("a drill does not go back")
'''
