"""False clocks for single processes: libfaketime, where the machine has it.

Debian and Ubuntu: `apt-get install faketime`. It is preloaded into a program and answers whoever
asks for the wall clock; the monotonic clock stays honest, as it does on a real machine whose
clock is set. Nothing of it is needed to serve.
"""

from pathlib import Path

from tests.faults.fault import NotStruck

_PLACES = ("/usr/lib", "/usr/local/lib", "/lib")
_NAMES = ("libfaketimeMT.so.1", "libfaketime.so.1")
CACHE_SECONDS = "1"
"""How long a process may go on with the clock it has read."""


def preloaded(**more: str) -> dict[str, str]:
    """What a program's environment says so that its clock is false. Raises NotStruck."""
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_CACHE_DURATION": CACHE_SECONDS,
        **more,
    }


def shifted(by: str) -> dict[str, str]:
    """A clock that is off by so much for the life of the program: `+2h`, `-2h`."""
    return preloaded(FAKETIME=by)


def steered(by: Path) -> dict[str, str]:
    """A clock that is off by what the file says now, so that it can jump while it runs."""
    return preloaded(FAKETIME_TIMESTAMP_FILE=str(by))


def library() -> Path:
    """Where libfaketime lies. Raises NotStruck."""
    for place in _PLACES:
        for name in _NAMES:
            for found in (Path(place) / name, *Path(place).glob(f"*/faketime/{name}")):
                if found.exists():
                    return found
    raise NotStruck("libfaketime is not installed: apt-get install faketime")


def set_clock(place: Path, by: str) -> None:
    """Writes whole or not at all: a program may read at any moment."""
    partial = place.with_suffix(".new")
    partial.write_text(by)
    partial.chmod(0o644)
    partial.rename(place)
