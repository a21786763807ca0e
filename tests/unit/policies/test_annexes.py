"""Faults sown into the parts a section may leave out: each is found, at its row."""
# ruff: noqa: E501 — one fault a line reads better than a wrapped table

import shutil
from pathlib import Path

import pytest

from shared.plumbing.packs import ORGANISATIONS, POLICIES, BadPack, Packs

CLUB = "policies/leisure_club/2026-01-01"
TELE = "policies/telecom/2026-01-01"
RETL = "policies/retail_store/2026-01-01"
STAF = "policies/staff_handbook/2026-01-01"
PROP = "policies/property_management/2026-01-01"

# file · what is written there · what a careless hand makes of it · row · what must be said
FAULTS = [
    (f"{CLUB}/compensation.yaml", "enabled: false", "enabled: true", "recovery.gated", "law, consent and appeal"),
    (f"{CLUB}/compensation.yaml", 'from: "1000.00"', 'from: "1500.00"', "cash.from-1000", "two different amounts"),
    (f"{CLUB}/compensation.yaml", "instead: [card]", "instead: [medal]", "cash.from-1000", "no remedy 'medal'"),
    (f"{CLUB}/compensation.yaml", "remedy: card, share", "remedy: medal, share", "worth.card", "no remedy 'medal'"),
    (f"{CLUB}/escalation.yaml", "up_to: decision", "up_to: heaven", "skip.emergency", "no rung 'heaven'"),
    (f"{CLUB}/escalation.yaml", "body: police", "body: army", "referral.police", "'body'"),
    (f"{CLUB}/escalation.yaml", "parts: [facts, result", "parts: [rumour, result", "finding.parts", "no part of a finding 'rumour'"),
    (f"{CLUB}/escalation.yaml", "outcome: unreasonable", "outcome: silly", "unreasonable.after-finding", "no outcome 'silly'"),
    (f"{CLUB}/escalation.yaml", "severity_confirmed_by: department_supervisor", "severity_confirmed_by: operations_vp", "severity", "no role 'operations_vp'"),
    (f"{CLUB}/escalation.yaml", "  - {code: one, label", "  - {code: single, label", "severity", "not the same"),
    (f"{CLUB}/intake.yaml", "code: unreasonable_demand, after", "code: silly_demand, after", "code.unreasonable-after-finding", "no category 'silly_demand'"),
    (f"{CLUB}/intake.yaml", "shows: [name, position]", "shows: [shoe_size]", "identity.name-and-position", "no detail 'shoe_size'"),
    (f"{TELE}/escalation.yaml", "clock: green_gold\n", "clock: green_bronze\n", "lane.green-gold", "no clock 'green_bronze'"),
    (f"{TELE}/followup.yaml", "forms: [signature]", "forms: [handshake]", "acceptance.terminal", "no form of acceptance 'handshake'"),
    (f"{TELE}/followup.yaml", "questionnaire: opinion\n      cite", "questionnaire: mood\n      cite", "contact.key-customer-visit", "no questionnaire 'mood'"),
    (f"{TELE}/intake.yaml", "kind: call_record", "kind: gossip", "evidence.calls", "no kind of evidence 'gossip'"),
    (f"{RETL}/escalation.yaml", "otherwise: resolve", "otherwise: someday", "promise.time", "no clock 'someday'"),
    (f"{RETL}/followup.yaml", "when: {severity: [major]}", "when: {severity: [huge]}", "callback.major", "no severity 'huge'"),
    (f"{RETL}/pack.yaml", "calendar: office\n    grace", "calendar: moon\n    grace", "report.common-problems", "no calendar 'moon'"),
    (f"{STAF}/compensation.yaml", "remedies: [points, gift]", "remedies: [medal]", "goodwill.ordinary", "no remedy 'medal'"),
    (f"{STAF}/intake.yaml", "consent_for: [sensitive_data]", "consent_for: [gossip]", "consent_for", "no flag 'gossip'"),
    (f"{STAF}/intake.yaml", "years: 2, disposed_by", "years: 0, disposed_by", "records.form", "a year at least"),
    (f"{PROP}/compensation.yaml", "reason_for: [partly, refuse]", "reason_for: [shrug]", "demands.each", "no answer 'shrug'"),
    (f"{PROP}/followup.yaml", "clock: reply_oral, by", "clock: reply_sung, by", "answer.oral", "no clock 'reply_sung'"),
    (f"{PROP}/intake.yaml", "fields: [registration_number]", "fields: [shoe_size]", "code.registered", "no form field 'shoe_size'"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "row", "said"), FAULTS)
def test_a_fault_in_an_annex_is_found_and_told_in_one_sentence(
    tmp_path: Path, file: str, old: str, new: str, row: str, said: str
) -> None:
    pack = file.split("/")[1]
    shutil.copytree(POLICIES / pack, tmp_path / "policies" / pack)
    (tmp_path / "organisations").mkdir()
    for one in ORGANISATIONS.glob("*.yaml"):
        if f"pack: {pack}\n" in one.read_text():
            shutil.copy(one, tmp_path / "organisations")
    wrong = tmp_path / file
    text = wrong.read_text()
    assert old in text
    wrong.write_text(text.replace(old, new, 1))
    with pytest.raises(BadPack) as caught:
        Packs.load(tmp_path / "policies", tmp_path / "organisations")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.row == row
