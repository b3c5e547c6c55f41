"""A payoff on all points of a model's grid."""

from __future__ import annotations

import numpy as np

from qiskit_ssqw.finance.encodings import EncodedPayoff, encode
from qiskit_ssqw.finance.encodings.choice import Encoding
from qiskit_ssqw.finance.loader import Loader
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.views.base import View


class EnumeratedView(View):
    """A payoff whose value at each grid point is listed.

    Args:
        payoff: The payoff.
        loader: A model that lists its points.
    """

    def __init__(self, payoff: Payoff, loader: Loader) -> None:
        self._payoff, self.loader = payoff, loader
        self._payments = payoff(loader.values)
        payoff.check_grid(loader.values, loader.spot)

    @property
    def description(self) -> str:
        return f"{len(self.loader.values):,} points"

    @property
    def payoff_range(self) -> tuple[float, float]:
        return float(self._payments.min()), float(self._payments.max())

    @property
    def target_value(self) -> float:
        return float(self._payments @ self.loader.target)

    @property
    def loaded_value(self) -> float:
        return float(self._payments @ self.loader.loaded)

    @property
    def target_variance(self) -> float:
        return float((self._payments - self.target_value) ** 2 @ self.loader.target)

    @property
    def underlying(self) -> float:
        return float(np.max(self.loader.target @ np.abs(self.loader.values)))

    def encode(self, encoding: Encoding, tolerance: float) -> EncodedPayoff:
        return encode(
            self._payoff,
            self.loader.values,
            self.loader.loaded,
            encoding=encoding,
            tolerance=tolerance,
            other_cx=self.loader.iterate_cx,
        )

    def amplitudes(self, encoded: EncodedPayoff) -> list[float]:
        return [float(part.shown @ self.loader.loaded) for part in encoded.parts]
