"""The volatility of any series of prices."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from qiskit_ssqw.finance.history.reading import read_history
from qiskit_ssqw.finance.history.series import (
    TRADING_DAYS,
    annualised,
    positive_prices,
    warn_of_jumps,
)


def realised_volatility(prices: ArrayLike, periods_per_year: float | None = None) -> float:
    """Annualised standard deviation of the logarithmic returns.

    Args:
        prices: Prices at equal distances in time, oldest first, shape ``(m,)`` with ``m >= 3``. A
            pandas Series with dates may have any order.
        periods_per_year: How many of these distances make a year; by default 252, and of a pandas
            Series with dates as `PriceHistory` tells it from them.

    Raises:
        TypeError: The prices are not numbers.
        ValueError: There are fewer than three prices, or one is not positive.

    Warns:
        MarketWarning: A return lies beyond 30 %, which may be a split or a wrong price.

    Examples:
        >>> from qiskit_ssqw.finance import realised_volatility
        >>> round(realised_volatility([100, 101, 100, 101]), 4)
        0.1824
    """
    if _is_dated(prices):
        return read_history(prices).volatility(periods_per_year=periods_per_year)
    series = positive_prices(prices)
    periods = TRADING_DAYS if periods_per_year is None else periods_per_year
    volatility = annualised(series, periods)
    warn_of_jumps(series)
    return volatility


def _is_dated(prices: Any) -> bool:
    """Whether this is a pandas Series with an index of dates."""
    kind = str(getattr(getattr(prices, "index", None), "dtype", ""))
    return getattr(prices, "ndim", 0) == 1 and kind.startswith(("datetime", "period"))
