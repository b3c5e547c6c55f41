"""Prices whose distribution is given: by SciPy, or by samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._display import Row
from qiskit_ssqw.markets.base import LinearPieces, PriceDistribution
from qiskit_ssqw.markets.functions import distribution_function

Array = NDArray[np.float64]

_NODES = 24
"""Gauss-Legendre nodes of a panel."""

_PANELS = np.append(10.0 ** np.arange(-16, 0), [0.3, 0.5, 0.7, 0.9])
"""Probabilities between which a panel reaches at most."""


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
            object.__setattr__(self, "rate", check.number(self.rate, "rate"))
            object.__setattr__(self, "maturity", check.positive(self.maturity, "maturity"))

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

    @property
    def positive(self) -> bool:  # type: ignore[override]
        return bool(self.cdf(np.zeros(1))[0] == 0)

    @property
    def label(self) -> str:
        family = getattr(getattr(self.source, "dist", None), "name", None)
        return f"{family or type(self.source).__name__} distribution"

    @property
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
        # E[S; S < x] = x F(x) - integral of F up to x, summed up over panels from far below.
        wanted = np.asarray(prices, dtype=float)
        finite = np.isfinite(wanted)
        result = np.where(wanted > 0, self.forward, 0.0)
        marks = np.unique(np.append(self.price_at(self.quantile(_PANELS)), wanted[finite]))
        parts = marks * self.cdf(marks) - np.append(0.0, np.cumsum(self._integrals(marks)))
        result[finite] = parts[np.searchsorted(marks, wanted[finite])]
        return result

    def quantile(self, probabilities: ArrayLike) -> Array:
        if not hasattr(self.source, "ppf"):
            return super().quantile(probabilities)
        return self.coordinate(self.source.ppf(probabilities))

    def upper_quantile(self, probabilities: ArrayLike) -> Array:
        if not hasattr(self.source, "isf"):
            return super().upper_quantile(probabilities)
        return self.coordinate(self.source.isf(probabilities))

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

    def _integrals(self, marks: Array) -> Array:
        """Integrals of the distribution function between neighbouring marks."""
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        half = np.diff(marks)[:, None] / 2
        points = marks[:-1, None] + half * (1 + nodes)
        return np.asarray((half * weights * self.cdf(points.ravel()).reshape(points.shape)).sum(1))


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
        return np.asarray(np.searchsorted(self.source, prices) / len(self.source))

    def partial_mean(self, prices: Array) -> Array:
        upto = np.append(0.0, np.cumsum(self.source)) / len(self.source)
        return np.asarray(upto[np.searchsorted(self.source, prices)])

    def quantile(self, probabilities: ArrayLike) -> Array:
        return self.coordinate(np.quantile(self.source, np.asarray(probabilities, dtype=float)))

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
