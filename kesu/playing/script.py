"""What a scenario file says: who does what, and what must come of it. Read strictly."""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag


class BadScenario(ValueError):
    """A scenario file does not say what a scenario says."""


class Strict(BaseModel):
    """Something read from a file: a name nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Said(Strict):
    """A text in the three languages a person may read it in."""

    zh_hant: str = Field(alias="zh-Hant")
    zh_hans: str = Field(alias="zh-Hans")
    en: str

    def of(self, language: str) -> str:
        """The text in this language; English for any other."""
        return {"zh-Hant": self.zh_hant, "zh-Hans": self.zh_hans}.get(language, self.en)


class Expected(Strict):
    """What the answer must be: its status, its problem's code, and values at dotted paths.

    A value is compared as it stands; a mapping says more: `{has: x}` (in the list),
    `{lacks: x}`, `{before: moment}`, `{after: moment}`, `{least: n}`, `{given: true}`.
    """

    status: int | None = None
    problem: str | None = None
    values: dict[str, Any] = {}


class Step(Strict):
    """One request by one persona.

    `as` is a persona of the scenario's organisation, or `<organisation>/<persona>` of another.
    `do` is `<service>.<operation id>`; `of` fills the path, `query` and `body` go as they are;
    `$name` stands for something an earlier step kept, `${today-5d}` and `${now+2h}` for business
    time. `soon` asks again until the answer is as expected: for what a fact must bring first.
    `again` sends the same request so many times more, with the same key. `keep` takes values from
    the answer by dotted path. `signed` sends it as the hotline does, under that message id;
    `forged` with a secret that is not the hotline's.
    """

    as_: str = Field(alias="as")
    do: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]
    of: dict[str, str] = {}
    query: dict[str, str] = {}
    body: dict[str, Any] | None = None
    expect: Expected = Expected()
    soon: bool = False
    keep: dict[str, str] = {}
    again: Annotated[int, Field(ge=0, le=9)] = 0
    signed: str | None = None
    forged: bool = False
    note: Said | None = None


class Advance(Strict):
    """Business time moves forward, as `kesu clock advance` does."""

    advance: Annotated[str, Field(pattern=r"^(\d+[dhms])+$")]
    note: Said | None = None


class Daytime(Strict):
    """Business time moves on until it is between two times of day where the organisation is.

    Does nothing when it is so already. `weekday`: not on a Saturday or Sunday.
    """

    daytime: Annotated[str, Field(pattern=r"^\d\d:\d\d-\d\d:\d\d$")]
    weekday: bool = False
    note: Said | None = None


def _kind(part: object) -> str:
    """By its first word, so that a mistake is told once and not for each kind."""
    known = part if isinstance(part, dict) else {}
    return next((kind for kind in ("advance", "daytime") if kind in known), "step")


Part: TypeAlias = Annotated[
    Annotated[Step, Tag("step")]
    | Annotated[Advance, Tag("advance")]
    | Annotated[Daytime, Tag("daytime")],
    Discriminator(_kind),
]


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
    steps: list[Part]

    def who(self, step: Step) -> tuple[str, str]:
        """The organisation and the persona of a step."""
        organisation, slash, persona = step.as_.rpartition("/")
        return (organisation if slash else self.organisation, persona)


def read_scenario(path: Path) -> Scenario:
    """Raises BadScenario with the file and what is wrong in it."""
    try:
        return Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValueError, yaml.YAMLError) as wrong:
        raise BadScenario(f"{path.name}: {wrong}") from wrong


def read_scenarios(folder: Path) -> list[Scenario]:
    """All scenarios of a folder in the order of their file names."""
    return [read_scenario(path) for path in sorted(folder.glob("*.yaml"))]
