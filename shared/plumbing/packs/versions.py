"""One version of one organisation's policy: what it says, from which moment on (decision 21)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.plumbing.packs.loading import Content, hash_of, joined, pack_of, parted
from shared.plumbing.packs.reading import BadPack


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version as it stands on the shelf. `content` is what the hash covers.

    `activated`: two persons put it in force at that moment; else it came with the files.
    `counts` false: it was kept from a file that says something else today; complaints pinned to
    it are still judged by it, no new one is.
    """

    organisation: str
    in_force_from: datetime
    pack: Pack
    content: Content
    activated: bool = False
    counts: bool = True

    @property
    def name(self) -> tuple[str, str]:
        """Whose it is, and its hash."""
        return (self.organisation, self.pack.hash)

    @property
    def kept(self) -> "Kept":
        """It as a service's table keeps it."""
        return Kept(
            organisation=self.organisation,
            pack=self.pack.id,
            version=self.pack.version,
            hash=self.pack.hash,
            in_force_from=self.in_force_from,
            content=joined(self.content),
            activated=self.activated,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A version as a service's table keeps it: `content` is the joined canonical text."""

    organisation: str
    pack: str
    version: str
    hash: str
    in_force_from: datetime
    content: str
    activated: bool

    @property
    def key(self) -> tuple[str, str, bool]:
        """The primary key of its row."""
        return (self.organisation, self.hash, self.activated)


def restored(kept: Kept) -> Version:
    """The version that was kept. Raises BadPack when its content is not what its hash says."""
    content = parted(kept.content)
    if hash_of(content) != kept.hash:
        raise BadPack(kept.organisation, "the content is not what its hash says")
    return Version(
        organisation=kept.organisation,
        in_force_from=kept.in_force_from,
        pack=pack_of(content),
        content=content,
        activated=kept.activated,
        counts=kept.activated,
    )


def dawn(organisation: Organisation, day: date) -> datetime:
    """The first moment of a local day."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(organisation.timezone))
