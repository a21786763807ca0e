"""Units and persons as they are put and shown."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from shared.contracts.words import Code, Label, PersonId, UnitPath
from shared.plumbing.http import RequestModel

Language = Literal["zh-Hant", "zh-Hans", "en"]


class UnitBody(RequestModel):
    """Master data of a unit."""

    kind: Code
    head: PersonId | None = None
    hotline: Annotated[str, StringConstraints(max_length=32, pattern=r"^[0-9+() -]+$")] | None = (
        None
    )
    labels: dict[Language, Label] = Field(default_factory=dict)
    active: bool = True


class PersonBody(RequestModel):
    """Master data of a person."""

    roles: Annotated[list[Code], Field(min_length=1, max_length=10)]
    units: Annotated[list[UnitPath], Field(min_length=1, max_length=20)]
    active: bool = True


class UnitView(BaseModel):
    unit: str
    kind: str
    head: str | None
    hotline: str | None
    labels: dict[str, str]
    active: bool
    revision: int


class UnitPage(BaseModel):
    items: list[UnitView]
    next: str | None


class PersonView(BaseModel):
    person: str
    roles: list[str]
    units: list[str]
    active: bool
    revision: int


class PersonPage(BaseModel):
    items: list[PersonView]
    next: str | None


class RecordedView(BaseModel):
    recorded: bool
