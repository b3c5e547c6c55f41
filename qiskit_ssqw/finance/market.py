"""The Black-Scholes market, and what it says classically about a payoff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.payoffs import Payoff, PiecewiseLinear


@dataclass(frozen=True)
class Market:
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
        rng = np.random.default_rng(check.seed(seed))
        check.integer(size, "size", minimum=1)
        if num_steps is None:
            prices = np.exp(rng.multivariate_normal(self.log_mean, self.log_covariance, size))
            return np.asarray(prices[:, 0] if self.num_assets == 1 else prices)
        if self.num_assets > 1:
            raise ValueError(f"paths are drawn of one asset, got {self.num_assets}")
        check.integer(num_steps, "num_steps", minimum=1)
        start = float(np.log(np.atleast_1d(self.spot)[0]))
        drift = (float(self.log_mean[0]) - start) / num_steps
        std = float(np.sqrt(self.log_covariance[0, 0] / num_steps))
        return np.exp(start + np.cumsum(rng.normal(drift, std, (size, num_steps)), axis=1))


@dataclass(frozen=True)
class Reference:
    """A classical value of an expected payoff without any grid."""

    value: float
    standard_error: float
    """0 for a closed form."""
    method: str


_SAMPLES = 200_000


def reference_value(
    market: Market, payoff: Payoff, *, num_steps: int | None = None, seed: int | None = None
) -> Reference:
    """Expected payoff in closed form where there is one, else by Monte Carlo simulation.

    Args:
        market: The market.
        payoff: Any payoff of its prices at maturity, or of its path.
        num_steps: Number of times of the path, if the payoff is one of a path.
        seed: Seed of the simulation.
    """
    check.seed(seed)
    if num_steps is None and market.has_closed_form(payoff):
        return Reference(market.expectation(payoff), 0.0, "Black-Scholes")
    draws = payoff(market.sample(_SAMPLES, num_steps=num_steps, seed=seed))
    error = float(draws.std(ddof=1) / np.sqrt(_SAMPLES))
    return Reference(float(draws.mean()), error, f"Monte Carlo, {_SAMPLES:,} samples")


def _positive(value: Any, name: str) -> float | tuple[float, ...]:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return check.positive(value, name)
    if len(value) == 0:
        raise ValueError(f"{name} must name at least one asset, got none")
    return tuple(check.positive(entry, name) for entry in value)
