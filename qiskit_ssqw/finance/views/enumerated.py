"""A payoff on all points of a model's grid."""

from __future__ import annotations

import numpy as np

from qiskit_ssqw.finance.encodings import EncodedPayoff, encode
from qiskit_ssqw.finance.encodings.choice import Encoding
from qiskit_ssqw.finance.loader import Loader
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.views.base import ListedView


class EnumeratedView(ListedView):
    """A payoff whose value at each grid point is listed.

    Args:
        payoff: The payoff.
        loader: A model that lists its points.
    """

    def __init__(self, payoff: Payoff, loader: Loader) -> None:
        self._payoff, self.loader = payoff, loader
        self._payments = payoff(loader.values)
        self._target, self._loaded = loader.target, loader.loaded
        payoff.check_grid(loader.values, loader.spot)

    @property
    def description(self) -> str:
        return f"{len(self.loader.values):,} points"

    @property
    def underlying(self) -> float:
        return float(np.max(self._target @ np.abs(self.loader.values)))

    def encode(self, encoding: Encoding, tolerance: float) -> EncodedPayoff:
        return encode(
            self._payoff,
            self.loader.values,
            self._loaded,
            encoding=encoding,
            tolerance=tolerance,
            other_cx=self.loader.iterate_cx,
        )

    def amplitudes(self, encoded: EncodedPayoff) -> list[float]:
        return [float(part.shown @ self._loaded) for part in encoded.parts]
