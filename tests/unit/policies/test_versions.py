"""Versions on a shelf: found by moment and by hash, never changed by those that come later."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.plumbing.packs import BadPack, Version, restored
from shared.plumbing.packs.differing import differences, substance_of
from shared.plumbing.packs.loading import hash_of, joined, pack_of, parted, source_from
from tests.support.drafts import documents, made
from tests.support.packs import AUTO, AUTO_DEMO, PACKS

NOON = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SWAPS = {"intake": [("required: false", "required: true\n  role: store_manager")]}
NEXT = made(AUTO_DEMO, NOON, swaps=SWAPS)


def first() -> Version:
    return next(one for one in PACKS.versions if one.organisation == "auto-demo")


def test_what_is_kept_of_a_version_is_all_of_it() -> None:
    for version in PACKS.versions:
        assert pack_of(parted(joined(version.content))) == version.pack
        assert hash_of(version.content) == version.pack.hash


def test_a_version_is_in_force_from_its_moment_on_not_from_its_day() -> None:
    packs = PACKS.copy()
    packs.take_up([NEXT])
    assert packs.for_organisation("auto-demo", NOON - SECOND) is AUTO
    assert packs.for_organisation("auto-demo", NOON) is NEXT.pack
    assert packs.for_organisation("auto-demo", date(2026, 12, 1)) is AUTO
    assert packs.for_organisation("auto-demo", date(2026, 12, 2)) is NEXT.pack


def test_what_was_pinned_is_found_for_ever_and_others_shelves_stay_as_they_are() -> None:
    packs = PACKS.copy()
    packs.take_up([NEXT])
    assert packs.by_hash(AUTO.hash) is AUTO
    assert packs.by_hash(NEXT.pack.hash) is NEXT.pack
    assert all(one.pack.hash != NEXT.pack.hash for one in PACKS.versions)


def test_a_version_comes_between_two_others() -> None:
    packs = PACKS.copy()
    later = made(AUTO_DEMO, NOON + timedelta(days=9), version="third")
    packs.take_up([later])
    packs.take_up([NEXT])
    found = [packs.for_organisation("auto-demo", NOON + timedelta(days=n)) for n in (-1, 1, 8, 9)]
    assert found == [AUTO, NEXT.pack, NEXT.pack, later.pack]


def test_the_moment_two_persons_chose_outweighs_the_day_of_a_file() -> None:
    packs = PACKS.copy()
    as_file = Version(
        organisation=NEXT.organisation,
        in_force_from=NOON - timedelta(hours=12),
        pack=NEXT.pack,
        content=NEXT.content,
    )
    packs.take_up([as_file])
    packs.take_up([NEXT])
    assert packs.for_organisation("auto-demo", NOON - SECOND) is AUTO


def test_a_file_that_was_changed_since_judges_what_was_pinned_to_it_and_nothing_new() -> None:
    packs = PACKS.copy()
    kept = made(AUTO_DEMO, NOON, version="forgotten").kept
    former = restored(replace(kept, activated=False))
    packs.take_up([former])
    assert packs.by_hash(former.pack.hash) == former.pack
    assert packs.for_organisation("auto-demo", NOON) is AUTO


def test_content_that_is_not_what_its_hash_says_is_refused() -> None:
    kept = NEXT.kept
    with pytest.raises(BadPack):
        restored(replace(kept, hash="0" * 64))


def test_an_unknown_hash_makes_somebody_look() -> None:
    packs, asked = PACKS.copy(), []
    packs.on_unknown = lambda: asked.append(1)
    with pytest.raises(LookupError):
        packs.by_hash("0" * 64)
    assert asked


def test_differences_name_the_rows() -> None:
    swaps = {
        "intake": [("required: false", "required: true\n  role: store_manager")],
        "compensation": [("id: authority.general-manager", "id: authority.the-boss")],
    }
    found = differences(first().content, made(AUTO_DEMO, NOON, swaps=swaps).content)
    by_section = {one.section: one for one in found}
    assert set(by_section) == {"pack", "intake", "compensation"}
    assert by_section["intake"].changed == ("confirmation",)
    assert by_section["compensation"].added == ("ladder/authority.the-boss",)
    assert by_section["compensation"].removed == ("ladder/authority.general-manager",)
    assert by_section["pack"].changed == ("effective_from", "version")


def test_another_name_and_day_alone_are_no_other_substance() -> None:
    assert substance_of(made(AUTO_DEMO, NOON).content) == substance_of(first().content)
    assert substance_of(NEXT.content) != substance_of(first().content)


def test_documents_that_are_of_another_pack_or_day_are_refused() -> None:
    texts = documents(AUTO_DEMO, NOON)
    with pytest.raises(BadPack, match="'id'"):
        source_from(texts, pack="telecom", day="2026-12-01")
    with pytest.raises(BadPack, match="'effective_from'"):
        source_from(texts, pack=AUTO.id, day="2026-12-02")
