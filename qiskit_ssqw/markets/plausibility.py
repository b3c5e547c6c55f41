"""Market data and parameters that are possible, but probably not what was meant."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from qiskit_ssqw._stack import level_outside

MOST_RATE, MOST_VOLATILITY, MOST_YEARS = 1, 5, 100


class MarketWarning(UserWarning):
    """A number of a market or a price history is possible, but probably not what was meant."""


def warn(message: str) -> None:
    """Warn whoever called this package's finance with a `MarketWarning`."""
    warnings.warn(message, MarketWarning, stacklevel=level_outside())


def warn_of_typos(
    volatility: float | tuple[float, ...],
    rate: float,
    maturity: float,
    dividend_yield: float | tuple[float, ...] = 0.0,
) -> None:
    """Warn of percentages and days that may have been typed for fractions and years."""
    hints = [*_percentages(volatility, rate, dividend_yield), *_days(maturity)]
    if hints:
        warn("; ".join(hints))


def _percentages(
    volatility: float | tuple[float, ...], rate: float, dividend_yield: float | tuple[float, ...]
) -> Iterator[str]:
    for name, value, most in (
        ("volatility", float(np.max(volatility)), MOST_VOLATILITY),
        ("rate", rate, MOST_RATE),
        ("dividend_yield", float(np.max(dividend_yield)), MOST_RATE),
    ):
        if abs(value) > most:
            percent = f"{100 * value:,.6g} %"
            yield f"{name} {value:g} means {percent} a year ({value:g} % is {value / 100:g})"


def _days(maturity: float) -> Iterator[str]:
    if maturity > MOST_YEARS:
        yield (
            f"maturity {maturity:g} means {maturity:,.6g} years "
            f"({maturity:g} days are {maturity / 365:.3g})"
        )
