"""The distribution of a loss, and what is read from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw._frozen import FrozenArrays

ROUNDING = 1e-12
"""Of sums of probabilities, and of losses in units of their range: smaller differences are none."""

_SUM = 1e-8
"""What the sum of the probabilities may miss 1 by."""


@dataclass(frozen=True, eq=False)
class LossDistribution(FrozenArrays, Tabular):
    """Losses and their probabilities.

    Args:
        losses: Ascending, shape ``(N,)``.
        probabilities: Shape ``(N,)``, not negative, with sum 1.

    Raises:
        TypeError: The values are not real numbers.
        ValueError: A value is NaN, infinite or out of range, losses do not ascend, or lengths
            differ.

    Examples:
        >>> from qiskit_ssqw.finance import LossDistribution
        >>> distribution = LossDistribution([0.0, 1.0, 5.0], [0.9, 0.06, 0.04])
        >>> distribution.value_at_risk(0.95), round(distribution.expected_shortfall(0.95), 9)
        (1.0, 4.2)
    """

    losses: Any
    probabilities: Any

    def __post_init__(self) -> None:
        losses = check.real_array(self.losses, "losses", shape=(None,))
        chances = check.not_negative(self.probabilities, "probabilities", shape=losses.shape)
        if np.any(np.diff(losses) <= 0):
            place = int(np.argmax(np.diff(losses) <= 0))
            raise ValueError(
                f"losses must ascend, got {losses[place]:g} before {losses[place + 1]:g}"
            )
        if abs(chances.sum() - 1) > _SUM:
            raise ValueError(f"probabilities must sum to 1, got a sum of {chances.sum():g}")
        object.__setattr__(self, "losses", losses)
        object.__setattr__(self, "probabilities", chances)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LossDistribution):
            return NotImplemented
        same = np.array_equal(self.losses, other.losses)
        return same and np.array_equal(self.probabilities, other.probabilities)

    def __hash__(self) -> int:
        return hash((self.losses.tobytes(), self.probabilities.tobytes()))

    @property
    def expected_loss(self) -> float:
        """The mean."""
        return float(self.probabilities @ self.losses)

    def value_at_risk(self, level: float) -> float:
        """Smallest loss that is not exceeded with at least this probability.

        Args:
            level: Such as 0.95, strictly between 0 and 1.

        Raises:
            ValueError: The level lies outside.
        """
        wanted = check.open_unit_interval(level, "level") - ROUNDING
        return float(self.losses[np.searchsorted(np.cumsum(self.probabilities)[:-1], wanted)])

    def expected_shortfall(self, level: float) -> float:
        """Mean of the worst losses, a share ``1 - level`` of all.

        It is ``VaR + E max(L - VaR, 0) / (1 - level)``, where of the losses at the value at risk
        only some may count (Acerbi and Tasche, arXiv:cond-mat/0104295, corollary 4.3).

        Args:
            level: Such as 0.95, strictly between 0 and 1.

        Raises:
            ValueError: The level lies outside.
        """
        level = check.open_unit_interval(level, "level")
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


@dataclass(frozen=True, eq=False)
class LossGrid:
    """The different losses on a grid, and which of them each grid point has."""

    losses: Array
    """Ascending, shape ``(m,)``."""
    places: NDArray[np.intp]
    """Place of each grid point's loss among them, shape ``(2**n,)``."""

    @classmethod
    def of(cls, amounts: Array) -> LossGrid:
        """Sort losses; those that differ by rounding are one."""
        order = np.argsort(amounts, kind="stable")
        ascending = amounts[order]
        new = np.diff(ascending) > ROUNDING * (np.abs(ascending[1:]) + np.ptp(amounts))
        places = np.empty(len(amounts), dtype=np.intp)
        places[order] = np.concatenate([[0], np.cumsum(new)])
        return cls(ascending[np.concatenate([[True], new])], places)

    def distribution(self, weights: Array) -> LossDistribution:
        """The distribution of the loss, from weights of the grid points, shape ``(2**n,)``."""
        masses = np.bincount(self.places, weights, minlength=len(self.losses))
        return LossDistribution(self.losses, masses / masses.sum())

    def cell(self, loss: float) -> float:
        """The wider of the gaps between one of the losses and its neighbours on the grid."""
        gaps, place = np.diff(self.losses), int(np.searchsorted(self.losses, loss))
        return float(np.max(gaps[max(place - 1, 0) : place + 1], initial=0.0))
