"""Contracts on more qubits than can be listed: their circuits, counted, and estimations.

Run all tables with ``python benchmarks/scale.py``, or some by name: ``arithmetic``, ``sums``,
``estimation``.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from running import run_tables

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
    matrix_product_sampler,
    price,
)
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.running.chance_plane import ChancePlane
from qiskit_ssqw.finance.running.meter import Meter
from qiskit_ssqw.finance.running.simulators import MOST_QUBITS
from qiskit_ssqw.finance.running.turning import with_circuits

STEPS = (4, 12, 24)
MARKETS, SAMPLES, SEEDS = 6, 10_000_000, 100
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
            iterate = priced.count_iterate_two_qubit_gates()
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
            iterate, value = priced.count_iterate_two_qubit_gates(), priced.loaded_value
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


def estimation() -> None:
    """Whole estimations: by the law of the powers, and gate by gate on matrix product states."""
    heads = ["qubits", "harmonics", "calls", "value", "estimate", "half width", "seconds", "cpu"]
    print(f"{'':<44}" + "".join(f"{head:>11}" for head in heads))
    cases = {name: (payoff, model) for name, payoff, model in summed_cases(0)}
    for name, (payoff, model) in cases.items():
        _estimate(f"{name}, 1 %", payoff, model)
    payoff, model = cases["basket of 5 x 6, quantile"]
    for accuracy in (0.05, 0.02, 0.01):
        _estimate(
            f"the first, {accuracy:.0%}, gate by gate, 100 shots",
            payoff,
            model,
            accuracy=accuracy,
            shots=100,
            sampler=matrix_product_sampler,
        )
    _coverage()
    _powers(payoff, model)


def _estimate(head: str, payoff: Payoff, model: RegisterModel, **options: Any) -> None:
    """Price, and print what it took."""
    start, cpu = time.perf_counter(), time.process_time()
    found = price(payoff, model, seed=1, **options)
    spent, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(
        f"{head:<44}{found.num_qubits:>11,}{found.num_problems:>11}{found.oracle_calls:>11,}"
        f"{found.loaded_value:>11.5g}{found.estimate:>11.5g}{found.statistical_error:>11.2g}"
        f"{spent:>11.1f}{cpu:>11.1f}",
        flush=True,
    )


def _coverage() -> None:
    """How often the intervals of some seeds hold what the circuits encode."""
    payoff = Asian(Call(SPOT), mean="geometric")
    for steps in STEPS:
        if 3 * steps <= MOST_QUBITS:
            continue
        model = PathModel(3, steps, SPOT, VOLATILITY, RATE, MATURITY)
        errors = []
        for seed in range(SEEDS):
            found = price(payoff, model, accuracy=0.02, alpha=0.05, seed=seed)
            errors.append((found.estimate - found.loaded_value) / found.statistical_error)
        inside = float(np.mean(np.abs(errors) <= 1))
        print(
            f"{steps} steps x 3, {SEEDS} seeds: {inside:.1%} inside the 95 % interval, "
            f"mean {np.mean(errors):+.3f}, root mean square {np.std(errors):.3f} half widths"
        )


def _powers(payoff: Payoff, model: RegisterModel) -> None:
    """What circuits show on matrix product states, against the law from contraction."""
    priced = OptionPricing(payoff, model, payoff_tolerance=1e-3)
    for number, problem in enumerate(priced.to_estimation_problems()):
        start = time.process_time()
        plain = with_circuits(problem, problem.state_preparation, problem.grover_operator)
        unroll = Meter.around(None, seed=1)._unrolled
        run, law = (ChancePlane(one, unroll) for one in (plain, problem))
        off = np.abs(np.array(run._good_chances()) - law._good_chances())
        print(
            f"harmonic {number}: powers 0, 1, 2 off by {off[0]:.0e}, {off[1]:.0e}, {off[2]:.0e}; "
            f"{time.process_time() - start:.1f} s"
        )


TABLES = {"arithmetic": arithmetic, "sums": sums, "estimation": estimation}


if __name__ == "__main__":
    run_tables(TABLES)
