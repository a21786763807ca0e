"""What would break somebody who relies on the documents of an earlier version."""

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kesu.contracting.artefacts import ASYNCAPI, OPENAPI, PROJECT, SCHEMAS
from kesu.contracting.shapes import Comparison, Schema, surprises

_METHODS = ("get", "put", "post", "delete", "patch")


class NoSuchVersion(Exception):
    """There is neither a folder nor a commit of this name."""


def earlier(version: str, project: Path = PROJECT) -> dict[str, Any]:
    """The committed documents of a git ref, or those under a folder. Raises NoSuchVersion."""
    folder = Path(version)
    if folder.is_dir():
        paths = [*folder.glob(f"{SCHEMAS}/*.json"), *folder.glob("docs/**/*.json")]
        return {
            each.relative_to(folder).as_posix(): json.loads(each.read_bytes()) for each in paths
        }
    return dict(_of_commit(version, project))


def breaking_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """One sentence for each thing that was promised in `before` and is not kept in `after`."""
    found: list[str] = []
    for path, old in sorted(before.items()):
        new = after.get(path)
        if new is None:
            found.append(f"{path}: was removed")
        elif path.startswith(f"{SCHEMAS}/"):
            found += fact_changes(Path(path).stem, old, new)
        elif path.startswith(f"{OPENAPI}/"):
            found += api_changes(Path(path).stem, old, new)
        elif path == ASYNCAPI:
            found += channel_changes(old, new)
    return found


def fact_changes(name: str, old: Schema, new: Schema) -> list[str]:
    """What changed for whoever reads this fact."""
    here = Comparison(way="sent", where=name, before_root=old, after_root=new, strict=True)
    return surprises(old, new, here)


def channel_changes(old: Schema, new: Schema) -> list[str]:
    """Topics and messages that are gone, or are somewhere else now."""
    found: list[str] = []
    for name, channel in old["channels"].items():
        now = new["channels"].get(name, {"address": None, "messages": {}})
        if now["address"] != channel["address"]:
            found.append(f"topic {channel['address']} was removed")
        gone = sorted(set(channel["messages"]) - set(now["messages"]))
        found += [f"{each} is no longer told on {channel['address']}" for each in gone]
    return found


def api_changes(service: str, old: Schema, new: Schema) -> list[str]:
    """What changed for whoever calls this service."""
    found: list[str] = []
    for path, item in old["paths"].items():
        for method in [each for each in _METHODS if each in item]:
            name = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                found.append(f"{service}: {name} was removed")
            else:
                found += _operation(name, item[method], now, (old, new))
    return found


def _operation(name: str, old: Schema, new: Schema, roots: tuple[Schema, Schema]) -> list[str]:
    found = _parameters(name, old, new, roots)
    found += _request(name, old, new, roots)
    found += _responses(name, old, new, roots)
    if old.get("security") == [] and new.get("security"):
        found.append(f"{name} now asks for a token")
    return found


def _parameters(name: str, old: Schema, new: Schema, roots: tuple[Schema, Schema]) -> list[str]:
    before, after = _by_place(old), _by_place(new)
    gone = sorted(before.keys() - after.keys())
    found = [f"{name}: the {where} parameter {each} was removed" for where, each in gone]
    for (where, each), parameter in sorted(after.items()):
        known = before.get((where, each))
        if parameter.get("required") and not (known or {}).get("required"):
            found.append(f"{name}: the {where} parameter {each} is now required")
        if known is not None:
            here = _taken(f"{name} {where}.{each}", roots)
            found += surprises(known.get("schema", {}), parameter.get("schema", {}), here)
    return found


def _by_place(operation: Schema) -> dict[tuple[str, str], Schema]:
    return {(each["in"], each["name"]): each for each in operation.get("parameters", [])}


def _request(name: str, old: Schema, new: Schema, roots: tuple[Schema, Schema]) -> list[str]:
    before, after = old.get("requestBody"), new.get("requestBody")
    if before is None:
        return [f"{name} now needs a body"] if after and after.get("required") else []
    if after is None:
        return [f"{name} no longer takes a body"]
    found: list[str] = []
    for media, content in before["content"].items():
        now = after["content"].get(media)
        if now is None:
            found.append(f"{name} no longer takes {media}")
        else:
            here = _taken(f"{name} body", roots)
            found += surprises(content.get("schema", {}), now.get("schema", {}), here)
    return found


def _responses(name: str, old: Schema, new: Schema, roots: tuple[Schema, Schema]) -> list[str]:
    """Successes only: the refusals of a door may become fewer or more."""
    found: list[str] = []
    for status, response in old["responses"].items():
        if not status.startswith("2"):
            continue
        now = new["responses"].get(status)
        if now is None:
            found.append(f"{name} no longer answers {status}")
            continue
        for media, content in response.get("content", {}).items():
            shown = now.get("content", {}).get(media)
            where = f"{name} {status}"
            if shown is None:
                found.append(f"{where} no longer answers in {media}")
            else:
                here = Comparison(
                    way="sent", where=where, before_root=roots[0], after_root=roots[1]
                )
                found += surprises(content.get("schema", {}), shown.get("schema", {}), here)
    return found


def _taken(where: str, roots: tuple[Schema, Schema]) -> Comparison:
    return Comparison(way="taken", where=where, before_root=roots[0], after_root=roots[1])


def _of_commit(ref: str, project: Path) -> Iterator[tuple[str, Any]]:
    command = ["git", "-C", str(project), "archive", "--format=tar", ref]
    made = subprocess.run(command, check=False, capture_output=True)
    if made.returncode:
        raise NoSuchVersion(ref)
    with tarfile.open(fileobj=io.BytesIO(made.stdout)) as archive:
        for member in archive:
            file = archive.extractfile(member) if _is_document(member.name) else None
            if file is not None:
                yield member.name, json.loads(file.read())


def _is_document(path: str) -> bool:
    inside = path.startswith((f"{SCHEMAS}/", f"{OPENAPI}/"))
    return path == ASYNCAPI or (inside and path.endswith(".json"))
