"""How a price in the Black-Scholes market changes with each of its numbers, in closed form."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

import numpy as np

from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.markets.base import LinearPieces, jump_sizes
from qiskit_ssqw.markets.normal_cells import normal_pdf

if TYPE_CHECKING:
    from qiskit_ssqw.markets.black_scholes import Market

Greek = Literal["delta", "gamma", "vega", "theta", "rho"]

_UNITS = {
    "value": "today",
    "delta": "per unit of the spot",
    "gamma": "per unit of the spot, squared",
    "vega": "per 1.00 of volatility",
    "theta": "per year that passes",
    "rho": "per 1.00 of the rate",
}


@dataclass(frozen=True)
class Greeks(Tabular):
    """The price of a payoff today, and its derivatives."""

    value: float
    """Discounted expected payoff."""
    delta: float
    """With respect to the spot."""
    gamma: float
    """Twice with respect to the spot."""
    vega: float
    """With respect to the volatility, per 1.00; a hundredth of it is for one percentage point."""
    theta: float
    """With respect to the time today, per year: less maturity, so mostly negative."""
    rho: float
    """With respect to the rate, per 1.00, at a constant dividend yield."""

    def _heading(self) -> str:
        return "Black-Scholes price and Greeks"

    def _rows(self) -> list[Row]:
        return [(f.name, getattr(self, f.name), _UNITS[f.name]) for f in fields(self)]


def coefficients(market: Market, greek: Greek) -> tuple[float, float, float]:
    """Numbers ``a, b, c`` with which a Greek is ``a V + b S V' + c S**2 V''``.

    ``V`` is the value as a function of the spot ``S``. Theta is the Black-Scholes equation. The
    spot, the rate and the volatility change the log-normal price only by its forward and the
    spread of its logarithm, and the latter as diffusion does: ``vega = volatility T S**2 gamma``
    and ``rho = T (S delta - V)``, for every payoff at maturity.

    Args:
        market: A market of one asset.
        greek: Which one.
    """
    spot, volatility, dividend = (
        float(np.atleast_1d(number)[0])
        for number in (market.spot, market.volatility, market.dividend_yield)
    )
    rate, maturity = market.rate, market.maturity
    return {
        "delta": (0.0, 1 / spot, 0.0),
        "gamma": (0.0, 0.0, 1 / spot**2),
        "vega": (0.0, 0.0, volatility * maturity),
        "theta": (rate, dividend - rate, -(volatility**2) / 2),
        "rho": (-maturity, maturity, 0.0),
    }[greek]


def closed_form(market: Market, payoff: LinearPieces) -> Greeks:
    """Return what `Market.greeks` promises of a market of one asset and a checked payoff."""
    expected = np.array([market.expectation(payoff), *_spot_derivatives(market, payoff)])
    expected *= market.discount
    return Greeks(
        value=float(expected[0]),
        delta=float(expected @ coefficients(market, "delta")),
        gamma=float(expected @ coefficients(market, "gamma")),
        vega=float(expected @ coefficients(market, "vega")),
        theta=float(expected @ coefficients(market, "theta")),
        rho=float(expected @ coefficients(market, "rho")),
    )


def _spot_derivatives(market: Market, payoff: LinearPieces) -> tuple[float, float]:
    """``S d/dS`` and ``S**2 d**2/dS**2`` of the expected payoff, undiscounted.

    With ``z`` the coordinate of a strike ``K`` and ``s`` the standard deviation of the logarithm,
    a digital call ``N(-z)`` has ``phi(z) / s`` and ``phi(z) (z - s) / s**2``, and a call has the
    partial mean above ``K`` and ``K phi(z) / s``. A payoff jumps and bends at its strikes.
    """
    strikes, slopes = np.array(payoff.breakpoints), np.array(payoff.slopes)
    shares = market.shares(np.concatenate([[-np.inf], market.coordinate(strikes), [np.inf]]))
    reached = strikes > 0
    at, std = market.coordinate(strikes[reached]), float(market.log_std[0])
    density = normal_pdf(at)
    up, bends = jump_sizes(payoff)[reached], np.diff(slopes)[reached] * strikes[reached]
    first = slopes @ shares + density @ up / std
    second = density @ (bends / std + up * (at - std) / std**2)
    return float(first), float(second)
