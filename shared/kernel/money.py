"""Money is an integer count of minor units. There is no float anywhere in Kesu."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (fen, cents) of one ISO 4217 currency."""

    currency: str
    minor: int

    def __add__(self, other: Self) -> Self:
        """Raises ValueError when the currencies differ."""
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return type(self)(self.currency, self.minor + other.minor)

    def __str__(self) -> str:
        sign = "-" if self.minor < 0 else ""
        major, rest = divmod(abs(self.minor), 100)
        return f"{sign}{major}.{rest:02d} {self.currency}"
