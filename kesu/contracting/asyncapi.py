"""One AsyncAPI 3.0 document: five topics, every fact, who tells and who hears."""

from typing import Any

from kesu.contracting.facts import data_of, envelope_schema
from kesu.embedded.topics import PARTITIONS
from shared.contracts.envelope import Contract
from shared.contracts.registry import BY_SERVICE, LISTENS, SERVICES, source_of, topic_of

MEDIA_TYPE = "application/cloudevents+json"
BINDING = "0.5.0"
VERSION = "1.0.0"

Document = dict[str, Any]


def document() -> Document:
    """The whole document; every reference stays inside it."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:kesu:events",
        "info": _info(),
        "defaultContentType": MEDIA_TYPE,
        "servers": {"kafka": _server()},
        "channels": {service: _channel(service) for service in SERVICES},
        "operations": _operations(),
        "components": {
            "messages": {
                fact.TYPE: _message(fact, service)
                for service, facts in BY_SERVICE.items()
                for fact in facts
            },
            "schemas": _schemas(),
        },
    }


def _info() -> Document:
    return {
        "title": "Kesu facts",
        "version": VERSION,
        "description": (
            "What the five services of Kesu tell each other and the world: CloudEvents 1.0 in"
            " structured JSON. Facts hold ids, codes, moments and counts, never what a person"
            " typed. Within a version only optional fields are added, and readers ignore what they"
            " do not know. `sequence` counts the facts of one `subject` without a gap, from 1."
        ),
        "tags": [{"name": service} for service in SERVICES],
    }


def _server() -> Document:
    return {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "Apache Kafka, or the embedded broker that speaks its protocol.",
        "variables": {"bootstrap": {"default": "127.0.0.1:20092", "description": "KESU_KAFKA"}},
    }


def _channel(service: str) -> Document:
    types = [fact.TYPE for fact in BY_SERVICE[service]]
    return {
        "address": topic_of(service),
        "title": f"What {service} tells",
        "description": (
            "Ordered per complaint: the record's key is the partition key. At least once; a reader"
            " drops what is not the next `sequence` of its `subject`."
        ),
        "messages": {each: {"$ref": f"#/components/messages/{each}"} for each in types},
        "bindings": {"kafka": {"partitions": PARTITIONS, "bindingVersion": BINDING}},
        "tags": [{"name": service}],
    }


def _operations() -> Document:
    tells = {
        f"{service}.tells": {
            "action": "send",
            "channel": {"$ref": f"#/channels/{service}"},
            "summary": f"{service} publishes its facts.",
            "tags": [{"name": service}],
        }
        for service in SERVICES
    }
    hears = {
        f"{reader}.hears.{source}": {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{source}"},
            "summary": f"{reader} reads the facts of {source}.",
            "tags": [{"name": reader}],
        }
        for reader, sources in LISTENS.items()
        for source in sources
    }
    return tells | hears


def _message(fact: type[Contract], service: str) -> Document:
    told = {"type": {"const": fact.TYPE}, "source": {"const": source_of(service)}}
    data = {"data": {"$ref": f"#/components/schemas/{fact.TYPE}"}}
    return {
        "name": fact.TYPE,
        "title": fact.__name__,
        "summary": " ".join((fact.__doc__ or "").split()),
        "contentType": MEDIA_TYPE,
        "headers": {"$ref": "#/components/schemas/headers"},
        "correlationId": {"location": "$message.payload#/correlationid"},
        "payload": {
            "allOf": [{"$ref": "#/components/schemas/envelope"}, {"properties": told | data}]
        },
        "bindings": {"kafka": {"key": _key(), "bindingVersion": BINDING}},
        "tags": [{"name": service}],
    }


def _key() -> Document:
    return {"type": "string", "format": "uuid", "description": "The envelope's `partitionkey`."}


def _schemas() -> Document:
    found: Document = {"envelope": envelope_schema(), "headers": _headers()}
    for facts in BY_SERVICE.values():
        for fact in facts:
            data = data_of(fact, reference="#/components/schemas/{model}")
            found |= data.pop("$defs", {})
            found[fact.TYPE] = data
    return found


def _headers() -> Document:
    return {
        "type": "object",
        "properties": {
            "content-type": {"type": "string", "const": MEDIA_TYPE},
            "epoch": {
                "type": "string",
                "pattern": "^[0-9]+$",
                "description": "The lease's fencing epoch under which the relay sent it.",
            },
        },
    }
