"""What would make a risk measure more accurate, and what is worth knowing about it."""

from __future__ import annotations

from qiskit_ssqw.finance.risk.result import RiskResult


def notes_on(result: RiskResult, epsilon: float, largest: float) -> list[str]:
    """Say what limits a risk measure.

    Args:
        result: The measure, but for its notes.
        epsilon: Half width of a probability next to the level.
        largest: Probability of the largest loss on the grid.
    """
    notes = [] if result.success else [_largest_part(result)]
    low, high = result.value_at_risk_interval
    if low < high:
        notes.append(
            f"P(loss <= l) cannot be told from {result.level:g} within {epsilon:.2g} everywhere "
            f"between {low:.6g} and {high:.6g}, where the value at risk lies: a smaller epsilon "
            "tells more."
        )
    if result.resolution and result.bias_bound.grid is None:
        notes.append(
            f"A cell of the grid is {result.resolution:.2g} wide at the value at risk: more qubits "
            "make it narrower."
        )
    if result.num_estimations and largest > 1 - result.level:
        notes.append(
            f"The largest loss on the grid has a probability of {largest:.2g}, more than the "
            f"{1 - result.level:.2g} of the tail, so it is the answer: take a lower level, or a "
            "grid that reaches further (more qubits, or a smaller tail_mass)."
        )
    return notes


def _largest_part(result: RiskResult) -> str:
    """Name the largest part of the error, and what would lower it."""
    bound = result.bias_bound
    parts = {
        "Statistics make": (result.statistical_error, "take a smaller epsilon"),
        "The loader makes": (bound.loader, "fit it to a smaller tolerance"),
        "The payoff circuit makes": (bound.payoff, "take a smaller epsilon"),
        "The grid makes": (bound.grid or 0.0, "take more qubits"),
    }
    worst = max(parts, key=lambda name: parts[name][0])
    size, advice = parts[worst]
    return f"{worst} up {size:.2g} of it: {advice}."
