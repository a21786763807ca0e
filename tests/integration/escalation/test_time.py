"""Due moments of cases: warned, breached, escalated once; paused, resumed, explained."""

from datetime import timedelta

from tests.integration.escalation.conftest import House


async def test_a_mall_complaint_nobody_accepts_within_a_day_escalates_once(house: House) -> None:
    house.mall()
    complaint = await house.confirmed()
    await house.advance("25 hours")
    await house.advance("1 minute")
    facts = await house.facts(complaint)
    assert facts.count("case_escalated") == 1
    case = (await house.get(f"cases/{complaint}", "store-manager")).json()
    assert (case["tier"], case["offer"]["unit"]) == ("first", "hq.store-001")
    steps = await house.parts.pool.fetch(
        "select clock, round, step from escalation.clock_steps where case_id = $1 order by 1",
        complaint,
    )
    assert [tuple(step) for step in steps] == [("accept", 1, 1), ("resolve", 1, 1)]
    parked = "select count(*) from escalation.timers where problem is not null"
    assert await house.parts.pool.fetchval(parked) == 0


async def test_a_breach_tells_its_warnings_first(house: House) -> None:
    house.mall()
    complaint = await house.handled()
    await house.advance("13 hours")
    await house.advance("6 hours")
    await house.advance("6 hours")
    facts = await house.facts(complaint)
    assert facts[-4:] == ["clock_warned", "clock_warned", "clock_breached", "task_raised"]


async def test_a_silent_neighbour_thaws_the_case(house: House) -> None:
    complaint = await house.resolved()
    close = {
        "outcome": "upheld",
        "cause": "goods",
        "flags": {"lesson": True, "improvement": False, "won_back": True},
    }
    assert (await house.ask_closing(complaint, close)).status_code == 202
    await house.advance("16 minutes")
    shown = (await house.get(f"cases/{complaint}/closure")).json()
    assert shown["status"] == "handling"
    assert shown["open_items"] == [
        "no_answer_compensation",
        "no_answer_followup",
        "no_answer_intake",
    ]


async def test_a_paused_clock_explains_who_paused_it_and_why(house: House) -> None:
    complaint = await house.handled()
    path = f"cases/{complaint}/clocks/resolve"
    paused = await house.post(f"{path}/pause", {"reason_code": "waiting_for_customer"})
    assert paused.status_code == 200, paused.text
    await house.advance("2 hours")
    assert (await house.post(f"{path}/resumption")).status_code == 200
    told = (await house.get(f"{path}/explanation", headers={"Accept-Language": "zh-Hans"})).json()
    (pause,) = [stretch for stretch in told["stretches"] if stretch["reason"]]
    assert (pause["by"], pause["reason_label"]) == ("p-clerk-1a", "等候顾客答复")
    assert pause["counted_seconds"] == 0
    assert told["used_seconds"] == sum(s["counted_seconds"] for s in told["stretches"])
    again = await house.post(f"{path}/resumption")
    assert (again.status_code, again.json()["code"]) == (409, "clock-not-paused")


async def test_a_clock_pauses_for_its_own_reasons_only(house: House) -> None:
    complaint = await house.handled()
    path = f"cases/{complaint}/clocks"
    unknown = await house.post(f"{path}/resolve/pause", {"reason_code": "lunch"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown-pause-reason")
    missing = await house.post(f"{path}/nap/pause", {"reason_code": "lunch"})
    assert missing.status_code == 404


async def test_a_promised_moment_becomes_a_clock(house: House) -> None:
    complaint = await house.handled()
    promised = await house.now() + timedelta(days=1)
    await house.post(
        f"cases/{complaint}/resolutions",
        {"text": "明天換好", "expected_by": promised.isoformat()},
    )
    clocks = (await house.get(f"cases/{complaint}/clocks")).json()["items"]
    (promise,) = [clock for clock in clocks if clock["name"] == "promise"]
    assert promise["state"] == "counting"
