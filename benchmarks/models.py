"""Print what six qubits make of prices under other models: gates of the loader, and five calls.

Run with ``python benchmarks/models.py``; ``--qubits`` (6) and ``--tolerance`` (1e-3) change it. The
errors are those of what the circuit loads, in basis points of implied volatility, at strikes of 80
to 120 % of the spot after a year; the values without a grid agree with QuantLib's to 1e-8, as
``test/core/test_price_models.py`` shows.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from running import run_script

from qiskit_ssqw import TargetDistribution, fit
from qiskit_ssqw.finance import (
    Bachelier,
    Bates,
    Call,
    Heston,
    Market,
    Merton,
    PriceDistribution,
    PriceModel,
    VarianceGamma,
)

SPOT, RATE = 100.0, 0.03
STRIKES = (80.0, 90.0, 100.0, 110.0, 120.0)
VARIANCE = {
    "initial_variance": 0.04,
    "mean_reversion": 1.5,
    "long_run_variance": 0.04,
    "volatility_of_variance": 0.5,
    "correlation": -0.7,
}
JUMPS = {"jump_intensity": 0.4, "jump_mean": -0.1, "jump_std": 0.15}


def models() -> Iterator[PriceModel]:
    """One of each, all with a volatility of about 20 %."""
    yield Heston(SPOT, RATE, **VARIANCE)
    yield Merton(SPOT, RATE, 0.16, **JUMPS)
    yield Bates(SPOT, RATE, **VARIANCE, **JUMPS)
    yield VarianceGamma(SPOT, RATE, 0.2, -0.1, 0.3)
    yield Bachelier(SPOT, RATE, 20.0)


def volatility(strike: float, expected: float) -> float:
    """Implied volatility of a call, from its expected payoff."""
    market = Market(SPOT, 0.2, RATE, 1.0)
    return market.implied_volatility(Call(strike), market.discount * expected)


def error(
    prices: PriceDistribution,
    strike: float,
    num_qubits: int,
    tolerance: float,
    aligned: bool,
    grid: str | None,
) -> tuple[float, int]:
    """Error of a call in basis points of volatility, and CX of the loader."""
    target = TargetDistribution.from_market(
        num_qubits, prices, grid=grid, align=strike if aligned else None
    )
    result = fit(target, tolerance=tolerance, seed=1)
    value = Call(strike)(target.values) @ result.walk.probabilities()
    exact = volatility(strike, prices.expectation(Call(strike)))
    return 1e4 * (volatility(strike, value) - exact), result.two_qubit_gates


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--qubits", type=int, default=6)
    parser.add_argument("--tolerance", type=float, default=1e-3)
    options = parser.parse_args()
    heads = "".join(f"{strike:>8g}" for strike in STRIKES)
    print(f"{'model':<15}{'grid':<20}{'CX':>6}{heads}   basis points of volatility, by strike")
    for model in models():
        prices = model.at(1.0)
        for grid, aligned in ((None, False), ("quantile", False), (None, True), ("quantile", True)):
            found = [
                error(prices, strike, options.qubits, options.tolerance, aligned, grid)
                for strike in STRIKES
            ]
            name = (grid or "default") + (", aligned" if aligned else "")
            errors = "".join(f"{each:>8.2f}" for each, _ in found)
            gates = max(cx for _, cx in found)
            print(f"{type(model).__name__:<15}{name:<20}{gates:>6}{errors}")


if __name__ == "__main__":
    run_script(main)
