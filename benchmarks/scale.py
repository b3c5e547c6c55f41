"""Contracts on more qubits than can be listed: their circuits, counted.

Run all tables with ``python benchmarks/scale.py``, or some by name: ``arithmetic``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import numpy as np

from qiskit_ssqw.finance import (
    Asian,
    Autocallable,
    Barrier,
    BestOf,
    Call,
    Market,
    OptionPricing,
    PathModel,
    Payoff,
    Put,
)
from qiskit_ssqw.finance.factor_model import FactorModel
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.product_model import ProductModel
from qiskit_ssqw.finance.register_model import RegisterModel

STEPS = (4, 12, 24)
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


TABLES = {"arithmetic": arithmetic}


def main() -> None:
    for name in sys.argv[1:] or TABLES:
        TABLES[name]()


if __name__ == "__main__":
    main()
