"""The news of several facts is one news: told together or one by one, the same stands."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.intake_service.domain.standing import News

WORD = st.none() | st.sampled_from(["", "hq", "hq.store-001"])
MOMENT = st.none() | st.datetimes(timezones=st.just(UTC))
CLOCK = st.sampled_from(["accept", "resolve", "callback"])
NEWS = st.builds(
    News,
    status=WORD,
    unit=WORD,
    offered_to=WORD,
    told_at=MOMENT,
    promises=st.integers(0, 2),
    dues=st.dictionaries(CLOCK, MOMENT, max_size=2),
)


@given(NEWS, NEWS, NEWS)
def test_it_does_not_matter_how_news_are_gathered(one: News, two: News, three: News) -> None:
    assert one.then(two).then(three) == one.then(two.then(three))


@given(NEWS)
def test_no_news_changes_nothing(news: News) -> None:
    assert News().then(news) == news.then(News()) == news


def test_the_later_word_stands_and_promises_add() -> None:
    noon = datetime(2026, 11, 20, 4, tzinfo=UTC)
    first = News(status="offered", offered_to="hq", promises=1, dues={"accept": noon})
    later = News(status="accepted", offered_to="", promises=1, dues={"accept": None})
    assert first.then(later) == News(
        status="accepted", offered_to="", promises=2, dues={"accept": None}
    )
