"""What a scenario file says: who does what, and what must come of it. Read strictly."""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Said(Strict):
    """A text in the three languages a person may read it in."""

    zh_hant: str = Field(alias="zh-Hant")
    zh_hans: str = Field(alias="zh-Hans")
    en: str

    def of(self, language: str) -> str:
        return {"zh-Hant": self.zh_hant, "zh-Hans": self.zh_hans}.get(language, self.en)


class Expected(Strict):
    """What the answer must be: its status, its problem's code, and values at dotted paths."""

    status: int | None = None
    problem: str | None = None
    values: dict[str, Any] = {}


class Step(Strict):
    """One request by one persona.

    `do` is `<service>.<operation id>`; `on` fills the path, `query` and `body` go as they are;
    `$name` stands for something an earlier step kept. `until` asks again until the values are
    so. `again` sends the same request so many times more, with the same key. `keep` takes values
    from the answer by dotted path. `signed` sends it as the hotline does, under that message id.
    """

    as_: str = Field(alias="as")
    do: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]
    on: dict[str, str] = {}
    query: dict[str, str] = {}
    body: dict[str, Any] | None = None
    expect: Expected = Expected()
    until: dict[str, Any] = {}
    keep: dict[str, str] = {}
    again: int = 0
    signed: str | None = None
    note: Said | None = None


class Advance(Strict):
    """Business time moves forward, as `kesu clock advance` does."""

    advance: Annotated[str, Field(pattern=r"^(\d+[dhms])+$")]
    note: Said | None = None


class Scenario(Strict):
    """One complaint (or two that belong together), from the first word to the last."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    title: Said
    organisation: str
    pack: Literal[
        "auto_accessories",
        "shopping_mall",
        "leisure_club",
        "telecom",
        "property_management",
        "retail_store",
        "staff_handbook",
    ]
    shows: list[str]
    steps: list[Step | Advance]


def read_scenario(path: Path) -> Scenario:
    """Raises pydantic.ValidationError or yaml.YAMLError."""
    return Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def read_scenarios(folder: Path) -> list[Scenario]:
    """All scenarios of a folder in the order of their file names."""
    return [read_scenario(path) for path in sorted(folder.glob("*.yaml"))]
