"""The distribution of a loss, and what is read from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._display import Row, Tabular

_ROUNDING = 1e-12
"""What a cumulative probability may miss a level by and still reach it."""


@dataclass(frozen=True, eq=False)
class LossDistribution(Tabular):
    """Losses and their probabilities.

    Args:
        losses: Ascending, shape ``(N,)``.
        probabilities: Shape ``(N,)``, with sum 1.
    """

    losses: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    @property
    def expected_loss(self) -> float:
        """The mean."""
        return float(self.probabilities @ self.losses)

    def value_at_risk(self, level: float) -> float:
        """Smallest loss that is not exceeded with at least this probability.

        Args:
            level: Such as 0.95, strictly between 0 and 1.
        """
        reached = (
            np.cumsum(self.probabilities) >= check.open_unit_interval(level, "level") - _ROUNDING
        )
        return float(self.losses[np.argmax(reached)])

    def expected_shortfall(self, level: float) -> float:
        """Mean of the worst losses, a share ``1 - level`` of all.

        It is ``VaR + E max(L - VaR, 0) / (1 - level)``, where of the losses at the value at risk
        only some may count (Acerbi and Tasche, 2002, corollary 4.3).

        Args:
            level: Such as 0.95, strictly between 0 and 1.
        """
        edge = self.value_at_risk(level)
        beyond = float(self.probabilities @ np.maximum(self.losses - edge, 0))
        return edge + beyond / (1 - level)

    def _heading(self) -> str:
        return f"distribution of {len(self.losses)} losses"

    def _rows(self) -> list[Row]:
        return [
            ("expected loss", self.expected_loss, ""),
            ("largest loss", float(self.losses[-1]), ""),
            ("value at risk", self.value_at_risk(0.95), "at level 0.95"),
            ("expected shortfall", self.expected_shortfall(0.95), "at level 0.95"),
        ]
