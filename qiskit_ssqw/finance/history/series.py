"""A price history that has been read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Number

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._frozen import FrozenArrays
from qiskit_ssqw.finance.history.dates import Frequency, frequency_of, spacing
from qiskit_ssqw.markets.plausibility import warn

FEWEST_PRICES = 3
TRADING_DAYS = 252
_LARGE_RETURN = 0.3
_MOST_NAMED = 3


@dataclass(frozen=True, eq=False)
class PriceHistory(FrozenArrays):
    """Prices, oldest first, and when they were.

    Args:
        prices: Prices, oldest first, shape ``(m,)`` with ``m >= 3``.
        dates: When they were, ascending, shape ``(m,)``, as NumPy understands dates; ``None`` if
            nobody knows.
        notes: What a reader skipped, put right or assumed.

    Raises:
        TypeError: ``prices`` or ``dates`` hold something else.
        ValueError: There are fewer than three prices, one is not positive, or the dates do not
            ascend.

    Examples:
        >>> from qiskit_ssqw.finance import PriceHistory
        >>> months = ["2024-01-31", "2024-02-29", "2024-03-28", "2024-04-30"]
        >>> history = PriceHistory([100, 104, 102, 105], months)
        >>> print(history)
        3 returns from 2024-01-31 to 2024-04-30, monthly
        >>> round(history.volatility(), 3)
        0.109
    """

    prices: Array
    dates: NDArray[np.datetime64] | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "prices", positive_prices(self.prices))
        object.__setattr__(self, "notes", tuple(check.sequence(self.notes, "notes")))
        if self.dates is not None:
            object.__setattr__(self, "dates", _ascending_dates(self.dates, len(self.prices)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PriceHistory):
            return NotImplemented
        return self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[bytes, bytes | None, tuple[str, ...]]:
        dates = None if self.dates is None else self.dates.tobytes()
        return self.prices.tobytes(), dates, self.notes

    @property
    def num_returns(self) -> int:
        """Number of returns, one less than prices."""
        return len(self.prices) - 1

    @property
    def frequency(self) -> Frequency | None:
        """How often the prices come; ``None`` without dates, if irregular, or within a day."""
        return None if self.dates is None else frequency_of(self.dates)

    @property
    def periods_per_year(self) -> int:
        """How many returns make a year: 252 (365 with weekends), 52, 12, 4, 2 or 1.

        Raises:
            ValueError: The dates are none of daily, weekly, monthly, quarterly, half-yearly and
                yearly.

        Warns:
            MarketWarning: There are no dates; 252 is assumed.
        """
        if self.dates is None:
            warn(f"the prices have no dates: taken as daily, {TRADING_DAYS} a year, oldest first")
            return TRADING_DAYS
        if self.frequency is None:
            raise ValueError(
                f"the dates, mostly {spacing(self.dates):.3g} days apart, are not daily, weekly, "
                "monthly, quarterly, half-yearly or yearly: give periods_per_year"
            )
        return self.frequency.periods_per_year

    def latest(self, window: int) -> PriceHistory:
        """The part with the latest ``window`` returns.

        Raises:
            TypeError: ``window`` is not an integer.
            ValueError: ``window`` is less than 2.

        Warns:
            MarketWarning: There are fewer returns; all are taken.
        """
        if check.integer(window, "window", minimum=2) > self.num_returns:
            warn(f"the window of {window} returns is longer than the history of {self.num_returns}")
        dates = None if self.dates is None else self.dates[-window - 1 :]
        return replace(self, prices=self.prices[-window - 1 :], dates=dates)

    def volatility(
        self, window: int | None = None, *, periods_per_year: float | None = None
    ) -> float:
        """Annualised standard deviation of the logarithmic returns.

        Args:
            window: How many of the latest returns count, as for `latest`; all by default.
            periods_per_year: How many returns make a year; by default as the dates of the window
                tell, see the property of that name for the errors raised.

        Warns:
            MarketWarning: A return lies beyond 30 %, which may be a split or a wrong price; or as
                `latest` and the property ``periods_per_year`` do.
        """
        used = self if window is None else self.latest(window)
        periods = used.periods_per_year if periods_per_year is None else periods_per_year
        volatility = annualised(used.prices, periods)
        warn_of_jumps(used.prices, used.dates)
        return volatility

    def __str__(self) -> str:
        if self.dates is None:
            return f"{self.num_returns} returns without dates"
        how_often = "irregular" if self.frequency is None else self.frequency.name
        first, last = _day(self.dates[0]), _day(self.dates[-1])
        return f"{self.num_returns} returns from {first} to {last}, {how_often}"


def annualised(prices: Array, periods_per_year: float) -> float:
    """Annualised standard deviation of the logarithmic returns."""
    periods = check.positive(periods_per_year, "periods_per_year")
    return float(np.diff(np.log(prices)).std(ddof=1) * np.sqrt(periods))


def positive_prices(values: ArrayLike) -> Array:
    """Return three or more positive prices, or raise."""
    prices = check.real_array(values, "prices", shape=(None,))
    if len(prices) < FEWEST_PRICES:
        raise ValueError(f"prices must have at least {FEWEST_PRICES} entries, got {len(prices)}")
    if np.any(prices <= 0):
        raise ValueError(f"prices must be positive, got {prices.min()}")
    return prices


def warn_of_jumps(prices: Array, dates: NDArray[np.datetime64] | None = None) -> None:
    """Warn of returns so large that they may be a split or a wrong price."""
    returns = prices[1:] / prices[:-1] - 1
    large = np.flatnonzero(np.abs(returns) > _LARGE_RETURN)
    if len(large) == 0:
        return
    places = [
        f"{returns[each]:+.0%} to "
        + (f"price {each + 2}" if dates is None else _day(dates[each + 1]))
        for each in large[:_MOST_NAMED].tolist()
    ]
    more = ", ..." if len(large) > _MOST_NAMED else ""
    warn(
        f"{len(large)} return(s) beyond {_LARGE_RETURN:.0%}, a split or a wrong price? "
        f"{', '.join(places)}{more}"
    )


def _ascending_dates(values: ArrayLike, size: int) -> NDArray[np.datetime64]:
    try:
        given = np.asarray(values)
        if given.dtype.kind in "biufcO" and any(isinstance(each, Number) for each in given.flat):
            raise TypeError  # which NumPy would take for seconds since 1970
        dates = np.array(values, dtype="datetime64[s]")
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"dates must be dates, got {values!r}") from None
    if dates.shape != (size,):
        raise ValueError(f"dates must have shape {(size,)}, got {dates.shape}")
    if np.isnat(dates).any():
        raise ValueError("dates must be dates, got NaT")
    wrong = np.flatnonzero(np.diff(dates) <= np.timedelta64(0, "s"))
    if len(wrong):
        first, second = dates[wrong[0]], dates[wrong[0] + 1]
        raise ValueError(f"dates must ascend, got {first} before {second}")
    dates.setflags(write=False)
    return dates


def _day(date: np.datetime64) -> str:
    return str(np.datetime_as_string(date, unit="D"))
