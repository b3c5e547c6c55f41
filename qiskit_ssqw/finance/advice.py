"""What would make a price more accurate, and what is worth knowing about it."""

from __future__ import annotations

from typing import Any

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import brief
from qiskit_ssqw.finance.loader import Loader
from qiskit_ssqw.finance.payoffs import Payoff, PiecewiseLinear
from qiskit_ssqw.finance.payoffs.base import is_at
from qiskit_ssqw.finance.result import PricingResult
from qiskit_ssqw.markets.given import SampledPrices


def accuracy_note(
    result: PricingResult, model: Any, statistics_advice: str, noise_advice: str
) -> str:
    """Name the largest part of an error, and what would lower it.

    Args:
        result: A price that is less accurate than was asked for.
        model: What was priced with.
        statistics_advice: What would make the statistical interval narrower.
        noise_advice: What would lower what noise makes.
    """
    bias = result.bias_bound
    parts = {
        "Statistics make": result.statistical_error,
        "Noise of the reference makes": result.reference_error,
        "Bias makes": bias.total,
    }
    worst = max(parts, key=lambda name: parts[name])
    first = f"{worst} up {brief(min(parts[worst], result.error))} of it"
    if worst == "Statistics make":
        return f"{first}: {statistics_advice}."
    if worst == "Noise of the reference makes":
        return f"{first}: reference=False leaves it out, and what is known of the grid with it."
    sizes = {
        "loader": bias.loader,
        "payoff circuit": bias.payoff,
        "grid": bias.grid or 0.0,
        "noise of the device": bias.noise or 0.0,
    }
    source = max(sizes, key=lambda name: sizes[name])
    if source == "noise of the device":
        return f"{first}, most of it due to the {source}: {noise_advice}."
    advice = _advice_on(source, result, model)
    return f"{first}, {brief(sizes[source])} due to the {source}: {advice}."


def grid_notes(payoff: Payoff, loader: Loader, *, grid_is_known: bool) -> list[str]:
    """Say where the grid, and nothing else, decides about a payoff."""
    if loader.points is None:
        return []
    return [
        note
        for part, values in payoff.pieces(loader.values)
        for note in _notes_on(part, values, loader.target, grid_is_known)
    ]


def sampling_notes(payoff: Payoff, market: Any) -> list[str]:
    """Say how far samples that stand for a market tell the price, which no bound counts."""
    if not isinstance(market, SampledPrices) or len(market.source) < 2:
        return []
    paid = np.asarray(payoff(market.source), dtype=float)
    error = paid.std(ddof=1) / np.sqrt(len(paid))
    return [
        f"The prices are {len(paid):,} samples, taken for the truth: of the market that they come "
        f"from they tell this price with a standard error of {brief(error)}."
    ]


def _advice_on(source: str, result: PricingResult, model: Any) -> str:
    """What would lower a part of the bias."""
    if source == "grid":
        return _finer_grid(result.payoff, model)
    if source == "loader":
        return "fit it to a smaller tolerance"
    return 'lower payoff_tolerance, or take encoding="exact"'


def _finer_grid(payoff: Payoff, model: Any) -> str:
    """What would lower the error of the grid."""
    if getattr(model, "num_steps", None):
        return "take more qubits per step"
    if getattr(model, "bounds", None) is not None:
        return 'take grid="log"'
    prices = getattr(model, "prices", None)  # whose points may be too many to list
    if model.values.ndim > 1 if prices is None else len(prices) > 1:
        return "take more qubits per asset"
    if not isinstance(payoff, PiecewiseLinear):
        return "take more qubits"
    if len(payoff.breakpoints) == 1:
        return f"put its strike on the edge of a cell, align={payoff.breakpoints[0]}"
    values = model.values if prices is None else prices[0].link(np.array(prices[0].sum.bounds))
    if any(_outside(strike, values) for strike in payoff.breakpoints):
        return "take more qubits and a smaller tail_mass"
    return "take more qubits"


def _notes_on(
    payoff: PiecewiseLinear, values: Array, weights: Array, grid_is_known: bool
) -> list[str]:
    """Strikes that no grid point is beyond, and jumps that lie on one."""
    notes = [
        f"The strike {strike:g} lies outside the grid ({values.min():.6g}, {values.max():.6g}), "
        "on which the payoff does not bend: the value is that of the grid."
        for strike in payoff.breakpoints
        if _outside(strike, values) and not grid_is_known
    ]
    for strike in payoff.jumps:
        there = is_at(values, strike)
        if there.any():
            notes.append(
                f"The jump at {strike:g} is on a grid point of probability "
                f"{weights[there].sum():.2g}, which counts as above it."
            )
    return notes


def _outside(strike: float, values: Array) -> bool:
    return not values.min() <= strike <= values.max()
