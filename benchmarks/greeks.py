"""Greeks on grids: how far the grid alone misplaces them, and the range of their weights.

``python benchmarks/greeks.py`` prints both tables; ``grids`` or ``ranges`` one of them. A family
of calls, puts and straddles: volatilities from 0.05 to 1, maturities from a week to five years,
strikes within a standard deviation of the forward. Each entry is the median and the largest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from running import run_tables

from qiskit_ssqw import TargetDistribution
from qiskit_ssqw.finance import (
    Call,
    Market,
    Payoff,
    PiecewiseLinear,
    Put,
    Straddle,
    delta,
    gamma,
    rho,
    theta,
    vega,
)

SPOT, RATE, DIVIDEND = 2.0, 0.05, 0.02
MARKETS = [(0.05, 0.25), (0.2, 0.02), (0.4, 0.25), (0.3, 1.0), (0.3, 5.0), (1.0, 1.0)]
"""Volatilities and maturities."""
PLACES = [-1.0, -0.5, 0.0, 0.5, 1.0]
"""Strikes, in standard deviations of the logarithm from the forward."""
METHODS = ("pathwise", "likelihood-ratio")
MAKERS: dict[str, Callable[..., Payoff]] = {
    "gamma": gamma,
    "vega": vega,
    "theta": theta,
    "rho": rho,
}


def family() -> Iterator[tuple[Market, PiecewiseLinear]]:
    """Markets and options."""
    for volatility, maturity in MARKETS:
        market = Market(SPOT, volatility, RATE, maturity, dividend_yield=DIVIDEND)
        for place in PLACES:
            strike = market.forward * float(np.exp(place * market.log_std[0]))
            for kind in (Call, Put, Straddle):
                yield market, kind(strike)


def textbook_gamma(payoff: PiecewiseLinear, market: Market) -> Callable[..., NDArray[np.float64]]:
    """The pathwise weight of the payoff as it is, with what grows with the price."""

    def weight(prices: NDArray[np.float64]) -> NDArray[np.float64]:
        scaled = market.coordinate(prices) / market.log_std[0] - 1
        return payoff.derivative()(prices) * prices * scaled / SPOT**2

    return weight


def weights_of(
    payoff: PiecewiseLinear, market: Market, greek: str
) -> dict[str, Callable[..., NDArray[np.float64]]]:
    """The weights of a Greek by name."""
    if greek == "delta":
        by_ratio = delta(payoff, market=market, method="likelihood-ratio")
        return {"pathwise": delta(payoff, market.spot), "likelihood-ratio": by_ratio}
    return {method: MAKERS[greek](payoff, market, method=method) for method in METHODS}


def shown(numbers: list[float], unit: str = ".2g") -> str:
    """Median and largest."""
    return f"{np.median(numbers):{unit}}, {np.max(numbers):{unit}}"


def grids() -> None:
    """Relative error of a gamma, which is that of a vega."""
    for grid in ("log", "quantile"):
        for aligned in (True, False):
            for num_qubits in range(3, 9):
                errors: dict[str, list[float]] = {}
                for market, payoff in family():
                    align = payoff.breakpoints[0] if aligned else None
                    target = TargetDistribution.from_market(
                        num_qubits, market, grid=grid, align=align
                    )
                    exact = market.greeks(payoff).gamma / market.discount
                    weights = weights_of(payoff, market, "gamma")
                    for name, weight in {
                        **weights,
                        "textbook": textbook_gamma(payoff, market),
                    }.items():
                        found = weight(target.values) @ target.probabilities
                        errors.setdefault(name, []).append(abs(found / exact - 1))
                place = "aligned" if aligned else "not aligned"
                texts = [f"{name} {shown(each, '.3%')}" for name, each in errors.items()]
                print(f"{grid}, {place}, {num_qubits} qubits:", "; ".join(texts))


def ranges() -> None:
    """Range of the weights of calls and puts on an aligned grid, over that of the pathwise one."""
    for greek in ("delta", *MAKERS):
        for num_qubits in (5, 8):
            ratios, textbook = [], []
            for market, payoff in family():
                if isinstance(payoff, Straddle):
                    continue
                target = TargetDistribution.from_market(
                    num_qubits, market, align=payoff.breakpoints[0]
                )
                weights = weights_of(payoff, market, greek)
                sizes = {name: np.ptp(weight(target.values)) for name, weight in weights.items()}
                ratios.append(sizes["likelihood-ratio"] / sizes["pathwise"])
                if greek == "gamma" and isinstance(payoff, Call):
                    plain = np.ptp(textbook_gamma(payoff, market)(target.values))
                    textbook.append(plain / sizes["pathwise"])
            print(f"{greek}, {num_qubits} qubits: likelihood ratio {shown(ratios)}", end="")
            print(f"; textbook, of calls {shown(textbook)}" if textbook else "")


if __name__ == "__main__":
    run_tables({"grids": grids, "ranges": ranges})
