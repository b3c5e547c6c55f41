"""Bates' model: Heston's variance and Merton's jumps."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Complex
from qiskit_ssqw._display import Row
from qiskit_ssqw.markets.heston import Heston
from qiskit_ssqw.markets.merton import normal_jumps
from qiskit_ssqw.markets.model import PriceModel, convert


@dataclass(frozen=True)
class Bates(PriceModel):
    """Prices with the random variance of `Heston` and the jumps of `Merton`.

    Jumps make the smile of short maturities, the variance that of long ones.

    Args:
        spot: Price today.
        rate: Annual risk-free rate, continuously compounded.
        initial_variance: As for `Heston`, like the next four.
        mean_reversion: Speed at which the variance reverts, a year.
        long_run_variance: Annual variance that it reverts to.
        volatility_of_variance: Twice the annual standard deviation of the variance's square root.
        correlation: Correlation of price and variance, from -1 to 1.
        jump_intensity: As for `Merton`, like the next two.
        jump_mean: Mean of what a jump adds to the logarithm of the price.
        jump_std: Standard deviation of it, at least 0.
        dividend_yield: Annual yield of continuous dividends.

    Raises:
        TypeError: A value is not a number.
        ValueError: One is out of range, as for `Heston` and `Merton`.

    References:
        D. S. Bates, Review of Financial Studies 9, 69 (1996).
    """

    spot: float
    rate: float
    initial_variance: float
    mean_reversion: float
    long_run_variance: float
    volatility_of_variance: float
    correlation: float
    jump_intensity: float
    jump_mean: float
    jump_std: float
    dividend_yield: float = 0.0
    heston: Heston = field(init=False, repr=False, compare=False)
    """The model without the jumps."""

    def __post_init__(self) -> None:
        heston = Heston(*(getattr(self, each.name) for each in fields(Heston)))
        object.__setattr__(self, "heston", heston)
        convert(self, lambda _, name: getattr(heston, name), *vars(heston))
        convert(self, check.at_least_zero, "jump_intensity", "jump_std")
        convert(self, check.number, "jump_mean")

    def _rows(self) -> list[Row]:
        return [*super()._rows(), *self.heston._rows()[-1:]]

    def characteristic_function(self, u: Complex, maturity: float) -> Complex:
        jumps = normal_jumps(u, self.jump_intensity, self.jump_mean, self.jump_std)
        return np.asarray(
            self.heston.characteristic_function(u, maturity) * np.exp(maturity * jumps)
        )
