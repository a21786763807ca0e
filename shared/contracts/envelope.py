"""The CloudEvents 1.0 envelope every Kesu fact travels in (structured JSON mode).

`sequence` and `sequencetype` follow the CloudEvents sequence extension: a gapless count,
from 1, of the facts of one aggregate. `subject` is the aggregate, `partitionkey` the complaint
where there is one. `actor` is an opaque id, never a name.
"""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema

from shared.contracts.words import Code, FactType, PersonId, Source

Sequence = Annotated[
    int,
    Field(ge=1, le=2**31 - 1),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]*$"}),
]
"""A number to us, a string on the wire, as the CloudEvents sequence extension has it; its largest
value is that of its Integer type.
"""


class Contract(BaseModel):
    """A published fact. Within `.v1` only optional fields are added; else a new TYPE `.v2`."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    TYPE: ClassVar[str]


class Part(BaseModel):
    """A value inside a fact."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Envelope(BaseModel):
    """One record of a topic. Unknown attributes are kept out of the way, not refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: Source
    type: FactType
    subject: UUID
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    organisation: Code
    sequence: Sequence
    sequencetype: Literal["Integer"] = "Integer"
    partitionkey: UUID
    correlationid: UUID
    causationid: UUID | None = None
    actor: PersonId
    data: dict[str, Any]
