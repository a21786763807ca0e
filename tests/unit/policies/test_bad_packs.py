"""A bad pack stops the start with one sentence: file, line, row, reason. Seeded faults of every kind."""
# ruff: noqa: E501 — one fault a line reads better than a wrapped table

import shutil
from datetime import date
from pathlib import Path

import pytest

from shared.plumbing.packs import ORGANISATIONS, POLICIES, BadPack, Packs
from shared.plumbing.packs.reading import BYTES_MAX, DEPTH_MAX

AUTO = "policies/auto_accessories/2026-01-01"
MALL = "policies/shopping_mall/2026-01-01"

# file · what is written there · what a careless hand makes of it · row · what must be said
FAULTS = [
    (f"{AUTO}/compensation.yaml", "stance: prefer", "stanse: prefer", "", "'stanse' is not known"),
    (f"{AUTO}/compensation.yaml", "stance: prefer", "stance: 3", "", "'stance' must be text"),
    (f"{AUTO}/compensation.yaml", '"5000.00"}}', '"5000.001"}}', "authority.operations-vp", "two decimals"),
    (f"{AUTO}/compensation.yaml", '"5000.00"}}', "5000.01}}", "", "in quotes"),
    (f"{AUTO}/compensation.yaml", '"5000.00"}}', '"1000.00"}}', "authority.operations-vp", "ends before it begins"),
    (f"{AUTO}/compensation.yaml", 'above: "5000.00"', 'above: "5000.01"', "ladder", "nobody may approve"),
    (f"{AUTO}/compensation.yaml", 'above: "5000.00"', 'from: "5000.00"', "authority.general-manager", "both decide"),
    (f"{AUTO}/compensation.yaml", "{role: general_manager, how: approve}", "{role: department_supervisor, how: approve}", "authority.general-manager", "needs a lower role"),
    (f"{AUTO}/compensation.yaml", "{role: general_manager, how: approve}", "{role: emperor, how: approve}", "authority.general-manager", "no role 'emperor'"),
    (f"{AUTO}/compensation.yaml", "{role: general_manager, how: approve}", "{role: general_manager, how: bless}", "authority.general-manager", "'how'"),
    (f"{AUTO}/compensation.yaml", "cite: [AUTO-47, Q01]", "cite: []", "authority.operations-vp", "cites no requirement"),
    (f"{AUTO}/compensation.yaml", "cite: [AUTO-47, Q01]", "cite: [page 7]", "authority.operations-vp", "not the id of a requirement"),
    (f"{AUTO}/compensation.yaml", "id: authority.operations-vp", "id: authority.store-manager", "authority.store-manager", "two rows have this id"),
    (f"{AUTO}/compensation.yaml", "goods: [film], installation: [by_us], fault: [quality], age_months: {up_to: 60}", "goods: [sails]", "terms.film-exchange", "no goods 'sails'"),
    (f"{AUTO}/compensation.yaml", "goods: [film], installation", "colour: [red], installation", "terms.film-exchange", "'colour' is not known"),
    (f"{AUTO}/compensation.yaml", "installed: true, reworkable: true, extra_compensation: false", "fault_confirmed: true", "authority.department-supervisor", "both let somebody settle alone"),
    (f"{AUTO}/escalation.yaml", "cause_coded, cite: [AUTO-09, AUTO-13], label: {zh-Hant: 原因已歸類, zh-Hans: 原因已归类, en: The cause is coded}", "cause_coded, cite: [AUTO-09], label: {zh-Hant: 原因已歸類, zh-Hans: 原因已归类}", "gate.cause", "'en' is missing"),
    (f"{AUTO}/escalation.yaml", "when: {}\n", "when: {category: [service]}\n", "routing", "goes nowhere"),
    (f"{AUTO}/escalation.yaml", "above: manager", "above: heaven", "chain.desk", "does not exist"),
    (f"{AUTO}/escalation.yaml", "above: general", "above: desk", "chain.desk", "comes back"),
    (f"{AUTO}/escalation.yaml", "stops_on: [resolution_accepted, closed, withdrawn]", "stops_on: []", "clock.resolve", "nothing stops this clock"),
    (f"{AUTO}/escalation.yaml", "stops_on: [resolution_accepted, closed, withdrawn]", "stops_on: [doomsday]", "clock.resolve", "no occurrence 'doomsday'"),
    (f"{AUTO}/escalation.yaml", "    owner: {role: cs_manager, unit: {where: below, kind: service_desk}}\n    warn_at: [75]\n    steps: [{number: 1, after: 0min, does: escalate}]\n", "    warn_at: [75]\n", "clock.accept", "'owner' is missing"),
    (f"{AUTO}/escalation.yaml", "calendar: desk", "calendar: moon", "clock.accept", "no calendar 'moon'"),
    (f"{AUTO}/escalation.yaml", "kind: car_wash", "kind: spa", "routing.car-wash", "no unit kind 'spa'"),
    (f"{AUTO}/escalation.yaml", "clock: accept", "clock: patience", "custody.hand-over", "no clock 'patience'"),
    (f"{AUTO}/escalation.yaml", "code: form_complete", "code: form_pretty", "gate.form", "no gate 'form_pretty'"),
    (f"{AUTO}/escalation.yaml", "warn_at: [50, 75, 90]", "warn_at: [50, 175]", "clock.resolve", "between 1 and 99"),
    (f"{AUTO}/followup.yaml", "questionnaire: short", "questionnaire: long", "callback.after-service", "no questionnaire 'long'"),
    (f"{AUTO}/followup.yaml", "within: 3d", "within: three days", "clock.callback", "30min, 24h or 3d"),
    (f"{AUTO}/intake.yaml", "code: phone, type: phone, personal: true", "code: phone, type: phone", "form.phone", "names and phones are personal"),
    (f"{AUTO}/intake.yaml", "code: narrative, type: text", "code: story, type: text", "complaint", "no form field 'narrative'"),
    (f"{AUTO}/pack.yaml", "timezone: Asia/Shanghai", "timezone: Asia/Atlantis", "", "no such time zone"),
    (f"{AUTO}/pack.yaml", "effective_from: 2026-01-01", "effective_from: 2026-02-30", "", "effective_from"),
    (f"{AUTO}/pack.yaml", "effective_from: 2026-01-01", "effective_from: 2026-02-01", "", "named after another date"),
    (f"{AUTO}/pack.yaml", '["09:00-12:00", "13:00-18:00"]', '["09:00-12:00", "11:00-18:00"]', "", "in order and apart"),
    (f"{MALL}/pack.yaml", "  - key: clock.reply\n", "  - key: clock.answer\n", "", "'clock.reply' is not declared"),
    ("organisations/mall-demo.yaml", '  authority.store-manager.limit: "3000.00"\n', "", "", "authority.store-manager.limit (up to which cumulative amount a store manager approves"),
    ("organisations/mall-demo.yaml", "pack: shopping_mall", "pack: bazaar", "", "no such pack"),
    ("organisations/mall-demo.yaml", "kind: engineering", "kind: planning", "routing.other-unit-equipment", "no unit of kind 'engineering'"),
    ("organisations/auto-demo.yaml", "roles: [operations_vp]", "roles: [clerk]", "operations_vp", "nobody in 'auto-demo' is operations_vp"),
    ("organisations/auto-demo.yaml", "roles: [operations_vp]", "roles: [wizard]", "p-operations-vp", "no such role"),
    ("organisations/auto-demo.yaml", "head: p-audit-1", "head: p-ghost", "hq.audit", "'p-ghost' is not listed"),
    ("organisations/auto-demo.yaml", "id: hq.store-002, kind", "id: hq.west.store-002, kind", "hq.west.store-002", "'hq.west', is not listed"),
    (f"{AUTO}/intake.yaml", "retention_years: 2", "retention_years: &years 2", "", "anchors and aliases"),
    (f"{AUTO}/intake.yaml", "retention_years: 2", "retention_years: *years", "", "anchors and aliases"),
    (f"{AUTO}/intake.yaml", "retention_years: 2", "retention_years: !!python/name:os.system 2", "", "tags are not allowed"),
    (f"{AUTO}/intake.yaml", "retention_years: 2", "<<: {retention_years: 2}", "", "merge keys"),
    (f"{AUTO}/intake.yaml", "retention_years: 2", "retention_years: 2\nretention_years: 20", "", "is there twice"),
    (f"{AUTO}/intake.yaml", "retention_years: 2", "retention_years: [2", "", "not well-formed"),
    (f"{AUTO}/intake.yaml", "required: false", "required: no", "", "true or false"),
    (f"{AUTO}/intake.yaml", "retention_years: 2", "retention_years: " + "[" * 40 + "]" * 40, "", f"deeper than {DEPTH_MAX}"),
]  # fmt: skip


