"""The present value of payments under uncertain interest rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.payoffs.base import Payoff


@dataclass(frozen=True)
class PresentValue(Payoff):
    """Sum of ``cash_flow[t] / (1 + rate_t)**(t + 1)``, the rates being linear in the grid point.

    The contract of qiskit-finance's ``FixedIncomePricing``, without its linearisation: the rates
    are ``pca_matrix @ x + initial_rates`` (Woerner and Egger, arXiv:1806.06893).

    Args:
        cash_flow: Payment at the end of each period, shape ``(t,)``.
        pca_matrix: Shape ``(t, d)``, for grid points of ``d`` numbers; the identity by default.
        initial_rates: Shape ``(t,)``; 0 by default.

    Raises:
        TypeError: A value is not a real number.
        ValueError: A shape is wrong.

    Examples:
        >>> from qiskit_ssqw.finance import PresentValue
        >>> PresentValue([1.0, 2.0])([[0.0, 0.0], [0.25, 0.0]]).tolist()
        [3.0, 2.8]
    """

    cash_flow: tuple[float, ...]
    pca_matrix: tuple[tuple[float, ...], ...]
    initial_rates: tuple[float, ...]

    def __init__(
        self,
        cash_flow: ArrayLike,
        pca_matrix: ArrayLike | None = None,
        initial_rates: ArrayLike | None = None,
    ) -> None:
        flow = check.real_array(cash_flow, "cash_flow", shape=(None,))
        if len(flow) == 0:
            raise ValueError("cash_flow must hold at least one payment, got none")
        matrix = np.eye(len(flow)) if pca_matrix is None else pca_matrix
        matrix = check.real_array(matrix, "pca_matrix", shape=(len(flow), None))
        if matrix.shape[1] == 0:
            raise ValueError("pca_matrix must have at least one column, got none")
        rates = np.zeros(len(flow)) if initial_rates is None else initial_rates
        rates = check.real_array(rates, "initial_rates", shape=(len(flow),))
        object.__setattr__(self, "cash_flow", tuple(flow.tolist()))
        object.__setattr__(self, "pca_matrix", tuple(map(tuple, matrix.tolist())))
        object.__setattr__(self, "initial_rates", tuple(rates.tolist()))

    @property
    def name(self) -> str:
        return "present value"

    @property
    def num_values(self) -> int:
        return len(self.pca_matrix[0])

    def pay(self, values: Array) -> Array:
        points = values.reshape(len(values), -1)
        rates = points @ np.array(self.pca_matrix).T + np.array(self.initial_rates)
        if np.any(rates <= -1):
            raise ValueError(f"interest rates must be above -1, got {rates.min():g} on the grid")
        periods = np.arange(1, len(self.cash_flow) + 1)
        return np.asarray((1 + rates) ** -periods.astype(float) @ np.array(self.cash_flow))
