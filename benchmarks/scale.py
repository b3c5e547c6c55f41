"""Contracts on more qubits than can be listed: their circuits, counted.

Run all tables with ``python benchmarks/scale.py``, or some by name: ``arithmetic``, ``sums``.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator

import numpy as np

from qiskit_ssqw.finance import (
    Asian,
    Autocallable,
    Barrier,
    Basket,
    BestOf,
    Call,
    FactorModel,
    Market,
    OptionPricing,
    PathModel,
    Payoff,
    ProductModel,
    Put,
    RegisterModel,
)
from qiskit_ssqw.finance.gates import count_two_qubit_gates

STEPS = (4, 12, 24)
MARKETS, SAMPLES = 6, 10_000_000
SPOT, VOLATILITY, RATE, MATURITY = 100.0, 0.2, 0.03, 1.0
ASSETS = Market([SPOT] * 5, [0.15, 0.2, 0.25, 0.3, 0.35], RATE, MATURITY)


def contracts(steps: int) -> dict[str, Payoff]:
    knocked = Barrier(-1 * Put(SPOT), 70.0, "down-and-in")
    coupons = 8.0 * np.arange(1, steps + 1) / steps
    return {
        "barrier": Barrier(Call(SPOT), 130.0, "up-and-out"),
        "autocallable": Autocallable(105.0, coupons, knocked),
        "Asian": Asian(Call(SPOT)),
    }


def cases() -> Iterator[tuple[str, Payoff, RegisterModel]]:
    for steps in STEPS:
        model = PathModel(
            3, steps, SPOT, VOLATILITY, RATE, MATURITY, points="centre", most_qubits=8, seed=1
        )
        for name, payoff in contracts(steps).items():
            yield f"{name}, {steps} steps", payoff, model
    best = BestOf(Call(SPOT))
    yield "best of 5, 6 qubits each", best, ProductModel.from_market(6, ASSETS, seed=1)
    yield "best of 5, factor, 4 each", best, FactorModel(4, ASSETS, [0.7] * 5, seed=1)


def arithmetic() -> None:
    """Running sums, flags and ranks: CX and qubits, exact and with a tolerance of the payoff."""
    heads = ["qubits", "circuits", "CX of A", "an iterate", "range", "value", "error", "seconds"]
    print(f"{'':<28}{'tolerance':>10}" + "".join(f"{head:>11}" for head in heads))
    for name, payoff, model in cases():
        for tolerance in (0.0, 1e-4):
            start = time.perf_counter()
            priced = OptionPricing(payoff, model, payoff_tolerance=tolerance)
            first = priced.to_estimation_problems()[0].state_preparation
            cx = count_two_qubit_gates(first, optimization_level=1)
            iterate = priced.iterate_two_qubit_gates
            spent = time.perf_counter() - start
            error = priced.bias_bound.payoff / abs(priced.loaded_value)
            print(
                f"{name:<28}{tolerance:>10g}{first.num_qubits:>11}{len(priced.encoded.parts):>11}"
                f"{cx:>11,}{iterate:>11,}{priced.encoded.range:>11.4g}{priced.loaded_value:>11.5g}"
                f"{error:>11.1e}{spent:>11.1f}"
            )


def summed_cases(seed: int) -> Iterator[tuple[str, Payoff, RegisterModel]]:
    """Baskets of 5 and 10 assets and a year of daily prices, in a market of its own."""
    rng = np.random.default_rng(seed)
    five = Market(
        rng.uniform(60, 140, 5).tolist(), rng.uniform(0.15, 0.5, 5).tolist(), RATE, MATURITY
    )
    basket = Basket([0.2] * 5, Call(round(float(five.forwards.mean()), 1)))
    yield "basket of 5 x 6, quantile", basket, ProductModel.from_market(6, five, grid="quantile")
    yield "basket of 5 x 6, log", basket, ProductModel.from_market(6, five)
    ten = Market(
        rng.uniform(60, 140, 10).tolist(), rng.uniform(0.15, 0.5, 10).tolist(), RATE, MATURITY
    )
    basket = Basket([0.1] * 10, Call(round(float(ten.forwards.mean()), 1)))
    yield "10 x 4, one factor", basket, FactorModel(4, ten, rng.uniform(0.3, 0.9, 10))
    daily = PathModel(8, 252, SPOT, rng.uniform(0.1, 0.5), RATE, rng.uniform(0.5, 2))
    yield "geometric Asian, 252 x 8", Asian(Call(SPOT), mean="geometric"), daily


def sums() -> None:
    """Fourier payoffs on registers against a value without a grid, in several markets."""
    heads = ["qubits", "harmonics", "CX of A", "an iterate", "calls", "value", "no grid", "error"]
    print(f"{'':<26}" + "".join(f"{head:>11}" for head in [*heads, "noise", "seconds", "MiB"]))
    for seed in range(MARKETS):
        for name, payoff, model in summed_cases(seed):
            start = time.perf_counter()
            priced = OptionPricing(payoff, model, payoff_tolerance=1e-3)
            problems = [problem.state_preparation for problem in priced.to_estimation_problems()]
            cx = max(map(count_two_qubit_gates, problems))
            iterate, value = priced.iterate_two_qubit_gates, priced.loaded_value
            spent = time.perf_counter() - start
            known, noise = without_a_grid(payoff, model)
            calls = priced.encoded.range / np.ptp(priced.payoff_range)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(
                f"{name:<26}{problems[0].num_qubits:>11,}{len(problems):>11}{cx:>11,}"
                f"{iterate:>11,}{calls:>11.2f}{value:>11.5g}{known:>11.5g}"
                f"{value / known - 1:>11.1e}{noise / known:>11.0e}{spent:>11.1f}{peak:>11,}"
            )


def without_a_grid(payoff: Payoff, model: RegisterModel) -> tuple[float, float]:
    """In closed form, or from ten million samples with the error of their mean."""
    market = model.market
    known = payoff.closed_form(market, model.num_steps)
    if known is not None:
        return known, 0.0
    payments = np.concatenate([payoff(market.sample(SAMPLES // 20, seed=k)) for k in range(20)])
    return float(payments.mean()), float(payments.std() / np.sqrt(len(payments)))


TABLES = {"arithmetic": arithmetic, "sums": sums}


def main() -> None:
    for name in sys.argv[1:] or TABLES:
        TABLES[name]()


if __name__ == "__main__":
    main()
