"""What would make a risk measure more accurate, and what is worth knowing about it."""

from __future__ import annotations

from qiskit_ssqw._display import brief
from qiskit_ssqw.finance.risk.result import RiskResult

_NOISY = 0.5
"""Share of an error by which noise may add to it; beyond, a smaller epsilon hardly helps."""


def notes_on(
    result: RiskResult, epsilon: float, largest: float, noise: float = 0.0, *, copes: bool = True
) -> list[str]:
    """Say what limits a risk measure.

    Args:
        result: The measure, but for its notes.
        epsilon: Half width of a probability next to the level.
        largest: Probability of the largest loss on the grid.
        noise: How much wider the device's errors make an interval, in units of the error for which
            it was estimated.
        copes: Whether the estimator knows of noise.
    """
    is_noisy = noise > _NOISY
    reach = min((1 + noise) * epsilon, 1.0) if is_noisy else epsilon
    notes = [] if result.success else [_largest_part(result, copes, is_noisy=is_noisy)]
    if is_noisy:
        notes.append(
            f"Noise of the device leaves probabilities uncertain by up to {reach:.2g}, where an "
            f"epsilon of {epsilon:.2g} was asked for."
        )
    low, high = result.value_at_risk_interval
    if low < high:
        notes.append(
            f"P(loss <= l) cannot be told from {result.level:g} within "
            f"{reach:.2g} everywhere between {low:.6g} and "
            f"{high:.6g}, where the value at risk lies: "
            f"{'less noise' if is_noisy else 'a smaller epsilon'} tells more."
        )
    if result.resolution and result.bias_bound.grid is None:
        notes.append(
            f"A cell of the grid is {brief(result.resolution)} wide at the value at risk: more "
            "qubits make it narrower."
        )
    if result.num_estimations and largest > 1 - result.level:
        notes.append(
            f"The largest loss on the grid has a probability of {largest:.2g}, more than the "
            f"{1 - result.level:.2g} of the tail, so it is the answer: take a lower level, or a "
            "grid that reaches further (more qubits, or a smaller tail_mass)."
        )
    return notes


def _largest_part(result: RiskResult, copes: bool, *, is_noisy: bool) -> str:
    """Name the largest part of the error, and what would lower it."""
    bound = result.bias_bound
    parts = {
        "Statistics and noise make" if is_noisy else "Statistics make": (
            result.statistical_error,
            _less_noise(copes) if is_noisy else "take a smaller epsilon",
        ),
        "The loader makes": (bound.loader, "fit it to a smaller tolerance"),
        "The payoff circuit makes": (bound.payoff, "take a smaller epsilon"),
        "The grid makes": (bound.grid or 0.0, "take more qubits"),
    }
    worst = max(parts, key=lambda name: parts[name][0])
    size, advice = parts[worst]
    return f"{worst} up {brief(size)} of it: {advice}."


def _less_noise(copes: bool) -> str:
    """What would lower the error by noise."""
    if not copes:
        return 'the estimator knows of no noise: take estimator="rae"'
    return "take fewer qubits, or a better device"
