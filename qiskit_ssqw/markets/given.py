"""Prices whose distribution is given: by SciPy, or by samples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row
from qiskit_ssqw.markets.base import LinearPieces, PriceDistribution, checked_inner
from qiskit_ssqw.markets.functions import Function, distribution_function
from qiskit_ssqw.markets.plausibility import warn_of_typos

_NODES = 24
"""Gauss-Legendre nodes of a panel."""

_PANELS = np.append(10.0 ** np.arange(-16, 0), [0.3, 0.5, 0.7, 0.9])
"""Probabilities between which a panel reaches at most."""

_ROUGH, _NOISE, _MOST_HALVINGS, _MOST_PANELS = 1e-12, 1e-15, 40, 2000
"""Largest of the highest coefficients of a function on a panel that is not halved, as a part of the
function there and besides, how often it is, and how many are at once: more of them are noise."""


_STEP, _FEW_STEPS = 2.0**-53, 1e5
"""Tail probabilities that SciPy finds as 1 less the other side are multiples of a step; so many are
enough digits."""

_SAME_PRICE = 1e-12
"""Relative distance of a sample from an edge that is rounding: an edge may be a logarithm."""


@dataclass(frozen=True, eq=False)
class _Given(PriceDistribution):
    """Prices that need no model; what discounts them may be known besides."""

    source: Any
    rate: float | None = None
    maturity: float | None = None
    spot: Any = None

    def __post_init__(self) -> None:
        if (self.rate is None) != (self.maturity is None):
            raise TypeError(
                f"rate and maturity go together, got rate={self.rate}, maturity={self.maturity}"
            )
        if self.maturity is not None:
            rate, maturity = (
                check.number(self.rate, "rate"),
                check.positive(self.maturity, "maturity"),
            )
            warn_of_typos(0.0, rate, maturity)
            object.__setattr__(self, "rate", rate)
            object.__setattr__(self, "maturity", maturity)

    @property
    def discount(self) -> float | None:  # type: ignore[override]
        """What multiplies an expected payoff to give the price today, if it is known."""
        return None if self.maturity is None else super().discount

    def _heading(self) -> str:
        return f"prices: {self.label}"

    def _rows(self) -> list[Row]:
        rows: list[Row] = [("distribution", self.label, "")]
        if self.maturity is None:
            return rows
        return [*rows, ("rate", self.rate, "a year"), ("maturity", self.maturity, "years")]


class ScipyPrices(_Given):
    """Prices with a continuous distribution of SciPy, or of anything with a ``cdf``.

    Args:
        source: A frozen one-dimensional distribution such as ``scipy.stats.lognorm(0.2)``, or a
            ``gaussian_kde``.
        rate: Annual risk-free rate, continuously compounded, or ``None`` for no discounting.
        maturity: Time to maturity in years; goes with a rate.

    Raises:
        TypeError: The distribution lacks a ``cdf``, or parameters; or there is a rate without a
            maturity.
        ValueError: It has several dimensions, or is discrete, or an argument is out of range.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        distribution_function(self.source)
        if hasattr(self.source, "pmf"):
            raise ValueError(f"a distribution of prices must be continuous, got {self.source!r}")

    @cached_property
    def positive(self) -> bool:  # type: ignore[override]
        return bool(self.cdf(np.zeros(1))[0] == 0)

    @property
    def label(self) -> str:
        family = getattr(getattr(self.source, "dist", None), "name", None)
        return f"{family or type(self.source).__name__} distribution"

    @cached_property
    def forward(self) -> float:
        """Mean of the price.

        Raises:
            ValueError: There is none.
        """
        if hasattr(self.source, "mean"):
            mean = float(self.source.mean())
        elif hasattr(self.source, "dataset"):  # of Gaussian kernels
            mean = float(self.source.dataset[0] @ self.source.weights)
        else:
            mean = self._mean()
        if not np.isfinite(mean):
            raise ValueError(f"the prices have no mean, got {mean} from {self.source!r}")
        return mean

    def cdf(self, prices: Array) -> Array:
        return distribution_function(self.source)(prices)

    def partial_mean(self, prices: Array) -> Array:
        # Above the median it is the mean less the share above, which is that of -S below -x.
        wanted = np.asarray(prices, dtype=float)
        median, below, above = self._panels
        upper = wanted > median
        result = np.where(upper, self.forward, 0.0)
        finite = np.isfinite(wanted)
        low, high = finite & ~upper, finite & upper
        result[low] += _means_below(self.cdf, below, wanted[low])
        result[high] += _means_below(lambda x: self._sf(-x), -above, -wanted[high])
        return result

    @cached_property
    def _panels(self) -> tuple[Array, Array, Array]:
        """The median, and the prices between which the distribution function is integrated."""
        with np.errstate(all="ignore"):  # SciPy divides by what has vanished
            ends = self.price_at([self.quantile(_PANELS), self.upper_quantile(_PANELS)])
            below = _told_apart(self.cdf, ends[0])
            above = -_told_apart(lambda x: self._sf(-x), -ends[1])
        return self.price_at(self.quantile(0.5)), below, above

    def quantile(self, probabilities: ArrayLike) -> Array:
        if not hasattr(self.source, "ppf"):
            return super().quantile(probabilities)
        return self.coordinate(self.source.ppf(checked_inner(probabilities)))

    def upper_quantile(self, probabilities: ArrayLike) -> Array:
        if not hasattr(self.source, "isf"):
            return super().upper_quantile(probabilities)
        return self.coordinate(self.source.isf(checked_inner(probabilities)))

    def has_closed_form(self, payoff: object) -> TypeGuard[LinearPieces]:
        return super().has_closed_form(payoff) and self._has_mean()

    def prices_of(self, normals: Array, num_steps: int | None = None) -> Array:
        self.forward  # noqa: B018  (no mean, no reference)
        return super().prices_of(normals, num_steps)

    def _has_mean(self) -> bool:
        try:
            return bool(np.isfinite(self.forward))
        except ValueError:
            return False

    def _mean(self) -> float:
        from scipy.integrate import quad

        function = distribution_function(self.source)
        above = quad(lambda x: 1 - function(np.array([x]))[0], 0, np.inf, limit=200)[0]
        below = quad(lambda x: function(np.array([x]))[0], -np.inf, 0, limit=200)[0]
        return float(above - below)

    def _sf(self, prices: Array) -> Array:
        """Probability of a price above each."""
        if hasattr(self.source, "sf"):
            return np.asarray(self.source.sf(prices), dtype=float)
        return 1 - self.cdf(prices)


