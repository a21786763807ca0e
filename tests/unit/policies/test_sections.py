"""The intake and followup sections: forms, triage, callbacks, quiet hours, questionnaires."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.policy.followup import CallbackGate
from shared.kernel.policy.intake import FormFacts, form_schema, required_fields
from shared.plumbing.packs import NoPackInForce, UnknownOrganisation, UnknownPack
from tests.support.packs import AUTO, MALL, PACKS

VENDOR = FormFacts(kind="complaint", channel="desk", complainant_type="vendor")
MEMBER = FormFacts(kind="complaint", channel="hotline", complainant_type="member")
BODY = {"phone": "021 5550 0000", "narrative": "裝好一週就壞了"}


def test_the_form_is_a_valid_json_schema_that_refuses_unknown_fields() -> None:
    schema = form_schema(AUTO.intake, MEMBER)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    assert check.is_valid(BODY)
    assert not check.is_valid({**BODY, "shoe_size": 43})
    assert not check.is_valid({"phone": "021 5550 0000"})


def test_a_vendor_says_which_company_and_a_hotline_need_not_know_the_name() -> None:
    assert "company" in {field.code for field in required_fields(MALL.intake, VENDOR)}
    assert "name" not in {field.code for field in required_fields(AUTO.intake, MEMBER)}


def test_titles_come_in_the_readers_language() -> None:
    titles = {
        form_schema(MALL.intake, VENDOR, language=language)["properties"]["name"]["title"]
        for language in ("zh-Hant", "en")
    }
    assert titles == {"姓名", "Name"}


def test_names_and_phones_live_in_the_vault_and_what_is_told_in_the_texts() -> None:
    for pack in (AUTO, MALL):
        fields = {field.code: field for field in pack.intake.fields}
        assert fields["name"].personal
        assert fields["phone"].personal
        assert fields["narrative"].narrative


def test_only_complaints_start_complaint_clocks() -> None:
    kinds = {kind.code for kind in AUTO.intake.triage if kind.is_complaint}
    assert kinds == {"complaint"}


def test_the_mall_waits_for_confirmation_and_the_chain_does_not() -> None:
    assert MALL.intake.confirmation.required
    assert MALL.intake.confirmation.not_by_registrar
    assert not AUTO.intake.confirmation.required


def test_members_are_called_back_after_a_service_and_everybody_after_a_resolution() -> None:
    policy = AUTO.followup
    assert [c.code for c in policy.campaigns_on("service_completed", "member")] == ["after_service"]
    assert policy.campaigns_on("service_completed", "customer") == ()
    resolved = policy.campaigns_on("resolution_executed", "customer")
    assert [c.gate for c in resolved] == [CallbackGate.BEFORE_CLOSE]


def test_a_callback_is_due_at_the_end_of_the_third_calendar_day() -> None:
    rule = AUTO.followup.clock("callback")
    assert rule is not None
    zone = ZoneInfo("Asia/Shanghai")
    calendar = AUTO.calendar(rule.calendar)
    served = datetime(2026, 11, 2, 15, 30, tzinfo=zone)
    due = calendar.due(served, seconds=calendar.allowance(served, rule.within))
    assert due == datetime(2026, 11, 6, 0, 0, tzinfo=zone)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)))  # noqa: DTZ001 — made aware below
def test_nobody_is_called_in_quiet_hours_nor_kept_waiting_longer(moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)
    call = AUTO.followup.callable_at(at).astimezone(ZoneInfo("Asia/Shanghai"))
    assert 9 <= call.hour < 21
    assert call >= at
    assert (call - at).total_seconds() <= 12 * 3600


def test_a_low_score_is_dissatisfaction_and_a_score_off_the_scale_is_a_mistake() -> None:
    short = AUTO.followup.questionnaire("short")
    assert short is not None
    assert short.dissatisfied({"overall": 2})
    assert not short.dissatisfied({"overall": 3})
    assert short.problems({"overall": 6}) == ("overall",)
    assert short.problems({}) == ("overall",)
    assert short.problems({"overall": 5, "mood": 1}) == ("mood",)


def test_a_pack_is_found_by_day_and_by_hash_and_never_guessed() -> None:
    assert PACKS.by_hash(AUTO.hash) is AUTO
    assert AUTO.ref.hash == AUTO.hash
    with pytest.raises(UnknownPack):
        PACKS.by_hash("0" * 64)
    with pytest.raises(NoPackInForce):
        PACKS.for_organisation("auto-demo", date(2025, 12, 31))
    with pytest.raises(UnknownOrganisation):
        PACKS.organisation("nobody")
