"""`kesu token`: be somebody of a demonstration organisation, or give a machine its key."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kesu.home import Home
from shared.kernel.roles import Role
from shared.plumbing.apikeys import digest, mint, remember
from shared.plumbing.issuer import DevelopmentIssuer, Persona, personas_of
from shared.plumbing.settings import Settings

NAME = "token"
HELP = "print a development token for a persona, or mint a machine's API key"
HOURS = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whom to be, where, for how long."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--as", dest="persona", help="the persona's name, such as clerk")
    what.add_argument("--list", action="store_true", help="list the personas")
    what.add_argument("--machine", metavar="ID", help="mint an API key for this machine")
    parser.add_argument("--organisation", help="needed where several have such a persona")
    parser.add_argument("--hours", type=float, default=HOURS, help="how long it is good")
    parser.add_argument("--role", action="append", choices=[*Role], help="a machine's role")
    parser.add_argument("--unit", action="append", help="a unit the machine acts for")


def run(args: argparse.Namespace) -> int:
    """Print it; 1 when there is no such persona, or several."""
    if args.list:
        return _list()
    if args.machine:
        return _machine(args)
    found = _found(args.persona, args.organisation)
    if len(found) != 1:
        print(_complaint(args.persona, found), file=sys.stderr)
        return 1
    print(_issuer().token(found[0], seconds=int(args.hours * 3600)))
    return 0


def print_personas(*, hours: float = HOURS) -> None:
    """Every persona with a token, for the screen of `kesu up`."""
    issuer = _issuer()
    for persona in _personas():
        token = issuer.token(persona, seconds=int(hours * 3600))
        print(f"{_line(persona)}\n  {token}")


def _list() -> int:
    for persona in _personas():
        print(_line(persona))
    return 0


def _machine(args: argparse.Namespace) -> int:
    if not args.organisation or not args.role:
        print("a machine needs --organisation and --role", file=sys.stderr)
        return 1
    settings = _settings()
    key = mint(args.machine)
    row = {
        "id": args.machine,
        "organisation": args.organisation,
        "roles": args.role,
        "units": args.unit or [],
        "hmac": digest(key, settings.api_key_pepper.get_secret_value().encode()).hex(),
    }
    remember(settings.api_keys_path, row)
    print(key)
    return 0


def _found(name: str, organisation: str | None) -> list[Persona]:
    return [
        each
        for each in _personas()
        if each.name == name and organisation in {None, each.organisation}
    ]


def _complaint(name: str, found: Sequence[Persona]) -> str:
    if not found:
        return f"no persona {name}; `kesu token --list` shows who there is"
    places = ", ".join(each.organisation for each in found)
    return f"{name} is in {places}: say --organisation"


def _line(persona: Persona) -> str:
    where = ", ".join(persona.units)
    return f"{persona.organisation}  {persona.name}  {persona.person}  {where}"


def _personas() -> list[Persona]:
    return personas_of(_settings().organisations)


def _issuer() -> DevelopmentIssuer:
    settings = _settings()
    return DevelopmentIssuer(settings.home, issuer=settings.issuer, audience=settings.audience)


def _settings() -> Settings:
    """As the services read them, but with the home and folders of this project by default."""
    settings = Settings()
    project = Path(__file__).resolve().parents[2]
    given = settings.model_fields_set
    places = {} if "organisations" in given else {"organisations": project / "organisations"}
    return settings.model_copy(update={**places, "home": Home.from_environment().folder})
