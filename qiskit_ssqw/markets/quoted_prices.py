"""Prices at maturity as option quotes imply them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row
from qiskit_ssqw.markets import black
from qiskit_ssqw.markets.base import PriceDistribution
from qiskit_ssqw.markets.option_quotes import OptionQuotes
from qiskit_ssqw.markets.smooth_density import SmoothDensity

_BASIS_POINTS = 1e4

_ROUNDING = 1e-13
"""Least value of an option, in units of the forward, that is more than rounding."""

_WIDE_TAIL = 5.0
"""Standard deviations at the money beyond which a tail's own is called no volatility."""


@dataclass(frozen=True, eq=False, repr=False)
class QuotedPrices(PriceDistribution):
    """The distribution that option quotes imply, as `from_option_quotes` finds it.

    Args:
        rate: Annual risk-free rate, continuously compounded.
        maturity: Time to maturity in years.
        quotes: What was quoted.
        density: Of the logarithm of the price over the forward.
        errors: What present values exceed those quoted by, shape ``(n,)``.
        arbitrage: The largest one among the quotes, within the tolerance, which is smoothed away.
    """

    rate: float
    maturity: float
    quotes: OptionQuotes
    density: SmoothDensity
    errors: Array
    arbitrage: float
    spot = None

    @property
    def label(self) -> str:
        return "option quotes"

    @property
    def forward(self) -> float:
        return self.quotes.forward

    @property
    def volatility(self) -> float:
        """Implied annual volatility at the money."""
        return float(self.implied_volatility(self.forward))

    @property
    def volatility_errors(self) -> Array:
        """What implied volatilities exceed those quoted by, shape ``(n,)``, to first order.

        NaN where the option out of the money is worth less than its tolerance: there a price does
        not tell the volatility.
        """
        quotes, unit = self.quotes, self.discount * self.forward
        ratios = quotes.strikes / self.forward
        told = quotes.option_values > quotes.tolerances / unit
        stds = self.implied_volatility(quotes.strikes[told]) * np.sqrt(self.maturity)
        slopes = unit * np.sqrt(self.maturity) * black.vega(ratios[told], stds)
        found = np.full(len(ratios), np.nan)
        found[told] = self.errors[told] / slopes
        return found

    def cdf(self, prices: ArrayLike) -> Array:
        return self.density.below(self._place(prices))[0]

    def partial_mean(self, prices: ArrayLike) -> Array:
        return self.forward * self.density.below(self._place(prices))[1]

    def pdf(self, prices: ArrayLike) -> Array:
        """Density of the price, per unit of the price."""
        points = np.asarray(prices, dtype=float)
        inside = (points > 0) & np.isfinite(points)
        prices = np.where(inside, points, self.forward)
        found = self.density.pdf(self._place(prices)) / (self.density.scale * prices)
        return np.where(inside, found, 0.0)

    def call(self, strikes: ArrayLike) -> Array:
        """Present value of calls, of the shape of their strikes."""
        points = np.asarray(strikes, dtype=float)
        shares = self.forward * np.maximum(1 - points / self.forward, 0)
        return np.asarray(self.discount * (shares + self.forward * self._option_value(points)))

    def implied_volatility(self, strikes: ArrayLike) -> Array:
        """Annual volatilities of the same prices by Black-Scholes, NaN for worthless options."""
        points = np.asarray(strikes, dtype=float)
        stds = black.implied_std(points / self.forward, self._option_value(points))
        return np.asarray(stds / np.sqrt(self.maturity))

    def check_errors(self) -> None:
        """Raise a ``ValueError`` if a quote is missed by more than its tolerance."""
        quotes = self.quotes
        worst = int(np.argmax(np.abs(self.errors) / quotes.tolerances))
        if abs(self.errors[worst]) > quotes.tolerances[worst]:
            raise ValueError(
                "no smooth density prices all quotes: the nearest one misses strike "
                f"{quotes.strikes[worst]:g} by {abs(self.errors[worst]):.3g}, the tolerance being "
                f"{quotes.tolerances[worst]:.3g} in price; raise it, or leave the quote out"
            )

    def __repr__(self) -> str:
        return f"<QuotedPrices: {self._quoted()}, maturity {self.maturity:g}>"

    def _quoted(self) -> str:
        strikes = self.quotes.strikes
        ends = f"strikes {strikes[0]:g} to {strikes[-1]:g}"
        return f"{len(strikes)} {self.quotes.kind}, {ends}"

    def _place(self, prices: ArrayLike) -> Array:
        return np.asarray((self.coordinate(prices) - np.log(self.forward)) / self.density.scale)

    def _option_value(self, strikes: Array) -> Array:
        """Of calls above the forward and puts below it, undiscounted, in units of the forward."""
        mass, share = self.density.below(self._place(strikes))
        ratios = strikes / self.forward
        call, put = 1 - share - ratios * (1 - mass), ratios * mass - share
        values = np.where(ratios > 1, call, put)
        return np.asarray(np.where(values > _ROUNDING, values, 0.0))

    def _heading(self) -> str:
        return "prices that option quotes imply"

    def _rows(self) -> list[Row]:
        quotes = self.quotes
        worst = int(np.argmax(np.abs(self.errors)))
        ends = quotes.strikes[[0, -1]]
        rows: list[Row] = [
            ("quotes", self._quoted(), ""),
            ("forward", self.forward, ""),
            ("maturity", self.maturity, "years"),
            ("rate", self.rate, "a year"),
            ("volatility at the money", self.volatility, "a year"),
            (
                "largest error of a price",
                float(abs(self.errors[worst])),
                f"strike {quotes.strikes[worst]:g}, tolerance {quotes.tolerances[worst]:.3g}",
            ),
        ]
        volatilities = np.abs(self.volatility_errors)
        if not np.isnan(volatilities).all():
            where = f"basis points, strike {quotes.strikes[np.nanargmax(volatilities)]:g}"
            largest = _BASIS_POINTS * np.nanmax(volatilities)
            rows.append(("largest error of a volatility", float(largest), where))
        if self.arbitrage:
            rows.append(("arbitrage in the quotes", self.arbitrage, "within the tolerance"))
        below, upto = self.cdf(ends)
        return [
            *rows,
            ("probability below quotes", float(below), self._tail(0)),
            ("probability above quotes", float(1 - upto), self._tail(-1)),
        ]

    def _tail(self, end: int) -> str:
        std = self.density.scale / np.sqrt(-self.density.curvatures[end])
        if std > _WIDE_TAIL * self.density.scale:
            return "the tail falls like a power of the price"
        return f"log-normal tail, volatility {std / np.sqrt(self.maturity):.3g}"
