"""The volatility at which the Black-Scholes market agrees with a price."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.markets import black
from qiskit_ssqw.markets.base import LinearPieces, jump_sizes

if TYPE_CHECKING:
    from qiskit_ssqw.markets.black_scholes import Market

_MOST_UNCERTAIN = 0.01
"""Relative change of a volatility that must be seen in the last digit of the price."""

_SAME_SLOPE = 1e-12
"""Difference of two slopes, relative to the largest, that is rounding."""


def implied_volatility(market: Market, payoff: LinearPieces, price: float) -> float:
    """Return what `Market.implied_volatility` promises of one asset and a checked payoff."""
    strikes, bends = _bends(payoff)
    forward, discount = market.forward, market.discount
    at_forward = _value_at(payoff, forward)
    price = check.number(price, "price")
    wanted = (price / discount - at_forward) * np.sign(bends[0])
    ratios, weights = strikes / forward, forward * np.abs(bends)
    most = float(weights @ np.minimum(ratios, 1.0))
    if not 0 < wanted < most:
        ends = sorted([at_forward, at_forward + float(np.sign(bends[0])) * most])
        raise ValueError(
            f"price must lie strictly between {discount * ends[0]:.6g} and {discount * ends[1]:.6g}"
            f", where it goes as the volatility goes to 0 or infinity, got {price}"
        )
    std = black.std_of_root(lambda std: float(weights @ black.option_value(ratios, std)) - wanted)
    rounding = 4 * np.finfo(float).eps * (abs(price / discount) + abs(at_forward))
    if rounding > _MOST_UNCERTAIN * std * float(weights @ black.vega(ratios, std)):
        raise ValueError(
            f"price {price} does not tell the volatility to {_MOST_UNCERTAIN:.0%}: all others near "
            "it round to the same price"
        )
    return std / float(np.sqrt(market.maturity))


def _bends(payoff: LinearPieces) -> tuple[Array, Array]:
    """The positive strikes at which a payoff bends, and by how much, all up or all down.

    Raises:
        ValueError: It jumps, or is neither convex nor concave: its price need not be monotone in
            the volatility, so that none, one or several volatilities explain it.
    """
    strikes, slopes = np.array(payoff.breakpoints), np.array(payoff.slopes)
    bends = np.diff(slopes)
    bent = (strikes > 0) & (np.abs(bends) > _SAME_SLOPE * np.abs(slopes).max())
    if jump_sizes(payoff).any() or len({*np.sign(bends[bent])}) != 1:
        raise ValueError(
            "an implied volatility needs a payoff that bends only up or only down and has no "
            f"jumps, such as a call, got {payoff!r}"
        )
    return strikes[bent], bends[bent]


def _value_at(payoff: LinearPieces, price: float) -> float:
    strikes = np.array(payoff.breakpoints)
    piece = int(np.searchsorted(strikes, price, side="right"))
    anchor = np.append(strikes[:1], strikes)[piece]
    return float(payoff.offsets[piece] + payoff.slopes[piece] * (price - anchor))
