"""Risk measures of one price under Black-Scholes, without a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.finance.market import Market, Reference
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.risk.losses import ROUNDING

_FARTHEST = 10.0
"""Standard deviations of the logarithm beyond which nothing is integrated."""

_NUM_CHECKED = 4001
"""Prices at which it is looked whether a loss is monotone."""


def references(loss: Payoff, market: Market, level: float) -> tuple[Reference, Reference] | None:
    """Value at risk and expected shortfall of a loss that is monotone in one price.

    The value at risk is the loss at a quantile of the price, the shortfall the integral of that
    over the tail.

    Args:
        loss: Of the price at maturity.
        market: Of one asset.
        level: Of both measures.

    Returns:
        None if the market has several assets or the loss rises and falls.
    """
    from scipy.integrate import quad
    from scipy.special import ndtri

    if market.num_assets > 1 or loss.num_values != 1:
        return None
    mean, std = float(market.log_mean[0]), float(np.sqrt(market.log_covariance[0, 0]))
    checked = loss(np.exp(mean + std * np.linspace(-_FARTHEST, _FARTHEST, _NUM_CHECKED)))
    direction = _direction(checked)
    if direction is None:
        return None

    def at(score: float) -> float:
        return float(loss(np.exp(mean + direction * std * score)))

    def weighted(score: float) -> float:
        return at(score) * float(np.exp(-(score**2) / 2) / np.sqrt(2 * np.pi))

    start = float(ndtri(level))
    end = max(start, 0.0) + std + _FARTHEST
    rounding = 1e-12 * max(abs(at(start)), abs(at(0.0)))
    tail, _ = quad(weighted, start, end, epsabs=rounding, epsrel=1e-9, limit=500)
    return (
        Reference(at(start), 0.0, "Black-Scholes"),
        Reference(float(tail) / (1 - level), 0.0, "Black-Scholes"),
    )


def _direction(amounts: NDArray[np.float64]) -> int | None:
    """1 if losses rise, -1 if they fall, None if they do both."""
    steps = np.diff(amounts)
    allowed = ROUNDING * np.maximum(np.abs(amounts[1:]), np.abs(amounts[:-1]))
    if np.all(steps >= -allowed):
        return 1
    return -1 if np.all(steps <= allowed) else None
