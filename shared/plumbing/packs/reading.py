"""Reading YAML that strangers wrote: plain data only, every value with its line, no way to hurt us.

Refused, each with one sentence: more than 1 MB, links to outside, nesting deeper than 24,
anchors and aliases, merge keys, tags, duplicate keys, floating-point numbers (an amount is quoted),
words that only look like truth (`yes`, `off`).
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

BYTES_MAX = 1_000_000
DEPTH_MAX = 24
KeyPath: TypeAlias = tuple[str | int, ...]

_PLAIN = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"}


class BadPack(Exception):
    """A policy pack or organisation file is wrong: which file, line and row, and why."""

    def __init__(self, file: str, reason: str, *, line: int | None = None, row: str = "") -> None:
        self.file = file
        self.line = line
        self.row = row
        self.reason = reason
        where = f"{file}:{line}" if line else file
        super().__init__(f"{where}: {f'row {row}: ' if row else ''}{reason}")


@dataclass(slots=True)
class Document:
    """One file as plain data; `lines` says where each value stands."""

    file: str
    data: Any
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line_of(self, path: KeyPath) -> int | None:
        """The line of the value at this path, or of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return None

    def row_of(self, path: KeyPath) -> str:
        """The id of the row that a path lies in; "" outside rows."""
        found, here = "", self.data
        for key in path:
            here = _child(here, key)
            if isinstance(here, dict) and isinstance(here.get("id"), str):
                found = here["id"]
        return found

    def bad(self, reason: str, path: KeyPath = ()) -> BadPack:
        """The complaint about this place in the file."""
        return BadPack(self.file, reason, line=self.line_of(path), row=self.row_of(path))


def read(path: Path, *, name: str) -> Document:
    """Read one YAML file; `name` is how findings call it. Raises BadPack."""
    try:
        raw = _bytes_of(path, name)
    except (OSError, RuntimeError) as gone:
        raise BadPack(name, "the file is missing or cannot be read") from gone
    return parsed(raw, name=name)


def _bytes_of(path: Path, name: str) -> bytes:
    """No more than one byte too many, from a plain file that lies where its name says."""
    folder, above = path.parent.resolve(), [*path.absolute().parents][:3][-1]
    if not (path.resolve().is_relative_to(folder) and folder.is_relative_to(above.resolve())):
        raise BadPack(name, "the file is a link to outside its folder")
    if not path.is_file():
        raise FileNotFoundError(name)
    with path.open("rb") as file:
        return file.read(BYTES_MAX + 1)


def parsed(raw: bytes, *, name: str) -> Document:
    """The same for a file that is at hand already. Raises BadPack."""
    document = Document(name, None)
    if len(raw) > BYTES_MAX:
        raise BadPack(name, f"the file is larger than {BYTES_MAX} bytes")
    try:
        text = raw.decode()
        _refuse_tricks(text, document)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as broken:
        raise BadPack(name, "the file is not valid UTF-8") from broken
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise BadPack(name, "this is not well-formed YAML", line=line) from broken
    if not isinstance(root, yaml.MappingNode):
        raise BadPack(name, "the file must be one mapping of keys to values", line=1)
    document.data = _plain(root, (), document)
    return document


def _refuse_tricks(text: str, document: Document) -> None:
    """One pass over the events, before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += _step(event)
        reason = _trick(event, depth)
        if reason:
            raise BadPack(document.file, reason, line=_line(event))


def _line(event: yaml.Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark else None


def _step(event: yaml.Event) -> int:
    if isinstance(event, yaml.CollectionStartEvent):
        return 1
    return -1 if isinstance(event, yaml.CollectionEndEvent) else 0


def _trick(event: yaml.Event, depth: int) -> str:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        return "anchors and aliases are not allowed; write the value out"
    if depth > DEPTH_MAX:
        return f"nested deeper than {DEPTH_MAX}"
    if getattr(event, "tag", None):
        return "tags are not allowed"
    return ""


def _plain(node: yaml.Node, path: KeyPath, document: Document) -> Any:
    document.lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, i), document) for i, child in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode), "YAML has three kinds of nodes"
    return _scalar(node, path, document)


def _mapping(node: yaml.MappingNode, path: KeyPath, document: Document) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise BadPack(document.file, "a key must be a plain word", line=line)
        if key.tag.endswith(":merge"):
            raise BadPack(document.file, "merge keys (<<) are not allowed", line=line)
        if key.value in found:
            raise BadPack(document.file, f"the key '{key.value}' is there twice", line=line)
        found[key.value] = _plain(value, (*path, key.value), document)
    return found


def _scalar(node: yaml.ScalarNode, path: KeyPath, document: Document) -> str | int | bool | None:
    text = str(node.value)
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool" if text in {"true", "false"}:
            return text == "true"
        case "int" if text.lstrip("-").isdecimal() and len(text) <= 16:
            return int(text)
        case _ if node.tag in _PLAIN:
            return text
    reason = "write true or false, whole numbers, or put the value in quotes"
    raise BadPack(document.file, reason, line=document.lines[path])


def _child(here: Any, key: str | int) -> Any:
    if isinstance(here, dict):
        return here.get(str(key))
    if isinstance(here, list) and isinstance(key, int) and key < len(here):
        return here[key]
    return None
