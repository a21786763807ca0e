"""The player asks as a careful caller does, and says at once what is otherwise than written."""

from typing import Any

import httpx
import pytest

from kesu.playing.player import NotAsExpected, Told
from tests.unit.playing.kesu_in_little import Kesu, ok, scenario

REGISTER: dict[str, Any] = {
    "as": "clerk",
    "do": "intake.register_complaint",
    "body": {"form": {"phone": "139${number}", "bought_on": "${today-3d}"}},
    "keep": {"complaint": "id"},
}
READ: dict[str, Any] = {
    "as": "clerk",
    "do": "intake.get_complaint",
    "of": {"complaint": "$complaint"},
}
WITHDRAW: dict[str, Any] = READ | {"do": "intake.withdraw_complaint", "body": {"reason": "x"}}


async def test_what_a_step_keeps_fills_the_next_one() -> None:
    kesu = Kesu([ok(201, id="c-1"), ok(status="open")])
    kept = await kesu.player().play(scenario(REGISTER, READ))
    assert kept["complaint"] == "c-1"
    assert kesu.asked[1].url.path == "/intake/v1/complaints/c-1"
    assert kesu.body(0)["form"] == {"phone": f"139{kept['number']}", "bought_on": "2026-11-17"}


async def test_every_run_has_numbers_of_its_own() -> None:
    kesu = Kesu([ok(201, id="c-1"), ok(201, id="c-2")])
    player = kesu.player()
    one, other = await player.play(scenario(REGISTER)), await player.play(scenario(REGISTER))
    assert one["number"] != other["number"]
    assert one["run"] != other["run"]


async def test_an_action_carries_a_key_and_the_version_it_read() -> None:
    kesu = Kesu([ok(201, id="c-1"), ok(etag='"7"'), ok()])
    await kesu.player().play(scenario(REGISTER, WITHDRAW))
    assert kesu.asked[2].headers["If-Match"] == '"7"'
    assert len(set(kesu.keys())) == 2


async def test_somebody_elses_change_in_between_is_read_again_under_the_same_key() -> None:
    kesu = Kesu([ok(201, id="c-1"), ok(etag='"7"'), ok(412), ok(etag='"8"'), ok()])
    await kesu.player().play(scenario(REGISTER, WITHDRAW))
    assert kesu.asked[4].headers["If-Match"] == '"8"'
    assert kesu.keys()[1] == kesu.keys()[2]


async def test_an_answer_that_is_otherwise_stops_the_story_with_step_and_reason() -> None:
    kesu = Kesu([ok(201, id="c-1"), ok(status="closed")])
    step = READ | {"expect": {"values": {"status": "open"}}}
    with pytest.raises(NotAsExpected, match=r"one step 2 .*status is 'closed', not 'open'"):
        await kesu.player().play(scenario(REGISTER, step))


async def test_a_refusal_must_be_the_one_that_was_written() -> None:
    wanted = {"expect": {"status": 409, "problem": "not-open"}}
    kesu = Kesu([ok(201, id="c-1"), ok(), ok(409, code="own-record")])
    with pytest.raises(NotAsExpected, match="own-record, not not-open"):
        await kesu.player().play(scenario(REGISTER, WITHDRAW | wanted))


async def test_soon_asks_until_it_is_so_and_not_for_ever() -> None:
    step = READ | {"soon": True, "expect": {"values": {"status": "closed"}}}
    kesu = Kesu([ok(201, id="c-1"), ok(404), ok(status="open"), ok(status="closed")])
    await kesu.player().play(scenario(REGISTER, step))
    assert len(kesu.asked) == 4
    never = Kesu([ok(201, id="c-1"), *(ok(404) for _ in range(50))])
    with pytest.raises(NotAsExpected, match="404"):
        await never.player(soon=0.2).play(scenario(REGISTER, step))


async def test_without_soon_once_is_enough() -> None:
    kesu = Kesu([ok(201, id="c-1"), ok(404)])
    with pytest.raises(NotAsExpected):
        await kesu.player().play(scenario(REGISTER, READ))


async def test_a_patient_player_asks_again_with_the_same_key_when_nobody_answers() -> None:
    kesu = Kesu([httpx.ConnectError("gone"), ok(503), ok(502), ok(201, id="c-1")])
    await kesu.player(patience=5.0).play(scenario(REGISTER))
    assert len(kesu.asked) == 4
    assert len(set(kesu.keys())) == 1


async def test_an_impatient_player_does_not() -> None:
    with pytest.raises(httpx.ConnectError):
        await Kesu([httpx.ConnectError("gone")]).player().play(scenario(REGISTER))


async def test_the_same_request_again_means_the_same_key() -> None:
    kesu = Kesu([ok(201, id="c-1"), ok(201, id="c-1"), ok(201, id="c-1")])
    await kesu.player().play(scenario(REGISTER | {"again": 2}))
    assert len(kesu.asked) == 3
    assert len(set(kesu.keys())) == 1


async def test_a_signed_step_comes_from_nobody_with_a_token() -> None:
    kesu = Kesu([ok(201, id="c-1")])
    await kesu.player().play(scenario(REGISTER | {"signed": "msg_${run}", "forged": True}))
    headers = kesu.asked[0].headers
    assert headers["webhook-id"].startswith("msg_")
    assert headers["forged"] == "True"
    assert "authorization" not in headers


async def test_a_persona_of_another_organisation_is_named_with_it() -> None:
    kesu = Kesu([ok(201, id="c-1")])
    await kesu.player().play(scenario(REGISTER | {"as": "mall-demo/clerk"}))
    assert kesu.asked[0].headers["Authorization"] == "mall-demo clerk"


async def test_time_passes_only_where_the_file_says_so() -> None:
    kesu = Kesu([])
    told: list[Told] = []
    steps = ({"daytime": "09:00-17:00"}, {"advance": "8h"}, {"daytime": "09:00-17:00"})
    await kesu.player().play(scenario(*steps), told.append)
    passed = [each.passed.total_seconds() / 3600 for each in told if each.passed is not None]
    assert passed == [0, 8, 15]


async def test_an_operation_that_nobody_offers_is_said() -> None:
    with pytest.raises(NotAsExpected, match="no such operation"):
        await Kesu([]).player().play(scenario(READ | {"do": "intake.sing", "of": {}}))
