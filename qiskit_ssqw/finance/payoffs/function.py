"""Any function as a payoff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.payoffs.base import Payoff


@dataclass(frozen=True)
class FunctionPayoff(Payoff):
    """Any function of the grid points.

    Args:
        function: Takes all points at once, shape ``(N,)`` or ``(N, d)``, and returns shape
            ``(N,)``.
        values_per_point: How many prices it takes, ``d``.
        label: What tables call it.

    Raises:
        TypeError: ``function`` cannot be called.
        ValueError: ``values_per_point`` is below 1.

    Examples:
        >>> import numpy as np
        >>> from qiskit_ssqw.finance import FunctionPayoff
        >>> FunctionPayoff(np.sqrt)([4.0, 9.0]).tolist()
        [2.0, 3.0]
    """

    function: Callable[[Array], Any]
    values_per_point: int = 1
    label: str = "function"

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TypeError(f"function must be callable, got {self.function!r}")
        check.integer(self.values_per_point, "values_per_point", minimum=1)

    @property
    def name(self) -> str:
        return self.label

    @property
    def num_values(self) -> int:
        return self.values_per_point

    def pay(self, values: Array) -> Array:
        try:
            return np.asarray(self.function(values))
        except ValueError as error:
            if "ambiguous" not in str(error):
                raise
            raise ValueError(
                "a payoff's function gets all points at once, as an array: write np.maximum for "
                f"max, np.where for if, got {self.function!r}"
            ) from error
