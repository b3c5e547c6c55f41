"""What would make a price more accurate, and what is worth knowing about it."""

from __future__ import annotations

import numpy as np

from qiskit_ssqw.finance.applications import BiasBound
from qiskit_ssqw.finance.encodings.linear import equidistant
from qiskit_ssqw.finance.loader import Loader
from qiskit_ssqw.finance.payoffs import Payoff, PiecewiseLinear


def bias_note(payoff: Payoff, loader: Loader, bias: BiasBound) -> str:
    """Name the largest part of a bias, and what would lower it."""
    parts = {
        "loader": (bias.loader, "fit it to a smaller tolerance"),
        "payoff circuit": (bias.payoff, 'lower payoff_tolerance, or take encoding="exact"'),
        "grid": (bias.grid or 0.0, _finer_grid(payoff, loader)),
    }
    worst = max(parts, key=lambda name: parts[name][0])
    size, advice = parts[worst]
    return f"Bias makes up {bias.total:.2g} of it, {size:.2g} due to the {worst}: {advice}."


def grid_notes(payoff: Payoff, loader: Loader, *, grid_is_known: bool) -> list[str]:
    """Say where the grid, and nothing else, decides about a piecewise linear payoff."""
    values = loader.values
    if not isinstance(payoff, PiecewiseLinear) or values.ndim > 1:
        return []
    low, high = float(values.min()), float(values.max())
    notes = [
        f"The strike {strike:g} lies outside the grid ({low:.6g}, {high:.6g}), on which the "
        "payoff does not bend: the value is that of the grid."
        for strike in payoff.breakpoints
        if not low <= strike <= high and not grid_is_known
    ]
    for strike in payoff.jumps:
        place = int(np.argmin(np.abs(values - strike)))
        if np.isclose(values[place], strike, rtol=1e-9, atol=0):
            notes.append(
                f"The jump at {strike:g} is on a grid point of probability "
                f"{loader.target[place]:.2g}, which counts as above it."
            )
    return notes


def _finer_grid(payoff: Payoff, loader: Loader) -> str:
    """What would lower the error of the grid."""
    if loader.num_steps:
        return "take more qubits per step"
    if loader.values.ndim > 1:
        return "take more qubits per asset"
    if equidistant(loader.values):
        return 'take grid="log"'
    if isinstance(payoff, PiecewiseLinear) and len(payoff.breakpoints) == 1:
        return f"put its strike on the edge of a cell, align={payoff.breakpoints[0]:g}"
    return "take more qubits"
