"""The Black-Scholes market."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row
from qiskit_ssqw.markets.base import PriceDistribution, checked_inner
from qiskit_ssqw.markets.greeks import Greeks, closed_form
from qiskit_ssqw.markets.implied_volatility import implied_volatility
from qiskit_ssqw.markets.normal_cells import normal_cells, normal_masses
from qiskit_ssqw.markets.paths import weights_of_steps
from qiskit_ssqw.markets.plausibility import warn_of_typos


@dataclass(frozen=True)
class Market(PriceDistribution):
    """Prices that follow geometric Brownian motions under the risk-neutral measure.

    Args:
        spot: Price today, a number, or one per asset.
        volatility: Annual volatility (standard deviation of the logarithm over a year), a number
            for all assets or one per asset.
        rate: Annual risk-free rate, continuously compounded.
        maturity: Time to maturity in years.
        correlation: Correlation matrix of the logarithms, shape ``(d, d)``; the identity by
            default.
        dividend_yield: Annual yield of continuous dividends, a number for all assets or one per
            asset; for a currency, its own interest rate.

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
    dividend_yield: Any = 0.0

    def __post_init__(self) -> None:
        for name, of_one in (
            ("spot", check.positive),
            ("volatility", check.positive),
            ("dividend_yield", check.number),
        ):
            object.__setattr__(self, name, _each(getattr(self, name), name, of_one))
        object.__setattr__(self, "rate", check.number(self.rate, "rate"))
        object.__setattr__(self, "maturity", check.positive(self.maturity, "maturity"))
        warn_of_typos(self.volatility, self.rate, self.maturity, self.dividend_yield)
        for name in ("volatility", "dividend_yield"):
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) != self.num_assets:
                raise ValueError(
                    f"{name} must be one number or one per asset, got {len(value)} "
                    f"for {self.num_assets}"
                )
        if self.correlation is not None:
            matrix = check.correlation(self.correlation, self.num_assets)
            object.__setattr__(self, "correlation", tuple(map(tuple, matrix.tolist())))
        with np.errstate(over="ignore", invalid="ignore"):
            scales = np.array([*self.forwards, self.discount, *np.diag(self.log_covariance)])
            variances = self.forwards**2 * np.expm1(np.diag(self.log_covariance))
        if not (np.isfinite(scales).all() and scales.min() > 0):
            raise ValueError(
                f"rate {self.rate:g}, volatility {self.volatility} and maturity {self.maturity:g} "
                "are too large or too small for floating-point numbers"
            )
        if not np.isfinite(variances).all():
            raise ValueError(
                f"volatility {np.max(self.volatility):g}, rate {self.rate:g} and maturity "
                f"{self.maturity:g} give a price without a finite standard deviation"
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
        if np.any(self.dividend_yield):
            rows.append(("dividend yield", self.dividend_yield, "a year"))
        return rows if self.correlation is None else [*rows, ("correlation", self.correlation, "")]

    @property
    def label(self) -> str:
        return "Black-Scholes"

    @property
    def num_assets(self) -> int:
        return len(self.spot) if isinstance(self.spot, tuple) else 1

    @property
    def marginals(self) -> list[Market]:
        if not isinstance(self.spot, tuple):
            return [self]
        size = self.num_assets
        each = zip(
            self.spot,
            np.broadcast_to(self.volatility, (size,)).tolist(),
            np.broadcast_to(self.dividend_yield, (size,)).tolist(),
            strict=True,
        )
        return [
            Market(spot, volatility, self.rate, self.maturity, dividend_yield=dividend)
            for spot, volatility, dividend in each
        ]

    @property
    def forwards(self) -> Array:
        """Mean of each price at maturity, shape ``(num_assets,)``."""
        return np.asarray(np.atleast_1d(self.spot) * np.exp(self._growth))

    @property
    def forward(self) -> float:
        """Mean price at maturity of one asset.

        Raises:
            ValueError: There are several, whose `forwards` are asked for.
        """
        return float(self._of_one_asset(self.forwards))

    @property
    def log_mean(self) -> Array:
        """Mean of the logarithms at maturity, shape ``(num_assets,)``."""
        drift = self._growth - np.diag(self.log_covariance) / 2
        return np.asarray(np.log(np.atleast_1d(self.spot)) + drift)

    @property
    def _growth(self) -> Array:
        """Of the logarithm of each mean price, until maturity."""
        return (self.rate - np.atleast_1d(self.dividend_yield)) * self.maturity

    @property
    def log_covariance(self) -> Array:
        """Covariance of the logarithms at maturity, shape ``(num_assets, num_assets)``."""
        std = np.broadcast_to(np.atleast_1d(self.volatility), (self.num_assets,))
        matrix = np.eye(self.num_assets) if self.correlation is None else self.correlation
        return np.asarray(np.outer(std, std) * np.array(matrix) * self.maturity)

    @property
    def log_std(self) -> Array:
        """Standard deviations of the logarithms at maturity, shape ``(num_assets,)``."""
        return np.asarray(np.sqrt(np.diag(self.log_covariance)))

    # The coordinate is the logarithm in standard deviations from its mean, so that cells have the
    # same probabilities, to the last digit, in every market, and share a loader.

    def coordinate(self, prices: ArrayLike) -> Array:
        mean, std = self._of_one_asset(self.log_mean), self._of_one_asset(self.log_std)
        return np.asarray((super().coordinate(prices) - mean) / std)

    def price_at(self, coordinates: ArrayLike) -> Array:
        mean, std = self._of_one_asset(self.log_mean), self._of_one_asset(self.log_std)
        return super().price_at(mean + std * np.asarray(coordinates, dtype=float))

    def quantile(self, probabilities: ArrayLike) -> Array:
        from scipy.special import ndtri

        return np.asarray(ndtri(checked_inner(probabilities)))

    def upper_quantile(self, probabilities: ArrayLike) -> Array:
        return -self.quantile(probabilities)

    def share_quantile(self, probabilities: ArrayLike) -> Array:
        return self.quantile(probabilities) + self._of_one_asset(self.log_std)

    def cdf(self, prices: Array) -> Array:
        from scipy.special import ndtr

        return np.asarray(ndtr(self.coordinate(prices)))

    def partial_mean(self, prices: Array) -> Array:
        from scipy.special import ndtr

        shifted = self.coordinate(prices) - self._of_one_asset(self.log_std)
        return np.asarray(self.forward * ndtr(shifted))

    def masses(self, edges: Sequence[Array]) -> Array:
        correlation = np.eye(self.num_assets) if self.correlation is None else self.correlation
        return normal_cells(edges, np.zeros(self.num_assets), np.array(correlation))

    def shares(self, edges: Array) -> Array:
        # E[exp(s z - s**2 / 2); a < z < b] is the probability that a - s < z < b - s, as in the
        # derivation of the Black-Scholes formula.
        return self.forward * normal_masses(edges - self._of_one_asset(self.log_std))

    def weighted_product(self, weights: Array, num_steps: int | None = None) -> Market | None:
        # A sum of normal logarithms is normal; of a path, it is one of its independent increments.
        if len(weights) != (self.num_assets if num_steps is None else num_steps):
            return None
        if num_steps is None:
            mean, variance = weights @ self.log_mean, weights @ self.log_covariance @ weights
        elif self.num_assets == 1:
            start = float(np.log(self._of_one_asset(np.atleast_1d(self.spot))))
            steps = weights_of_steps(weights)
            mean = start * weights.sum() + (self.log_mean[0] - start) * steps.mean()
            variance = self.log_covariance[0, 0] * np.mean(steps**2)
        else:
            return None
        return self._with_logarithm(float(mean), float(variance))

    def _with_logarithm(self, mean: float, variance: float) -> Market | None:
        """One asset of the same rate and maturity whose logarithm has these moments."""
        with np.errstate(over="ignore"):
            spot = np.exp(mean + variance / 2 - self.rate * self.maturity)
            square = np.exp(2 * (mean + variance))
        if not (variance > 0 and spot > 0 and np.isfinite(square)):
            return None
        return Market(spot, np.sqrt(variance / self.maturity), self.rate, self.maturity)

    def greeks(self, payoff: object) -> Greeks:
        """Price of a payoff today and its derivatives, in closed form.

        Args:
            payoff: Piecewise linear in the price of one asset, with or without jumps.

        Raises:
            TypeError: The payoff is not piecewise linear.
            ValueError: The market has several assets.

        Examples:
            >>> from qiskit_ssqw.finance import Call, Market
            >>> print(Market(spot=100.0, volatility=0.2, rate=0.05, maturity=1.0).greeks(Call(100)))
            Black-Scholes price and Greeks
              value    10.4506   today
              delta   0.636831   per unit of the spot
              gamma   0.018762   per unit of the spot, squared
              vega      37.524   per 1.00 of volatility
              theta   -6.41403   per year that passes
              rho      53.2325   per 1.00 of the rate
        """
        return closed_form(self, self.linear_pieces(payoff))

    def implied_volatility(self, payoff: object, price: float) -> float:
        """The volatility at which a payoff has a price; that of the market does not count.

        Args:
            payoff: Piecewise linear, convex or concave and without jumps, so that its price is
                monotone in the volatility: calls, puts, straddles, and sums of what one buys.
            price: Price today, discounted.

        Raises:
            TypeError: The payoff is not piecewise linear.
            ValueError: The payoff bends both ways or jumps, the market has several assets, no
                volatility explains the price (the message names the range that some does), or
                many do to the last digit.

        Examples:
            >>> from qiskit_ssqw.finance import Call, Market
            >>> market = Market(spot=100.0, volatility=0.3, rate=0.05, maturity=1.0)
            >>> round(market.implied_volatility(Call(100), 10.4506), 4)
            0.2
        """
        return implied_volatility(self, self.linear_pieces(payoff), price)

    def num_normals(self, num_steps: int | None = None) -> int:
        if num_steps is None:
            return self.num_assets
        if self.num_assets > 1:
            raise ValueError(f"paths are drawn of one asset, got {self.num_assets}")
        return check.integer(num_steps, "num_steps", minimum=1)

    def prices_of(self, normals: Array, num_steps: int | None = None) -> Array:
        if num_steps is None:
            root = np.linalg.cholesky(self.log_covariance)
            prices = np.exp(self.log_mean + normals @ root.T)
            return np.asarray(prices[:, 0] if self.num_assets == 1 else prices)
        start = float(np.log(self._of_one_asset(np.atleast_1d(self.spot))))
        drift = (float(self.log_mean[0]) - start) / num_steps
        std = float(self.log_std[0] / np.sqrt(num_steps))
        return np.exp(start + np.cumsum(drift + std * normals, axis=1))

    def _of_one_asset(self, numbers: Array) -> float:
        if len(numbers) > 1:
            raise ValueError(f"this is known of one asset, got {len(numbers)}: see marginals")
        return float(numbers[0])


def _each(value: Any, name: str, of_one: Callable[[Any, str], float]) -> float | tuple[float, ...]:
    """A number, or one per asset, each checked."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return of_one(value, name)
    if len(value) == 0:
        raise ValueError(f"{name} must name at least one asset, got none")
    return tuple(of_one(entry, name) for entry in value)
