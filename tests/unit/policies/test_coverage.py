"""Every requirement of the seven policies is met by a row or by code, or says why not."""

from collections import Counter
from importlib import import_module

import pytest

from kesu.policing._covering import Status, behaviour_in, citations, covered, requirements_in
from shared.plumbing.packs import POLICIES
from shared.plumbing.packs.shelf import sources_of

REQUIREMENTS = requirements_in(POLICIES)
BEHAVIOUR = behaviour_in(POLICIES)
KNOWN = {one.id for listed in REQUIREMENTS.values() for one in listed}


def test_all_319_requirements_are_written_down_once() -> None:
    ids = [one.id for listed in REQUIREMENTS.values() for one in listed]
    kinds = Counter(one.kind for listed in REQUIREMENTS.values() for one in listed)
    assert len(ids) == len(set(ids)) == 319
    assert kinds == {"R": 225, "D": 40, "G": 36, "A": 18}


@pytest.mark.parametrize("pack", REQUIREMENTS)
def test_no_requirement_is_met_by_nothing_without_a_reason(pack: str) -> None:
    found = covered(POLICIES, pack)
    assert [one.requirement.id for one in found if one.status is Status.MISSING] == []
    assert all(one.reason for one in found if one.status is not Status.DONE)


@pytest.mark.parametrize("pack", REQUIREMENTS)
def test_no_row_cites_a_requirement_that_does_not_exist(pack: str) -> None:
    cites = citations(sources_of(POLICIES, pack)[-1])
    policy_ids = {one for one in cites if "-" in one}
    assert policy_ids - KNOWN == set()


@pytest.mark.parametrize("place", sorted({p for places in BEHAVIOUR.does.values() for p in places}))
def test_the_code_that_is_named_exists(place: str) -> None:
    module, _, name = place.partition(":")
    assert hasattr(import_module(module), name)


def test_behaviour_speaks_of_requirements_that_exist_and_says_one_thing_of_each() -> None:
    spoken = {*BEHAVIOUR.does, *BEHAVIOUR.not_yet, *BEHAVIOUR.out_of_scope}
    assert spoken - KNOWN == set()
    assert BEHAVIOUR.not_yet.keys() & BEHAVIOUR.out_of_scope.keys() == set()
    assert BEHAVIOUR.does.keys() & BEHAVIOUR.not_yet.keys() == set()


def test_every_section_that_waits_is_a_section_of_some_pack() -> None:
    sections = {
        cited.section
        for pack in REQUIREMENTS
        for rows in citations(sources_of(POLICIES, pack)[-1]).values()
        for cited in rows
    }
    for waiting in BEHAVIOUR.waiting:
        assert any(section.startswith(waiting.section) for section in sections), waiting.section


def test_what_lies_outside_is_adjacent_or_guidance_never_a_rule() -> None:
    kinds = {one.id: one.kind for listed in REQUIREMENTS.values() for one in listed}
    assert {kinds[one] for one in BEHAVIOUR.out_of_scope} <= {"A", "G"}
