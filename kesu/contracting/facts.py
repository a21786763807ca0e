"""JSON Schemas (draft 2020-12) of the facts, each within its whole envelope."""

from typing import Any

from shared.contracts.envelope import Contract, Envelope
from shared.contracts.registry import BY_SERVICE, source_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PROSE = {"title"}

Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """The schema of every fact as it stands on a topic, by its type."""
    return {
        fact.TYPE: whole(fact, service) for service, facts in BY_SERVICE.items() for fact in facts
    }


def whole(fact: type[Contract], service: str) -> Schema:
    """The envelope of one fact with its data inside; definitions are lifted to the top."""
    data = data_of(fact)
    definitions = data.pop("$defs", {})
    envelope = envelope_schema()
    envelope["properties"] |= {
        "type": {"const": fact.TYPE},
        "source": {"const": source_of(service)},
        "data": data,
    }
    found = {"$schema": DIALECT, "$id": f"urn:kesu:schema:{fact.TYPE}", "title": fact.__name__}
    found |= {key: envelope[key] for key in ("type", "properties", "required")}
    return found | ({"$defs": definitions} if definitions else {})


def envelope_schema() -> Schema:
    """The envelope alone. Attributes with a constant value are always sent as well."""
    found: Schema = tidy(Envelope.model_json_schema())
    constant = [name for name, each in found["properties"].items() if "const" in each]
    found["required"] = sorted({*found["required"], *constant})
    return found


def data_of(fact: type[Contract], *, reference: str = "#/$defs/{model}") -> Schema:
    """The schema of a fact's data; `reference` says where its parts are defined."""
    found: Schema = tidy(fact.model_json_schema(ref_template=reference))
    return found


def tidy(schema: Any) -> Any:
    """Without pydantic's titles; a map with patterns for its keys takes no others."""
    if isinstance(schema, list):
        return [tidy(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        key: _named(value) if key in {"properties", "$defs"} else tidy(value)
        for key, value in schema.items()
        if key not in _PROSE
    }
    if "patternProperties" in found:
        found["additionalProperties"] = False
    return found


def _named(schemas: Schema) -> Schema:
    """Schemas by a name of ours, which may itself be `title`."""
    return {name: tidy(each) for name, each in schemas.items()}
