"""PostgreSQL refuses to run as root: who runs it then, and which folders that account can reach."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

from kesu.embedded.processes import Account

NAME = "kesu-postgres"
_PLACE = Path("/var/lib") / NAME


def unprivileged() -> Account | None:
    """None when we are not root; else our own account, or `nobody`. Raises LookupError."""
    if os.geteuid() != 0:
        return None
    entry = _entry(NAME) or _created() or _entry("nobody")
    if entry is None:
        raise LookupError("no unprivileged account for PostgreSQL on this machine")
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def reachable_folder(folder: Path, account: Account | None) -> Path:
    """`folder`, or a stand-in for it under /var/lib where the account cannot walk to it."""
    if account is None or _open_to_all(folder):
        return folder
    return _stand_in(folder, str(folder))


def reachable_copy(folder: Path, parts: Sequence[str], account: Account | None) -> Path:
    """`folder` as it is, or a copy of those parts of it that the account can read, made once."""
    if account is None or _open_to_all(folder):
        return folder
    place = _stand_in(folder, f"{folder}@{(folder / parts[0]).stat().st_mtime_ns}")
    if place.is_dir():
        return place
    partial = own(place.with_name(f"{place.name}.{os.getpid()}"), None, mode=0o755)
    for part in parts:
        if (folder / part).is_dir():
            shutil.copytree(folder / part, partial / part, symlinks=True)
    try:
        partial.rename(place)
    except OSError:
        shutil.rmtree(partial)  # someone else was faster
    return place


def own(folder: Path, account: Account | None, *, mode: int = 0o700) -> Path:
    """Make a folder that belongs to the account, its parents open to pass through."""
    for parent in reversed(folder.parents):
        if not parent.exists():
            parent.mkdir()
            parent.chmod(0o755)  # whatever the umask says
    folder.mkdir(mode=mode, exist_ok=True)
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder


def _stand_in(folder: Path, key: str) -> Path:
    return _PLACE / hashlib.sha256(key.encode()).hexdigest()[:16] / folder.name


def _open_to_all(folder: Path) -> bool:
    existing = [place for place in (folder, *folder.parents) if place.is_dir()]
    # The folder itself may be private to the account; the way to it must be open.
    way = existing if existing[0] != folder else existing[1:]
    return all(place.stat().st_mode & stat.S_IXOTH for place in way)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _created() -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    subprocess.run(  # a second starter may have won the race: the look-up decides
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
        check=False,
        capture_output=True,
    )
    return _entry(NAME)
