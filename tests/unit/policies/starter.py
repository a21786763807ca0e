"""The starter pack as `kesu policy new` writes it, in a folder of its own, changed at will."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from kesu.policing.new import written
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.plumbing.packs.loading import source_of
from shared.plumbing.packs.organisations import organisation_from
from shared.plumbing.packs.shelf import Placed, examined

NAME = "our_rules"
DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Starter:
    """A starter pack on disk."""

    version: Path
    organisation: Path

    def change(self, file: str, find: str, put: str) -> None:
        """Write something else into one of its files."""
        place = self.organisation if file == "organisation" else self.version / file
        text = place.read_text()
        assert find in text, f"{file} does not say {find}"
        place.write_text(text.replace(find, put, 1))

    def examined(self) -> tuple[Pack, list[Placed]]:
        """The pack and what is wrong with it. Raises BadPack."""
        return examined(source_of(self.version), organisation_from(self.organisation))


def starter_in(folder: Path) -> Starter:
    """A fresh starter pack in this folder."""
    return Starter(*written(NAME, folder, DAY))


def loaded() -> tuple[Pack, Organisation]:
    """The starter pack in memory, and who runs it."""
    with TemporaryDirectory() as folder:
        starter = starter_in(Path(folder))
        return starter.examined()[0], organisation_from(starter.organisation)
