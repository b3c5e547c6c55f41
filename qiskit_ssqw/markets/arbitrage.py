"""Arbitrage among option quotes: that no distribution of the price explains them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from qiskit_ssqw.markets.option_quotes import OptionQuotes

_ROUNDING = 1e-12
"""Rounding errors, as a fraction of the forward."""


class _Violation(NamedTuple):
    """A rule, by how much prices break it, and how much of that is allowed."""

    rule: str
    size: float
    allowed: float


def largest_arbitrage(quotes: OptionQuotes) -> float:
    """The largest arbitrage within the tolerances, 0 if there is none.

    Prices of calls, as a function of the strike, must lie between the intrinsic value and the
    forward, fall, but no faster than the strike rises, and be convex: Carr and Madan, Finance
    Research Letters 2, 125 (2005).

    Raises:
        ValueError: One is larger than the tolerances of its quotes together; it says where, and by
            how much.
    """
    rounding = _ROUNDING * quotes.discount * quotes.forward
    largest = 0.0
    for rule in (_beyond_bounds, _slopes, _butterflies):  # the first one broken says it most simply
        found = list(rule(quotes))
        worst = max(found, key=lambda each: each.size / each.allowed)
        if worst.size > worst.allowed + rounding:
            raise ValueError(
                f"{worst.rule}: violated by {worst.size:.6g}, the tolerance being "
                f"{worst.allowed:.3g}"
            )
        largest = max(largest, *(each.size for each in found))
    return float(largest) if largest > rounding else 0.0


def _beyond_bounds(quotes: OptionQuotes) -> Iterator[_Violation]:
    forward, strikes = quotes.discount * quotes.forward, quotes.discount * quotes.strikes
    low, high, most = np.maximum(forward - strikes, 0), np.full(len(strikes), forward), "forward"
    if quotes.name == "puts":
        low, high, most = np.maximum(strikes - forward, 0), strikes, "strike"
    each = zip(quotes.strikes, quotes.quoted, low, high, quotes.tolerances, strict=True)
    for strike, price, least, largest, allowed in each:
        got = f"{quotes.name} must be worth between their intrinsic value and the {most}, "
        got += f"{least:.6g} to {largest:.6g} today, got {price:.6g} at strike {strike:g}"
        yield _Violation(got, max(least - price, price - largest, 0.0), allowed)


def _slopes(quotes: OptionQuotes) -> Iterator[_Violation]:
    names = ("not rise with the strike", "not fall faster than discounted strikes rise")
    if quotes.name == "puts":
        names = ("not rise faster than discounted strikes do", "not fall with rising strikes")
    each = zip(
        pairwise(quotes.strikes), pairwise(quotes.calls), pairwise(quotes.tolerances), strict=True
    )
    for (low, high), (first, second), allowed in each:
        rise, step = second - first, quotes.discount * (high - low)
        for name, size in zip(names, (rise, -rise - step), strict=True):
            rule = f"{quotes.name} must {name}, from {low:g} to {high:g}"
            yield _Violation(rule, max(size, 0.0), sum(allowed))


def _butterflies(quotes: OptionQuotes) -> Iterator[_Violation]:
    # A call of strike 0 is the forward, a put of strike 0 nothing: neither has a tolerance.
    strikes = np.append(0.0, quotes.strikes)
    prices = np.append(quotes.discount * quotes.forward, quotes.calls)
    tolerances = np.append(0.0, quotes.tolerances)
    for first in range(len(strikes) - 2):
        three = slice(first, first + 3)
        low, middle, high = strikes[three]
        share = (high - middle) / (high - low)
        weights = np.array([share, -1.0, 1 - share])
        rule = (
            f"{quotes.name} must be convex at strikes {low:g}, {middle:g} and {high:g}, or a "
            "butterfly costs less than nothing"
        )
        size, allowed = -weights @ prices[three], np.abs(weights) @ tolerances[three]
        yield _Violation(rule, max(float(size), 0.0), float(allowed))
