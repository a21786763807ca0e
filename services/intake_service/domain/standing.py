"""How the work on a complaint stands, as its neighbours told it: what the hotline asks for."""

from dataclasses import dataclass, fields, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something owed by a moment, by the name of its clock."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The mirror of a case (decision 19). `status` is the last thing that happened to it."""

    status: str | None = None
    tier: str | None = None
    unit: str | None = None
    person: str | None = None
    offered_to: str | None = None
    promises: int = 0
    told_at: datetime | None = None
    replied_at: datetime | None = None
    dues: tuple[Due, ...] = ()

    @property
    def next_due(self) -> Due | None:
        """What is owed soonest."""
        return min(self.dues, key=lambda due: (due.at, due.name), default=None)

    def due(self, name: str) -> datetime | None:
        """When this is owed, if it is."""
        return next((due.at for due in self.dues if due.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one fact of a neighbour changes; None leaves a value as it is, "" empties it."""

    status: str | None = None
    tier: str | None = None
    unit: str | None = None
    person: str | None = None
    offered_to: str | None = None
    promised: int = 0
    told_at: datetime | None = None
    replied_at: datetime | None = None
    owed: Due | None = None
    settled: str | None = None


def noted(standing: Standing, news: News) -> Standing:
    """The standing with the news folded in."""
    said = {name: value or None for name in _COPIED if (value := getattr(news, name)) is not None}
    gone = {news.settled, news.owed.name if news.owed else None}
    dues = tuple(due for due in standing.dues if due.name not in gone)
    return replace(
        standing,
        **said,
        promises=standing.promises + news.promised,
        dues=(*dues, news.owed) if news.owed else dues,
    )


_COPIED = tuple(
    each.name for each in fields(News) if each.name not in {"promised", "owed", "settled"}
)
