"""The schedules: everything is in the long one, every row in the short one, the same draw twice."""

from collections import Counter
from itertools import product

from shared.plumbing.crashpoints import CRASH_POINTS
from tests.faults import schedules
from tests.faults.mischief import Mode
from tests.faults.nemeses import crashing
from tests.faults.record import struck
from tests.faults.schedules import Round


def names(rounds: list[Round]) -> Counter[str]:
    return Counter(fault.name for each in rounds for fault in each.faults)


def test_the_long_schedule_strikes_every_point_in_every_way_at_every_hit_three_times() -> None:
    found = names(list(schedules.long()))
    points = [p for p in CRASH_POINTS if not p.startswith(crashing.WITH_SUPERVISOR)]
    for point, mode in product(points, Mode):
        for hit in crashing.hits_of(point):
            assert found[f"{point}:{mode}:{hit}"] == len(schedules.SEEDS)


def test_the_long_schedule_leaves_nothing_out() -> None:
    found = names(list(schedules.long()))
    assert set(found) == {fault.name for fault in schedules.catalogue()}


def test_the_short_schedule_has_every_row_it_should_and_at_least_sixty_faults() -> None:
    chosen = [fault for each in schedules.short(7) for fault in each.faults]
    assert {fault.row for fault in chosen} == schedules.SHORT_ROWS
    assert len(chosen) >= 60


def test_a_seed_draws_the_same_again() -> None:
    first, again = list(schedules.short(7)), list(schedules.short(7))
    assert [(r.name, r.seed, [f.name for f in r.faults]) for r in first] == [
        (r.name, r.seed, [f.name for f in r.faults]) for r in again
    ]
    assert names(first) != names(list(schedules.short(8)))


def test_names_of_faults_are_their_own() -> None:
    known = Counter(fault.name for fault in schedules.catalogue())
    assert [name for name, count in known.items() if count > 1] == []


def test_the_rest_is_what_struck_too_seldom_and_nothing_else() -> None:
    known = [schedules.known_as(fault) for fault in schedules.catalogue()]
    often = Counter({known[0]: 3, known[1]: 2})
    left = [fault for each in schedules.rest(often, 3, seed=5) for fault in each.faults]
    assert sorted(map(schedules.known_as, left)) == sorted(known[1:])
    assert not list(schedules.rest(Counter(dict.fromkeys(known, 3)), 3, seed=5))


def test_only_rounds_that_held_count_as_struck() -> None:
    lines = [{"ok": True, "struck": {"F1 a": 24, "F2 b": 1}}, {"ok": False, "struck": {"F2 b": 1}}]
    assert struck(lines) == {"F1 a": 1, "F2 b": 1}
