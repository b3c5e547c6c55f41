"""Gamma, vega, theta and rho of a price, each as a payoff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row
from qiskit_ssqw.finance.payoffs.base import Payoff, Pieces
from qiskit_ssqw.finance.payoffs.piecewise_linear import PiecewiseLinear
from qiskit_ssqw.markets.base import PriceDistribution
from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.markets.greeks import Greek, coefficients

Method = Literal["pathwise", "likelihood-ratio"]


def gamma(payoff: Payoff, market: Market, *, method: Method | None = None) -> Payoff:
    """Return a payoff whose price is the second derivative with respect to the spot.

    Its expected value, discounted as that of any payoff, is the derivative of the price today. So
    `price` needs nothing else than the loader of the prices.

    Method ``"likelihood-ratio"`` weighs the payoff by the derivative of the log-normal density,
    divided by it, and takes any payoff of one price. ``"pathwise"`` moves the price itself, whose
    derivative is ``f'(S) S / spot``, and here weighs that in turn (the mixed method); it takes
    piecewise linear payoffs without jumps (Broadie and Glasserman 1996; Glasserman 2004, sections
    7.2 and 7.3). Both leave out of a piecewise linear payoff the line that it follows above its
    highest strike, whose derivatives are known: a call is weighed as the put of the same strike.

    Pathwise weights have the smaller range, by which oracle calls are counted: a twelfth for a
    call on 5 qubits. They jump at the strikes, so a strike belongs on the edge of a cell
    (``align``). No weight is linear within a cell, which costs an error of second order.

    Args:
        payoff: What the contract pays on one price.
        market: A Black-Scholes market of one asset, that of the model it is priced with.
        method: By default ``"pathwise"`` where it exists.

    Raises:
        TypeError: The payoff is no payoff, or has no pathwise derivative and it is asked for, or
            the market is not of Black and Scholes.
        ValueError: The payoff or the market has several assets, ``method`` is an unknown word, or
            the payoff jumps and a pathwise derivative is asked for.

    Examples:
        >>> from qiskit_ssqw.finance import Call, Market, gamma, reference_value
        >>> market = Market(spot=100.0, volatility=0.2, rate=0.05, maturity=1.0)
        >>> found = reference_value(gamma(Call(100.0), market), market)
        >>> round(market.discount * found.value, 6)
        0.018762
    """
    return sensitivity(payoff, market, "gamma", method)


def vega(payoff: Payoff, market: Market, *, method: Method | None = None) -> Payoff:
    """Return a payoff whose price is the derivative with respect to the volatility, per 1.00.

    Arguments, methods and errors are those of `gamma`. A hundredth of it is the vega per
    percentage point.
    """
    return sensitivity(payoff, market, "vega", method)


def theta(payoff: Payoff, market: Market, *, method: Method | None = None) -> Payoff:
    """Return a payoff whose price is the derivative with respect to the time today, per year.

    Time that passes is taken off maturity, discounting included, so theta is mostly negative; a
    365th of it is for one day. Arguments, methods and errors are those of `gamma`.
    """
    return sensitivity(payoff, market, "theta", method)


def rho(payoff: Payoff, market: Market, *, method: Method | None = None) -> Payoff:
    """Return a payoff whose price is the derivative with respect to the rate, per 1.00.

    Discounting is included, and the dividend yield stays what it is. A ten-thousandth of it is for
    one basis point. Arguments, methods and errors are those of `gamma`.
    """
    return sensitivity(payoff, market, "rho", method)


def sensitivity(payoff: Payoff, market: Market, greek: Greek, method: Method | None) -> Payoff:
    """Check the arguments of a Greek, and make its payoff."""
    if not isinstance(payoff, Payoff):
        raise TypeError(f"{greek} needs a payoff, got {payoff!r}")
    if isinstance(payoff, Sensitivity):
        raise TypeError(f"{greek} needs what a contract pays, got the {payoff.name}")
    if payoff.num_values != 1:
        raise ValueError(f"{greek} needs a payoff of one price, got the {payoff.name}")
    if not isinstance(market, Market):
        raise TypeError(f"{greek} needs a Black-Scholes market, got {market!r}")
    if market.num_assets > 1:
        raise ValueError(f"{greek} needs a market of one asset, got {market.num_assets}")
    linear = isinstance(payoff, PiecewiseLinear)
    smooth = isinstance(payoff, PiecewiseLinear) and not payoff.jumps
    if method is None:
        method = "pathwise" if smooth else "likelihood-ratio"
    check.one_of(method, get_args(Method), "method")
    other = 'use method="likelihood-ratio"'
    if method == "pathwise" and not linear:
        raise TypeError(
            f'method "pathwise" needs a piecewise linear payoff, got {payoff!r}: {other}'
        )
    if method == "pathwise" and not smooth:
        raise ValueError(
            f"the {payoff.name} jumps, and its pathwise {greek} misses the jump: {other}"
        )
    return Sensitivity(payoff, market, greek, method)


@dataclass(frozen=True)
class Sensitivity(Payoff):
    """A payoff, weighed so that its price is a derivative of what it was.

    Made by `gamma` and its like, which check the arguments.
    """

    payoff: Payoff
    market: Market
    greek: Greek
    method: Method

    @property
    def name(self) -> str:
        return f"{self.greek} of {self.payoff.name}"

    def _rows(self) -> list[Row]:
        return [("method", self.method, ""), *self.market._rows()]

    def pay(self, values: Array) -> Array:
        if values.min() <= 0:
            raise ValueError(f"the {self.name} needs positive prices, got {values.min():g}")
        of_value, of_first, of_second = coefficients(self.market, self.greek)
        payoff, known = self._without_line()
        std = float(self.market.log_std[0])
        normals = self.market.coordinate(values)
        payments = payoff(values)
        if isinstance(payoff, PiecewiseLinear) and self.method == "pathwise":
            first = payoff.derivative()(values) * values
            second = first * (normals / std - 1)
        else:
            first = payments * normals / std
            second = payments * (normals**2 - std * normals - 1) / std**2
        return np.asarray(known + of_value * payments + of_first * first + of_second * second)

    def pieces(self, values: Array) -> Pieces:
        return self.payoff.pieces(values)

    def check_grid(self, values: Array, spot: float | None = None) -> None:
        self.payoff.check_grid(values, spot)

    def check_market(self, market: PriceDistribution) -> None:
        if market != self.market:
            raise ValueError(
                f"the {self.name} is that in {self.market!r}, and the model loads {market!r}"
            )

    def closed_form(self, market: PriceDistribution, num_steps: int | None = None) -> float | None:
        self.check_market(market)
        if num_steps not in (None, 1) or not market.has_closed_form(self.payoff):
            return None
        greeks = self.market.greeks(self.payoff)
        return float(getattr(greeks, self.greek) / market.discount)

    def _without_line(self) -> tuple[Payoff, float]:
        """The payoff less its line above the highest strike, and the Greek of that line.

        A line has no second derivative, and its first is its slope times the forward, so both are
        known and need no estimate, nor the range of what grows with the price.
        """
        if not isinstance(self.payoff, PiecewiseLinear):
            return self.payoff, 0.0
        strikes, slopes = np.array(self.payoff.breakpoints), np.array(self.payoff.slopes)
        slope, offset, highest = slopes[-1], self.payoff.offsets[-1], strikes[-1]
        starts = np.append(strikes[:1], strikes)
        rest = np.array(self.payoff.offsets) - (offset + slope * (starts - highest))
        value = offset + slope * (self.market.forward - highest)
        of_value, of_first, _ = coefficients(self.market, self.greek)
        known = of_value * value + of_first * slope * self.market.forward
        return PiecewiseLinear(strikes, slopes - slope, rest), float(known)
