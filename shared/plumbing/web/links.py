"""Links of an OpenAPI document: where an answer leads (OpenAPI 3.1.0 §4.8.20).

What was created, shown or listed leads to what can be read and done below it, and a command back to
the thing it changed. A link says all that the other operation needs to find its thing: an answer
without the thing's ETag leads to no command that wants `If-Match`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_READ = "GET"
_MATCH = {"header.If-Match": "$response.header.ETag"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An operation as links see it. `says` is the JSON schema of its answer."""

    name: str
    method: str
    path: str
    needs_match: bool
    says: Mapping[str, Any]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of its path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @property
    def is_thing(self) -> bool:
        """Whether its path names one thing, and not a part of it or a collection."""
        return self.path.endswith("}")

    @property
    def shows(self) -> bool:
        """Whether it shows one thing, with its ETag."""
        return self.method == _READ and self.is_thing

    def made_in(self, collection: "Place") -> str:
        """The parameter for what is made or listed there; empty when it lies elsewhere."""
        head, _, rest = self.path.partition(f"{collection.path}/{{")
        return "" if head else rest.partition("}")[0]

    def below(self, thing: "Place") -> bool:
        """Whether it is about this thing or a part of it."""
        return f"{self.path}/".startswith(f"{thing.path}/")


def links_of(place: Place, places: Iterable[Place]) -> dict[str, Any]:
    """The links of a success of this operation, by the name of where they lead."""
    everywhere = tuple(places)
    asked = {name: f"$request.path.{name}" for name in place.parameters}
    said = {name: where for name, where in _said(place, everywhere).items() if name not in asked}
    above = _above(place, everywhere)
    found = {}
    for other in everywhere:
        known = asked | said
        needs = set(other.parameters)
        tagged = _is_tagged(place, other)
        near = needs & said.keys() or (place.shows and other.below(place)) or other is above
        if other is not place and near and needs <= known.keys() and tagged >= other.needs_match:
            found[other.name] = _link(other, known)
    return found


def _said(place: Place, everywhere: tuple[Place, ...]) -> dict[str, str]:
    """The ids that an answer says, as runtime expressions by the parameter they are for.

    The id of what was made or listed is called like the parameter, or `id`; that of another thing
    like the parameter, and is a UUID.
    """
    schema, start = _subject(place.says)
    fields: Mapping[str, Any] = schema.get("properties", {})
    found = {}
    for other in everywhere:
        own = other.made_in(place)
        for name in other.parameters:
            field = "id" if name == own and "id" in fields and name != "id" else name
            certain = field in schema.get("required", ()) and _is_id(fields.get(field, {}))
            if (name == own and field in fields) or certain:
                found[name] = f"$response.body#{start}/{field}"
    return found


def _subject(schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """What an answer is about and where it stands: a page is about its first item."""
    page = schema.get("properties", {}).get("items", {})
    return (page["items"], "/items/0") if "items" in page else (schema, "")


def _is_id(field: Mapping[str, Any]) -> bool:
    return field.get("format") == "uuid"


def _above(place: Place, everywhere: tuple[Place, ...]) -> Place | None:
    """What a command changed, where it can be read: the nearest thing above it."""
    above = [each for each in everywhere if each.shows and place.below(each)]
    return (
        None if place.method == _READ else max(above, key=lambda each: len(each.path), default=None)
    )


def _is_tagged(place: Place, other: Place) -> bool:
    """Whether the answer's ETag is that of the thing the other operation changes."""
    made = place.method != _READ and bool(other.made_in(place))
    return made or (place.shows and other.below(place))


def _link(other: Place, known: Mapping[str, str]) -> dict[str, Any]:
    parameters = {f"path.{name}": known[name] for name in other.parameters}
    return {
        "operationId": other.name,
        "parameters": parameters | (_MATCH if other.needs_match else {}),
    }
