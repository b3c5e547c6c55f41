"""Risk measures of one price in its market, without a grid."""

from __future__ import annotations

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.loss_distribution import ROUNDING, LossGrid
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.reference import Reference
from qiskit_ssqw.markets.base import PriceDistribution
from qiskit_ssqw.markets.normal_cells import normal_masses, normal_pdf

_FARTHEST = 10.0
"""Standard normal score beyond which nothing is integrated."""

_NUM_CHECKED = 4001
"""Prices at which it is looked whether a loss is monotone."""

_NUM_CELLS = 2**17
"""Cells of the normal score for a loss that is not."""


def references(
    loss: Payoff, market: PriceDistribution, level: float
) -> tuple[Reference, Reference] | None:
    """Value at risk and expected shortfall of a loss of one price, without a grid.

    If the loss is monotone in the price, the value at risk is the loss at a quantile of the price,
    the shortfall the integral of that over the tail. Otherwise both are those of many losses, of
    prices whose normal scores are 1e-4 apart.

    Args:
        loss: Of the price at maturity.
        market: Of one asset.
        level: Of both measures.

    Returns:
        None if the market has several assets.
    """
    from scipy.integrate import quad
    from scipy.special import ndtri

    if market.num_assets > 1 or loss.num_values != 1:
        return None
    scores = np.linspace(-_FARTHEST, _FARTHEST, _NUM_CHECKED)
    direction = _direction(loss(market.prices_of(scores[:, None])))
    if direction is None:
        return _of_many(loss, market, level)

    def at(score: float) -> float:
        return float(loss(market.prices_of(np.array([[direction * score]])))[0])

    def weighted(score: float) -> float:
        return at(score) * float(normal_pdf(score))

    start = float(ndtri(level))
    end = max(start, 0.0) + _FARTHEST
    rounding = 1e-12 * max(abs(at(start)), abs(at(0.0)))
    tail, _ = quad(weighted, start, end, epsabs=rounding, epsrel=1e-9, limit=500)
    return (
        Reference(at(start), 0.0, market.label),
        Reference(float(tail) / (1 - level), 0.0, market.label),
    )


def _of_many(loss: Payoff, market: PriceDistribution, level: float) -> tuple[Reference, Reference]:
    edges = np.linspace(-_FARTHEST, _FARTHEST, _NUM_CELLS + 1)
    weights = normal_masses(edges)
    losses = loss(market.prices_of((edges[:-1, None] + edges[1:, None]) / 2))
    known = LossGrid.of(losses).distribution(weights)
    method = f"{market.label}, {_NUM_CELLS:,} prices"
    return (
        Reference(known.value_at_risk(level), 0.0, method),
        Reference(known.expected_shortfall(level), 0.0, method),
    )


def _direction(amounts: Array) -> int | None:
    """1 if losses rise, -1 if they fall, None if they do both."""
    steps = np.diff(amounts)
    allowed = ROUNDING * np.maximum(np.abs(amounts[1:]), np.abs(amounts[:-1]))
    if np.all(steps >= -allowed):
        return 1
    return -1 if np.all(steps <= allowed) else None
