"""The distribution of a model's price by the COS method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw._display import Row
from qiskit_ssqw.markets.base import checked_inner
from qiskit_ssqw.markets.cosine_series import CosineSeries
from qiskit_ssqw.markets.model import ModelPrices, PriceModel
from qiskit_ssqw.markets.tails import reach, scale_of

Function = Callable[[Complex], Complex]

MOST_ERROR = 1e-8
"""Largest error of a probability that is put up with."""
_TAIL = 1e-13
_EDGE, _AT_THE_EDGE, _MOST_WIDENINGS = 1 / 16, 1e-10, 6
"""Part of each side of the range, at its end, the probability there beyond which the range is
doubled, and how often it is."""


@dataclass(frozen=True)
class CosineDistribution(ModelPrices):
    """Prices of a model after some time, from its characteristic function.

    Two cosine series tell everything: of the distribution itself, and of the one that weighs each
    price by itself, whose characteristic function is that of the first, shifted by ``-i``. The
    second makes partial means as precise as probabilities. The range is wide enough to leave
    out 1e-13 of each, by Chernoff's bound. The number of terms follows from the decay of the
    characteristic function.

    Args:
        model: The model of the price at any time.
        maturity: Time to maturity in years.

    Raises:
        TypeError: The maturity is no number.
        ValueError: The maturity is not positive, the characteristic function is not 1 at 0 or has
            another mean than the model says, or the error cannot be brought below 1e-8.

    Examples:
        >>> from qiskit_ssqw.finance import Call, Merton
        >>> prices = Merton(100, 0.03, 0.2, 0.5, -0.1, 0.15).at(1.0)
        >>> round(prices.discount * prices.expectation(Call(100)), 6)
        10.626904
    """

    positive: bool = field(init=False, repr=False)
    error: float = field(init=False, repr=False, compare=False)
    """Bound of the error of probabilities, and of partial means as a part of the forward."""
    _series: tuple[CosineSeries, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "positive", self.model.positive)
        measures = _measures(self.model, self.maturity)
        series = _fitting_range(measures, self.model.label)
        if not self.positive:
            _check_mean(series[0], self.model.label)
        error = _TAIL + max(each.error + _mass_at_the_edges(each) for each in series)
        if not error <= MOST_ERROR:
            raise ValueError(
                f"the distribution of {self.model.label} prices after {self.maturity:g} years has "
                f"an error of {error:.1e} with {len(series[0].terms):,} cosines, more than "
                f"{MOST_ERROR:g}: override at() of the model by a distribution that does not need "
                "the characteristic function, which decays too slowly"
            )
        object.__setattr__(self, "_series", series)
        object.__setattr__(self, "error", error)

    def _rows(self) -> list[Row]:
        return [
            *super()._rows(),
            ("cosines", max(len(each.terms) for each in self._series), ""),
            ("error at most", self.error, "of probabilities"),
        ]

    @property
    def label(self) -> str:
        return f"{self.model.label}, COS method"

    def cdf(self, prices: Array) -> Array:
        return self._of(self._series[0].cdf, prices)

    def pdf(self, prices: ArrayLike) -> Array:
        """Density of the price; its error exceeds `error` where it is not smooth."""
        points = np.asarray(prices, dtype=float)
        found = self._of(self._series[0].density, points)
        if not self.positive:
            return found
        return np.asarray(np.divide(found, points, out=np.zeros_like(found), where=points > 0))

    def partial_mean(self, prices: Array) -> Array:
        if self.positive:
            return self.forward * self._of(self._series[1].cdf, prices)
        return self._of(self._mean_of_any_sign, prices)

    def quantile(self, probabilities: ArrayLike) -> Array:
        return self._inverse(self._series[0], probabilities)

    def share_quantile(self, probabilities: ArrayLike) -> Array:
        if self.positive:
            return self._inverse(self._series[1], probabilities)
        return super().share_quantile(probabilities)

    def _inverse(self, series: CosineSeries, probabilities: ArrayLike) -> Array:
        wanted = checked_inner(probabilities)
        found = series.inverse_cdf(wanted.ravel()).reshape(wanted.shape)
        return np.asarray(self.coordinate(self.forward) + found)

    def _mean_of_any_sign(self, places: Array) -> Array:
        """By parts: ``E[Y; Y <= y]`` is ``y F(y)`` less the integral of ``F`` up to there."""
        (series,) = self._series
        inside, below = places.clip(series.low, series.high), series.cdf(places)
        deviations = inside * below - series.integrated_cdf(inside)
        return self.forward * below + np.where(below < 1, deviations, 0.0)

    def _of(self, function: Callable[[Array], Array], prices: ArrayLike) -> Array:
        """A function of the coordinate, counted from that of the forward, for any shape."""
        places = self.coordinate(prices) - self.coordinate(self.forward)
        return function(places.ravel()).reshape(places.shape)


def _measures(model: PriceModel, maturity: float) -> list[Function]:
    """Characteristic functions of the coordinate from that of the forward on.

    That of the distribution and, if all prices are positive, that of the one weighted by prices.

    Raises:
        ValueError: The first is not 1 at 0, or does not have the forward for its mean.
    """
    forward = model.forward(maturity)
    centre = np.log(check.positive(forward, "the forward")) if model.positive else forward

    def plain(u: Complex) -> Complex:
        return model.characteristic_function(u, maturity) * np.exp(-1j * u * centre)

    def share(u: Complex) -> Complex:
        return plain(u - 1j)

    measures: list[Function] = [plain, share] if model.positive else [plain]
    names = ("at 0", "at -i, divided by the forward,")
    for name, measure in zip(names, measures, strict=False):
        value = complex(measure(np.zeros(1, complex))[0])
        if not abs(value - 1) <= MOST_ERROR:
            raise ValueError(
                f"the characteristic function of {model.label} prices {name} must be 1, "
                f"got {value:.9g}"
            )
    return measures


def _fitting_range(measures: list[Function], label: str) -> tuple[CosineSeries, ...]:
    """Series of all measures on a range that next to nothing lies outside of."""
    plain, last = measures[0], measures[-1]
    scale = scale_of(plain)
    low = -reach(lambda rates: plain(np.asarray(1j * rates)), scale, _TAIL)
    high = reach(lambda rates: last(np.asarray(-1j * rates)), scale, _TAIL)
    if not np.isfinite(high - low):
        raise ValueError(
            f"{label} prices have no moment beyond their mean, or vary too little for floating "
            f"point, by {scale:.1g}, or the characteristic function does not take complex numbers, "
            "so nothing bounds the tails: check the parameters; a model of your own may override "
            "at()"
        )
    for _ in range(_MOST_WIDENINGS):
        series = tuple(CosineSeries.of(measure, low, high) for measure in measures)
        if max(map(_mass_at_the_edges, series)) <= _AT_THE_EDGE:
            break
        low, high = 2 * low, 2 * high
    return series


def _check_mean(series: CosineSeries, label: str) -> None:
    """Raise a `ValueError` if the mean of prices of any sign is not the forward."""
    end = np.array([series.high])
    missed = float((end - series.integrated_cdf(end))[0])
    if not abs(missed) <= MOST_ERROR * (series.high - series.low):
        raise ValueError(
            f"the mean of {label} prices by the characteristic function must be the forward, got "
            f"{missed:.9g} more"
        )


def _mass_at_the_edges(series: CosineSeries) -> float:
    """The larger probability at an end of the range, where a cut tail shows by its reflection."""
    ends = (1 - _EDGE) * np.array([series.low, series.high])
    below, upto = series.cdf(ends)
    return float(max(below, 1 - upto))