def load(place: Path) -> Packs:
    return Packs.load(place / "policies", place / "organisations")


def copied(place: Path) -> Path:
    shutil.copytree(POLICIES, place / "policies")
    shutil.copytree(ORGANISATIONS, place / "organisations")
    return place


@pytest.mark.parametrize(("file", "old", "new", "row", "said"), FAULTS)
def test_a_seeded_fault_is_found_and_told_in_one_sentence(
    tmp_path: Path, file: str, old: str, new: str, row: str, said: str
) -> None:
    wrong = copied(tmp_path) / file
    text = wrong.read_text()
    assert old in text
    wrong.write_text(text.replace(old, new, 1))
    with pytest.raises(BadPack) as caught:
        load(tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    if row:
        assert caught.value.row == row


def test_the_sentence_names_the_line(tmp_path: Path) -> None:
    wrong = copied(tmp_path) / AUTO / "compensation.yaml"
    lines = wrong.read_text().splitlines()
    place = next(n for n, line in enumerate(lines) if "authority.operations-vp" in line)
    wrong.write_text("\n".join(lines).replace('"5000.00"}}', '"5000.001"}}', 1))
    with pytest.raises(BadPack) as caught:
        load(tmp_path)
    assert caught.value.line == place + 2
    assert caught.value.file == "auto_accessories/2026-01-01/compensation.yaml"


def test_ten_megabytes_are_refused_unread(tmp_path: Path) -> None:
    wrong = copied(tmp_path) / AUTO / "intake.yaml"
    wrong.write_text("# " + "x" * (10 * BYTES_MAX))
    with pytest.raises(BadPack, match="larger than"):
        load(tmp_path)


def test_broken_bytes_and_a_missing_file_are_told(tmp_path: Path) -> None:
    wrong = copied(tmp_path) / AUTO / "intake.yaml"
    wrong.write_bytes(b"stance: \xff\xfe")
    with pytest.raises(BadPack, match="UTF-8"):
        load(tmp_path)
    wrong.unlink()
    with pytest.raises(BadPack, match="missing"):
        load(tmp_path)


def test_one_changed_number_makes_another_hash(tmp_path: Path) -> None:
    before = load(copied(tmp_path)).packs
    organisation = tmp_path / "organisations/mall-demo.yaml"
    organisation.write_text(organisation.read_text().replace('"3000.00"', '"3000.01"'))
    after = load(tmp_path).packs
    assert {p.hash for p in before} != {p.hash for p in after}
    assert len({p.hash for p in before} & {p.hash for p in after}) == len(before) - 1


def test_a_later_version_is_in_force_from_its_day(tmp_path: Path) -> None:
    versions = copied(tmp_path) / "policies/auto_accessories"
    shutil.copytree(versions / "2026-01-01", versions / "2026-07-01")
    head = versions / "2026-07-01/pack.yaml"
    head.write_text(head.read_text().replace("2026-01-01", "2026-07-01"))
    packs = load(tmp_path)
    assert packs.for_organisation("auto-demo", date(2026, 6, 30)).version == "2026-01-01"
    assert packs.for_organisation("auto-demo", date(2026, 7, 1)).version == "2026-07-01"
