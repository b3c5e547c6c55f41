"""How far a price lies from the true expectation, statistics apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BiasBound:
    """How far what is found lies from the true expectation, statistics apart, by source.

    In units of the payoff.
    """

    loader: float
    """``|sum (p - q) f|``: loaded probabilities ``p``, target ``q``, payoff ``f`` on the grid."""
    payoff: float
    """``|sum p (f' - f)|``: what the circuits compute, ``f'``, for the payoff."""
    grid: float | None
    """``|sum q f - E f|``: target ``q`` and the value ``E f`` without a grid; ``None`` if that is
    not known."""
    noise: float | None = None
    """How far the device's errors move what the estimator finds, as it is predicted; ``None`` where
    nobody knows of errors."""

    @property
    def total(self) -> float:
        """The sum of what is known, which bounds the bias."""
        return self.loader + self.payoff + (self.grid or 0.0) + (self.noise or 0.0)
