"""Who plays: the personas of the demonstration's organisations, and what they call things."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from shared.kernel.policy.pack import Pack
from shared.plumbing.issuer import Persona, personas_of
from shared.plumbing.packs import Packs


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The personas by organisation and name, with the packs that name their roles."""

    personas: dict[tuple[str, str], Persona]
    packs: Packs
    today: date

    @classmethod
    def load(cls, policies: Path, organisations: Path, today: date) -> "Cast":
        """Raises BadPack."""
        found = {(each.organisation, each.name): each for each in personas_of(organisations)}
        return cls(personas=found, packs=Packs.load(policies, organisations), today=today)

    def persona(self, organisation: str, name: str) -> Persona:
        """Raises KeyError."""
        return self.personas[organisation, name]

    def zone(self, organisation: str) -> ZoneInfo:
        """Where the organisation's clocks stand."""
        return ZoneInfo(self.packs.organisation(organisation).timezone)

    def role(self, organisation: str, code: str, language: str) -> str | None:
        """What the pack calls a role; None where it does not know it."""
        found = next((each for each in self._pack(organisation).roles if each.code == code), None)
        return found.label.of(language) if found else None

    def unit(self, organisation: str, unit: str, language: str) -> str | None:
        """What the organisation calls a unit."""
        found = self.packs.organisation(organisation).unit(unit)
        return found.label.of(language) if found else None

    def tier(self, organisation: str, code: str, language: str) -> str | None:
        """What the pack calls a tier."""
        tiers = self._pack(organisation).escalation.tiers
        found = next((each for each in tiers if each.code == code), None)
        return found.label.of(language) if found else None

    def _pack(self, organisation: str) -> Pack:
        return self.packs.for_organisation(organisation, self.today)
