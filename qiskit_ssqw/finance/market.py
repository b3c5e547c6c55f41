"""The Black-Scholes market, and what it says classically about a payoff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._deprecation import warn_deprecated
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.finance.payoffs import Payoff, PiecewiseLinear
from qiskit_ssqw.finance.plausibility import warn_of_typos


@dataclass(frozen=True)
class Market(Tabular):
    """Prices that follow geometric Brownian motions under the risk-neutral measure.

    Args:
        spot: Price today, a number, or one per asset.
        volatility: Annual volatility (standard deviation of the logarithm over a year), a number
            for all assets or one per asset.
        rate: Annual risk-free rate, continuously compounded.
        maturity: Time to maturity in years.
        correlation: Correlation matrix of the logarithms, shape ``(d, d)``; the identity by
            default.

    Raises:
        TypeError: A value is not a number.
        ValueError: ``spot``, ``volatility`` or ``maturity`` is not positive, or the correlation
            no positive definite correlation matrix.

    Warns:
        MarketWarning: A volatility is above 5, the rate beyond 1 or the maturity above 100: that
            is allowed, but probably a percentage or a number of days.

    Examples:
        >>> from qiskit_ssqw.finance import Call, Market
        >>> market = Market(spot=2.0, volatility=0.4, rate=0.05, maturity=40 / 365)
        >>> round(market.expectation(Call(1.896)), 6)
        0.170627
    """

    spot: Any
    volatility: Any
    rate: float
    maturity: float
    correlation: Any = None

    def __post_init__(self) -> None:
        for name in ("spot", "volatility"):
            object.__setattr__(self, name, _positive(getattr(self, name), name))
        object.__setattr__(self, "rate", check.number(self.rate, "rate"))
        object.__setattr__(self, "maturity", check.positive(self.maturity, "maturity"))
        warn_of_typos(self.volatility, self.rate, self.maturity)
        if isinstance(self.volatility, tuple) and len(self.volatility) != self.num_assets:
            raise ValueError(
                f"volatility must be one number or one per asset, got {len(self.volatility)} "
                f"for {self.num_assets}"
            )
        if self.correlation is not None:
            matrix = check.correlation(self.correlation, self.num_assets)
            object.__setattr__(self, "correlation", tuple(map(tuple, matrix.tolist())))
        with np.errstate(over="ignore", invalid="ignore"):
            forward = np.exp(self.log_mean + np.diag(self.log_covariance) / 2)
            scales = np.array([*forward, self.discount, *np.diag(self.log_covariance)])
        if not (np.isfinite(scales).all() and scales.min() > 0):
            raise ValueError(
                f"rate {self.rate:g}, volatility {self.volatility} and maturity {self.maturity:g} "
                "are too large or too small for floating-point numbers"
            )

    def _heading(self) -> str:
        return "Black-Scholes market"

    def _rows(self) -> list[Row]:
        rows: list[Row] = [
            ("spot", self.spot, ""),
            ("volatility", self.volatility, "a year"),
            ("rate", self.rate, "a year"),
            ("maturity", self.maturity, "years"),
        ]
        return rows if self.correlation is None else [*rows, ("correlation", self.correlation, "")]

    @property
    def num_assets(self) -> int:
        """Number of assets."""
        return len(self.spot) if isinstance(self.spot, tuple) else 1

    @property
    def discount(self) -> float:
        """What multiplies an expected payoff to give the price today."""
        return float(np.exp(-self.rate * self.maturity))

    @property
    def log_mean(self) -> NDArray[np.float64]:
        """Mean of the logarithms at maturity, shape ``(num_assets,)``."""
        drift = self.rate * self.maturity - np.diag(self.log_covariance) / 2
        return np.asarray(np.log(np.atleast_1d(self.spot)) + drift)

    @property
    def log_covariance(self) -> NDArray[np.float64]:
        """Covariance of the logarithms at maturity, shape ``(num_assets, num_assets)``."""
        std = np.broadcast_to(np.atleast_1d(self.volatility), (self.num_assets,))
        matrix = np.eye(self.num_assets) if self.correlation is None else self.correlation
        return np.asarray(np.outer(std, std) * np.array(matrix) * self.maturity)

    def has_closed_form(self, payoff: Payoff) -> TypeGuard[PiecewiseLinear]:
        """Whether `expectation` takes a payoff of the price at maturity."""
        if not isinstance(payoff, PiecewiseLinear):
            return False
        return self.num_assets == 1 and payoff.breakpoints[0] > 0

    def expectation(self, payoff: Payoff) -> float:
        """Expected payoff of one asset at maturity, undiscounted, in closed form.

        Each linear piece is a difference of the two Black-Scholes terms, the probability of
        lying beyond a strike under either measure (Black and Scholes 1973).

        Args:
            payoff: Piecewise linear in the price, such as a call.

        Raises:
            TypeError: The payoff is not piecewise linear.
            ValueError: The market has several assets, or a strike is not positive.
        """
        from scipy.special import ndtr

        if not isinstance(payoff, PiecewiseLinear):
            raise TypeError(f"a closed form needs a piecewise linear payoff, got {payoff!r}")
        if self.num_assets > 1:
            raise ValueError(f"a closed form needs one asset, got {self.num_assets}")
        strikes = np.array(payoff.breakpoints)
        if np.any(strikes <= 0):
            raise ValueError(f"strikes must be positive, got {strikes.min():g}")
        std = float(np.sqrt(self.log_covariance[0, 0]))
        mean = float(self.log_mean[0])
        beyond = (mean - np.log(strikes)) / std
        probability = -np.diff(np.concatenate([[1], ndtr(beyond), [0]]))
        share = -np.diff(np.concatenate([[1], ndtr(beyond + std), [0]]))
        forward = np.exp(mean + std**2 / 2)
        slopes, anchors = np.array(payoff.slopes), np.append(strikes[:1], strikes)
        constants = np.array(payoff.offsets) - slopes * anchors
        return float(constants @ probability + slopes @ share * forward)

    def sample(
        self, size: int, *, num_steps: int | None = None, seed: int | None = None
    ) -> NDArray[np.float64]:
        """Draw prices at maturity, or paths of one asset at equidistant times up to it.

        Args:
            size: Number of samples.
            num_steps: Number of times; by default only maturity, of all assets.
            seed: Seed of the pseudo-random numbers.

        Returns:
            Shape ``(size,)`` for one asset at maturity, otherwise ``(size, num_assets)`` or
            ``(size, num_steps)``.

        Raises:
            ValueError: Paths of several assets are asked for.
        """
        check.integer(size, "size", minimum=1)
        normals = np.random.default_rng(check.seed(seed)).standard_normal(
            (size, self._randomness(num_steps))
        )
        return self._prices(normals, num_steps)

    def _randomness(self, num_steps: int | None) -> int:
        """How many normal variables make up one sample of the prices or of a path."""
        if num_steps is None:
            return self.num_assets
        if self.num_assets > 1:
            raise ValueError(f"paths are drawn of one asset, got {self.num_assets}")
        return check.integer(num_steps, "num_steps", minimum=1)

    def _prices(self, normals: NDArray[np.float64], num_steps: int | None) -> NDArray[np.float64]:
        """Prices at maturity, or paths, from standard normal variables, one row per sample."""
        if num_steps is None:
            root = np.linalg.cholesky(self.log_covariance)
            prices = np.exp(self.log_mean + normals @ root.T)
            return np.asarray(prices[:, 0] if self.num_assets == 1 else prices)
        start = float(np.log(np.atleast_1d(self.spot)[0]))
        drift = (float(self.log_mean[0]) - start) / num_steps
        std = float(np.sqrt(self.log_covariance[0, 0] / num_steps))
        return np.exp(start + np.cumsum(drift + std * normals, axis=1))


@dataclass(frozen=True)
class Reference:
    """A classical value of an expected payoff without any grid."""

    value: float
    standard_error: float
    """0 for a closed form."""
    method: str


_REPLICATES = 8
_SMALLEST = 1e-12
"""A Sobol sequence may contain 0, whose normal quantile is infinite."""
_FEWEST_POINTS, _MOST_POINTS = 2**13, 2**18
"""Points of one replicate."""


def reference_value(
    payoff: Payoff,
    market: Market,
    *,
    num_steps: int | None = None,
    standard_error: float = 0.0,
    seed: int | None = None,
) -> Reference:
    """Expected payoff in closed form where there is one, else by simulation.

    The simulation takes eight scrambled Sobol sequences (Owen 1997), whose means tell the standard
    error; what a single sample can add, the range of the payoff over the number of samples, is the
    least that it can be. It doubles them until the error is small enough, from 65,536 samples up
    to 2 million.

    Args:
        payoff: Any payoff of the market's prices at maturity, or of its path.
        market: The market. Before the payoff it is taken, too, with a ``DeprecationWarning``.
        num_steps: Number of times of the path, if the payoff is one of a path.
        standard_error: What the standard error may be; 0 for as small as the most samples give.
        seed: Seed of the simulation.

    Raises:
        ValueError: The payoff needs a path and ``num_steps`` is not given, it takes another number
            of prices, or paths of several assets are asked for.
    """
    check.seed(seed)
    if isinstance(payoff, Market) and isinstance(market, Payoff):
        warn_deprecated("reference_value(market, payoff) will go: give the payoff first")
        payoff, market = market, payoff
    if num_steps is None and payoff.needs_path:
        raise ValueError(f"the {payoff.name} is paid on a path: give num_steps")
    if num_steps is None and market.has_closed_form(payoff):
        return Reference(market.expectation(payoff), 0.0, "Black-Scholes")
    from scipy.special import ndtri
    from scipy.stats.qmc import Sobol

    width = market._randomness(num_steps)
    seeds = np.random.SeedSequence(seed).spawn(_REPLICATES)
    sequences = [Sobol(width, seed=np.random.default_rng(each)) for each in seeds]
    sums, points, error = np.zeros(_REPLICATES), 0, np.inf
    low, high = np.inf, -np.inf
    while points < _MOST_POINTS and error > standard_error:
        more = points or _FEWEST_POINTS
        for index, sequence in enumerate(sequences):
            normals = ndtri(np.clip(sequence.random(more), _SMALLEST, 1 - _SMALLEST))
            payments = payoff(market._prices(normals, num_steps))
            sums[index] += payments.sum()
            low, high = min(low, payments.min()), max(high, payments.max())
        points += more
        error = float(np.std(sums / points, ddof=1) / np.sqrt(_REPLICATES))
        error = max(error, float(high - low) / (_REPLICATES * points))
    method = f"Monte Carlo, {_REPLICATES * points:,} samples"
    return Reference(float(sums.mean() / points), error, method)


def _positive(value: Any, name: str) -> float | tuple[float, ...]:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return check.positive(value, name)
    if len(value) == 0:
        raise ValueError(f"{name} must name at least one asset, got none")
    return tuple(check.positive(entry, name) for entry in value)