def _told_apart(cdf: Function, far: Array) -> Array:
    """The finite ones of quantiles above which the distribution function has its digits."""
    far = np.unique(far[np.isfinite(far)])
    steps = cdf(far[:-1] + 0.4 * np.diff(far)) / _STEP
    rounded = (steps < _FEW_STEPS) & np.isclose(steps, np.round(steps), 1e-12, 0)
    return np.append(far[:-1][~rounded], far[-1])


def _means_below(cdf: Function, far: Array, places: Array) -> Array:
    """``E[S; S < x]``, which is ``x F(x)`` less the integral of ``F`` up to ``x``.

    Args:
        cdf: The distribution function ``F``.
        far: Quantiles of `_PANELS`.
        places: Where it is asked for, shape ``(m,)``.
    """
    marks = np.unique(np.append(far, places))
    upto = _integral_beyond(cdf, far, marks[0]) + np.append(0.0, np.cumsum(_integrals(cdf, marks)))
    return np.asarray((marks * cdf(marks) - upto)[np.searchsorted(marks, places)])


def _integrals(cdf: Function, marks: Array) -> Array:
    """Integrals between neighbouring marks, in halves where the function bends or jumps."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    highest = weights[:, None] * np.polynomial.legendre.legvander(nodes, _NODES - 1)[:, -2:]
    low, high, which = marks[:-1], marks[1:], np.arange(len(marks) - 1)
    found = np.zeros(len(which))
    for _ in range(_MOST_HALVINGS):
        half = (high - low) / 2
        points = low[:, None] + half[:, None] * (1 + nodes)
        values = cdf(points.ravel()).reshape(points.shape)
        rough = np.abs(values @ highest).max(axis=1) > _ROUGH * values[:, -1] + _NOISE
        np.add.at(found, which[~rough], (half * (values @ weights))[~rough])
        middle = (low + half)[rough]
        low, high = np.append(low[rough], middle), np.append(middle, high[rough])
        which = np.tile(which[rough], 2)
        if not 0 < len(which) < _MOST_PANELS:
            break
    np.add.at(found, which, (high - low) * cdf((low + high) / 2))
    return found


def _integral_beyond(cdf: Function, far: Array, end: float) -> float:
    """The integral of the distribution function up to an end, as if it were a power there."""
    if len(far) < 2 or not far[1] < 0:
        return 0.0
    nearer, farther = cdf(far[1::-1])  # which may be others than were asked for
    if farther == 0:  # no tail but an edge
        return 0.0
    power = np.log(nearer / farther) / np.log(far[0] / far[1])
    return float(-end * cdf(np.array([end]))[0] / (power - 1)) if power > 1 else 0.0


class SampledPrices(_Given):
    """Prices that are samples, each as probable as the others; one on an edge counts above it.

    Args:
        source: The samples, shape ``(m,)``.
        rate: Annual risk-free rate, continuously compounded, or ``None`` for no discounting.
        maturity: Time to maturity in years; goes with a rate.

    Raises:
        TypeError: A sample is not a number, or there is a rate without a maturity.
        ValueError: There is no sample, one is not finite, or an argument is out of range.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        samples = np.sort(check.real_array(self.source, "samples", shape=(None,)))
        if len(samples) == 0:
            raise ValueError("there must be at least one sample, got none")
        samples.setflags(write=False)
        object.__setattr__(self, "source", samples)

    @property
    def positive(self) -> bool:  # type: ignore[override]
        return bool(self.source[0] > 0)

    @property
    def label(self) -> str:
        return f"mean over {len(self.source):,} samples"

    @property
    def forward(self) -> float:
        return float(self.source.mean())

    def cdf(self, prices: Array) -> Array:
        return self._number_below(prices) / len(self.source)

    def partial_mean(self, prices: Array) -> Array:
        upto = np.append(0.0, np.cumsum(self.source)) / len(self.source)
        return np.asarray(upto[self._number_below(prices)])

    def _number_below(self, prices: Array) -> NDArray[np.intp]:
        """Number of samples below each price, those that differ from it by rounding not among."""
        return np.searchsorted(self.source, prices * (1 - _SAME_PRICE * np.sign(prices)))

    def quantile(self, probabilities: ArrayLike) -> Array:
        return self.coordinate(np.quantile(self.source, checked_inner(probabilities)))

    def has_closed_form(self, payoff: object) -> TypeGuard[LinearPieces]:
        return callable(payoff) and getattr(payoff, "num_values", 1) == 1

    def expectation(self, payoff: Any) -> float:
        """Mean payoff over the samples, of any payoff of one price.

        Raises:
            TypeError: It cannot be called with prices.
        """
        if not callable(payoff):
            raise TypeError(f"payoff must be a function of prices, got {payoff!r}")
        return float(np.mean(payoff(self.source)))


def is_continuous(distribution: Any) -> bool:
    """Whether something is a distribution that `ScipyPrices` takes."""
    known = hasattr(distribution, "cdf") or hasattr(distribution, "integrate_box_1d")
    return known and not hasattr(distribution, "pmf")
