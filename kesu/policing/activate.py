"""`kesu policy activate <directory>`: propose a version; `… <id>`: put it in force, as another.

Both go through intake's public API with the token of a persona.
"""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import yaml

from kesu.home import Home
from shared.plumbing.issuer import DevelopmentIssuer, Persona, personas_of
from shared.plumbing.packs import BadPack
from shared.plumbing.packs.loading import SECTIONS
from shared.plumbing.packs.organisations import organisations_in
from shared.plumbing.settings import Settings

NAME = "activate"
HELP = "propose a version of a pack, and put it in force as another person"
DOOR = "/intake/v1/policy-versions"
TOKEN_SECONDS = 300
ANSWER_SECONDS = 60.0


class NotMeant(Exception):
    """The arguments do not say one thing; the message is for whoever typed them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what, as whom, from when."""
    parser.add_argument("what", help="the directory of a version, or the id of a proposed one")
    parser.add_argument("--as", dest="persona", required=True, help="such as administrator")
    parser.add_argument("--organisation", help="needed where several have such a persona")
    parser.add_argument("--at", help="from this moment on (ISO 8601); else when its day begins")
    parser.add_argument("--note", help="why, for whoever reads it later")
    parser.add_argument("--origin", help="the gateway's address, when it is not this project's")


def run(args: argparse.Namespace) -> int:
    """0 when intake did it, 1 when it refused, 2 when nothing was asked."""
    try:
        persona = _persona(args)
        with _client(args, persona) as client:
            answer = _asked(client, args, persona)
    except (NotMeant, BadPack, OSError, ValueError, yaml.YAMLError) as wrong:
        print(f"error {wrong}", file=sys.stderr)
        return 2
    except httpx.HTTPError as silent:
        print(f"Kesu does not answer ({type(silent).__name__}); is it up?", file=sys.stderr)
        return 2
    return _told(answer)


def _asked(client: httpx.Client, args: argparse.Namespace, persona: Persona) -> httpx.Response:
    known = _id(args.what)
    if known is None:
        body = _proposal(Path(args.what), args, persona.organisation)
        return client.post(DOOR, json=body, headers={"Idempotency-Key": uuid4().hex})
    shown = client.get(f"{DOOR}/{known}")
    if not shown.is_success:
        return shown
    headers = {"Idempotency-Key": uuid4().hex, "If-Match": shown.headers["etag"]}
    return client.post(f"{DOOR}/{known}/activation", json={"note": args.note}, headers=headers)


def _proposal(directory: Path, args: argparse.Namespace, organisation: str) -> dict[str, Any]:
    """The five files as they stand; intake reads and proves them. Raises OSError, ValueError."""
    texts = {section: (directory / f"{section}.yaml").read_text("utf-8") for section in SECTIONS}
    places = {one.id: one.timezone for one in organisations_in(args.organisations)}
    zone = ZoneInfo(places[organisation])
    begins = datetime.fromisoformat(args.at or directory.resolve().name)
    at = begins if begins.tzinfo else begins.replace(tzinfo=zone)
    return {
        "pack": directory.resolve().parent.name,
        "effective_from": at.isoformat(),
        "documents": texts,
        "note": args.note,
    }


def _told(answer: httpx.Response) -> int:
    found = answer.json()
    if answer.is_success:
        print(f"{found['status']}  {found['pack']} {found['version']}  {found['hash'][:12]}")
        print(f"in force from {found['in_force_from']}  id {found['id']}")
        if found["status"] == "draft":
            print(f"next, as another person: kesu policy activate {found['id']} --as …")
        return 0
    print(f"refused: {found.get('title', answer.status_code)}", file=sys.stderr)
    for error in found.get("errors", []):
        print(f"  {error['pointer']}  {error['code']}  {error['detail']}", file=sys.stderr)
    return 1


def _client(args: argparse.Namespace, persona: Persona) -> httpx.Client:
    home, settings = Home.from_environment(), Settings()
    issuer = DevelopmentIssuer(home.folder, issuer=settings.issuer, audience=settings.audience)
    token = issuer.token(persona, seconds=TOKEN_SECONDS)
    return httpx.Client(
        base_url=args.origin or home.address,
        timeout=ANSWER_SECONDS,
        headers={"Authorization": f"Bearer {token}", "Accept-Language": args.language},
    )


def _persona(args: argparse.Namespace) -> Persona:
    """Raises NotMeant unless exactly one is meant."""
    wanted = args.organisation or _runs(args)
    known = [each for each in personas_of(args.organisations) if each.name == args.persona]
    found = [each for each in known if wanted in {None, each.organisation}]
    if len(found) != 1:
        places = ", ".join(each.organisation for each in known) or "nobody's organisation"
        raise NotMeant(f"{args.persona} is in {places}: say --organisation")
    return found[0]


def _runs(args: argparse.Namespace) -> str | None:
    """The one organisation that runs the pack of the directory, if there is just one."""
    pack = Path(args.what).resolve().parent.name
    users = [one.id for one in organisations_in(args.organisations) if one.pack == pack]
    return users[0] if len(users) == 1 else None


def _id(what: str) -> UUID | None:
    try:
        return UUID(what)
    except ValueError:
        return None
