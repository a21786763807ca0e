"""Intake on a real PostgreSQL, with the two demonstration organisations and their personas."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from shared.kernel.policy.organisation import Organisation
from shared.plumbing.packs import Packs
from shared.plumbing.running import Parts
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer, client_of, parts_of

HOTLINE_KEY = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FORMER_KEY = "whsec_" + "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest.fixture
async def parts(
    postgres: PostgresServer, kesu_database: str, issuer: Issuer
) -> AsyncIterator[Parts]:
    secrets = tuple(SecretStr(f"180:{key}") for key in (HOTLINE_KEY, FORMER_KEY))
    async with parts_of(
        "intake", postgres, kesu_database, issuer, hotline_secrets=secrets
    ) as open_parts:
        yield open_parts


@pytest.fixture
async def client(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(parts) as open_client:
        yield open_client


@dataclass(frozen=True)
class People:
    """Headers of the personas of an organisation."""

    issuer: Issuer
    organisation: Organisation

    def __call__(self, persona: str) -> dict[str, str]:
        """`people("clerk")` are the headers of the clerk."""
        person = self.organisation.persona(persona)
        assert person is not None, persona
        found: dict[str, str] = self.issuer.as_(
            person.id.replace("machine:", "machine-"),
            self.organisation.id,
            sorted(person.roles),
            sorted(person.units),
        )
        return found


@pytest.fixture(scope="session")
def shelf() -> Packs:
    return Packs.load()


@pytest.fixture
def auto(issuer: Issuer, shelf: Packs) -> People:
    return People(issuer, shelf.organisation("auto-demo"))


@pytest.fixture
def mall(issuer: Issuer, shelf: Packs) -> People:
    return People(issuer, shelf.organisation("mall-demo"))


def a_complaint(**more: object) -> dict[str, Any]:
    """What the clerk of the car-accessories store types."""
    return {
        "kind": "complaint",
        "channel": "desk",
        "complainant_type": "customer",
        "classification": {"category": "installation"},
        "flags": ["installed"],
        "form": {
            "name": "王小明",
            "phone": "13912345678",
            "occurred_on": "2026-11-20",
            "narrative": "上週安裝的行車記錄器無法開機。",
        },
        **more,
    }


def a_mall_complaint(**more: object) -> dict[str, Any]:
    """What the clerk of the mall's service desk types."""
    form = {
        "name": "陳美玲",
        "phone": "0912345678",
        "occurred_on": "2026-11-20",
        "narrative": "專櫃人員態度不佳。",
    }
    return a_complaint(classification={"category": "service"}, flags=[], form=form) | more
