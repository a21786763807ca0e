"""A fact is never refused (decision 4): every example, told to every service that hears it."""

import pytest

from shared.contracts.registry import LISTENS, SERVICES, source_of
from tests.fuzz.seeds import ORGANISATION, examples, register_examples, tell_everything
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer, client_of, parts_of


@pytest.mark.parametrize("service", SERVICES)
async def test_no_example_is_too_much_for_whoever_hears_it(
    service: str, postgres: PostgresServer, kesu_database: str, issuer: Issuer
) -> None:
    async with parts_of(service, postgres, kesu_database, issuer) as parts:
        if service == "intake":
            headers = issuer.as_("p-clerk-1a", ORGANISATION, ["clerk"], ["hq.store-001"])
            async with client_of(parts) as client:
                await register_examples(client, headers)
        await tell_everything(parts)
        failed = await parts.pool.fetch(
            f"select type, problem from {service}.parked where kind = 'failure'"  # noqa: S608
        )
        assert [tuple(row) for row in failed] == []
        heard = await parts.pool.fetchval(f"select count(*) from {service}.inbox")  # noqa: S608
        assert heard > 0


def test_every_fact_somebody_hears_is_among_those_told() -> None:
    for service in SERVICES:
        told = {each["source"] for each in examples(LISTENS[service])}
        assert {source_of(name) for name in LISTENS[service]} - told <= {source_of("insights")}
