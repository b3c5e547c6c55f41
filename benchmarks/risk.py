"""Measure risk measures: estimations, coverage, errors and gates over markets, losses and seeds.

Run with ``python benchmarks/risk.py``, or name tables: ``coverage``, ``grids``, ``gates``;
``--seeds`` changes the number of seeds, ``--jobs`` runs in parallel.

For the coverage each Grover operator is replaced by the rotation of one qubit with the same law of
outcomes; gates are counted on the real circuits, and ``grids`` runs them.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from coins import Coins, stand_in
from joblib import Parallel, delayed
from numpy.typing import NDArray
from running import run_script

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import (
    Basket,
    Call,
    Payoff,
    PiecewiseLinear,
    Put,
    RiskResult,
    RiskWarning,
    Straddle,
    expected_shortfall,
    value_at_risk,
)
from qiskit_ssqw.finance.estimation.run import EstimatorRun
from qiskit_ssqw.finance.loader import as_loader
from qiskit_ssqw.finance.risk.estimation import RiskEstimation

Array = NDArray[np.float64]

LEVEL, ALPHA = 0.99, 0.01
NUM_QUBITS = 8
MARKETS = {
    "40 days": {"spot": 2.0, "volatility": 0.4, "rate": 0.05, "maturity": 40 / 365},
    "10 days": {"spot": 100.0, "volatility": 0.15, "rate": 0.02, "maturity": 10 / 365},
    "a year": {
        "spot": 50.0,
        "volatility": 0.3,
        "rate": 0.03,
        "maturity": 1.0,
        "grid": "linear",
        "num_std": 4.5,
    },
}
"""On the default grid all have the same probabilities, so the last has another."""

TWO = {
    "spot": [2.0, 2.2],
    "volatility": [0.4, 0.3],
    "rate": 0.05,
    "maturity": 0.25,
    "correlation": [[1, 0.5], [0.5, 1]],
}
LOSSES: dict[str, Callable[[float], Payoff]] = {
    "short call": Call,
    "short put": Put,
    "long stock": lambda spot: PiecewiseLinear([spot], [-1, -1], [0, 0], "long stock"),
    "short straddle": Straddle,
}
BASKET = "long basket of two"


class StandInRun(EstimatorRun):
    """Estimates amplitudes that are known by tossing coins."""

    def __init__(self, seed: Any) -> None:
        super().__init__("bayes", Coins(seed), max_seconds=None)

    def estimate(self, problems: Any, epsilons: Any, alpha: Any, *rest: Any, **options: Any) -> Any:
        """As with the circuits."""
        _, amplitudes = rest
        stand_ins = [stand_in(amplitude) for amplitude in amplitudes]
        return super().estimate(stand_ins, epsilons, alpha, *rest, **options)


class Run(NamedTuple):
    """One value at risk and one shortfall."""

    estimations: int
    contained: bool
    right: bool
    deviation: float
    calls: int
    cx: int
    shortfall_contained: bool
    statistical_error: float
    shortfall_error: float
    shortfall_calls: int


def case(market: str, loss: str, tolerance: float) -> tuple[Any, Any]:
    """The model and the loss."""
    if loss == BASKET:
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            [NUM_QUBITS // 2] * 2, **TWO, tolerance=tolerance, seed=1
        )
        spot = sum(TWO["spot"]) / 2  # type: ignore[arg-type]
        return model, Basket([0.5, 0.5], LOSSES["long stock"](spot))
    model = QuantumWalkUncertaintyModel.from_black_scholes(
        NUM_QUBITS, **MARKETS[market], tolerance=tolerance, seed=1
    )
    return model, LOSSES[loss](MARKETS[market]["spot"])


def one(model: Any, loss: Any, *seeds: int) -> Run:
    """Both measures, of this seed and case."""
    parts = loss, as_loader(model), LEVEL, (1 - LEVEL) / 1000
    risk = RiskEstimation(*parts, StandInRun([*seeds, 0])).value_at_risk(None, ALPHA)
    shortfall = RiskEstimation(*parts, StandInRun([*seeds, 1])).expected_shortfall(None, ALPHA)
    low, high = risk.confidence_interval
    return Run(
        risk.num_estimations,
        low <= risk.loaded_value <= high and _contains(risk),
        risk.estimate == risk.loaded_value,
        risk.estimate / risk.exact_value - 1,
        risk.oracle_calls,
        risk.iterate_two_qubit_gates,
        shortfall.confidence_interval[0]
        <= shortfall.loaded_value
        <= shortfall.confidence_interval[1]
        and _contains(shortfall),
        shortfall.estimate / shortfall.loaded_value - 1,
        shortfall.estimate / shortfall.exact_value - 1,
        shortfall.oracle_calls,
    )


def _contains(result: RiskResult) -> bool:
    """Whether the interval with the circuits' bias contains the grid's value."""
    low, high = result.grid_interval
    return low <= result.exact_value <= high


def coverage(seeds: int, jobs: int, tolerances: tuple[float, ...] = (1e-3, 1e-4)) -> None:
    """Estimations, coverage and errors at 99 % on 8 qubits."""
    cases = [(market, loss) for market in MARKETS for loss in LOSSES] + [("a quarter", BASKET)]
    for tolerance in tolerances:
        print(
            f"\nlevel {LEVEL:.0%}, {NUM_QUBITS} qubits, loader's tolerance {tolerance:g}, {seeds} "
            "seeds; errors are the largest"
        )
        print(
            f"{'market':<11}{'loss':<20}{'estimations':>12}{'VaR inside':>11}{'right':>7}"
            f"{'off the grid':>13}{'calls':>9}{'CX':>6}{'ES inside':>11}"
            f"{'of loaded':>11}{'of the grid':>12}{'calls':>9}"
        )
        everything: list[Run] = []
        for number, (market, loss) in enumerate(cases):
            model, owed = case(market, loss, tolerance)
            runs = Parallel(jobs)(delayed(one)(model, owed, number, seed) for seed in range(seeds))
            everything += runs
            print(f"{market:<11}{loss:<20}{_cells(runs)}", flush=True)
        print(f"{'all':<31}{_cells(everything)}")


def _cells(runs: list[Run]) -> str:
    numbers = np.array(runs, dtype=float)
    largest, means = np.abs(numbers).max(axis=0), numbers.mean(axis=0)
    median = np.median(numbers, axis=0)
    return (
        f"{f'{means[0]:.2f}, {largest[0]:.0f}':>12}{means[1]:>11.1%}{means[2]:>7.0%}"
        f"{largest[3]:>13.2%}{median[4]:>9,.0f}{median[5]:>6.0f}{means[6]:>11.1%}"
        f"{largest[7]:>11.3%}{largest[8]:>12.2%}{median[9]:>9,.0f}"
    )


def grids(seeds: int, jobs: int) -> None:
    """What the grid's cells make of Black-Scholes."""
    print(f"\nlevel {LEVEL:.0%}, 40 days, long stock: estimates beside Black-Scholes")
    print(f"{'qubits':<8}{'cell':>8}{'VaR':>9}{'of the grid':>13}{'ES':>9}{'of the grid':>13}")
    loss = LOSSES["long stock"](MARKETS["40 days"]["spot"])
    for size in (4, 5, 6, 7, 8, 9):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            size, **MARKETS["40 days"], tolerance=1e-4, seed=1
        )
        cells = []
        for measure in (value_at_risk, expected_shortfall):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RiskWarning)
                result = measure(loss, model, level=LEVEL, seed=1)
            assert result.reference is not None
            wanted = result.reference.value
            cells += [result.estimate / wanted - 1, result.exact_value / wanted - 1]
            cell = result.resolution / result.value_at_risk
        print(f"{size:<8}{cell:>8.2%}{cells[0]:>+9.2%}{cells[1]:>+13.2%}", end="")
        print(f"{cells[2]:>+9.2%}{cells[3]:>+13.2%}")


def gates(seeds: int, jobs: int) -> None:
    """CX of a Grover iterate that compares, with the chain of carries and with a multiplexer."""
    from qiskit_ssqw.finance import OptionPricing
    from qiskit_ssqw.finance.risk.losses import AtMost

    print("\nCX of a Grover iterate for P(price <= l), l at 99 %, 40 days; qubits")
    print(f"{'qubits':<8}{'comparator':>16}{'multiplexed':>16}")
    for size in (4, 5, 6, 7, 8, 9, 10):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            size, **MARKETS["40 days"], tolerance=1e-3, seed=1
        )
        place = int(np.searchsorted(np.cumsum(model.probabilities), LEVEL))
        place -= place % 2  # an odd edge, the longest
        mark = float(model.values[place : place + 2].mean())
        cells = []
        for encoding in ("comparator", "exact"):
            problem = OptionPricing(AtMost(_price(), mark), model, encoding=encoding)  # type: ignore[arg-type]
            wide = problem.grover_operator.num_qubits
            cells.append(f"{problem.count_iterate_two_qubit_gates()} ({wide})")
        print(f"{size:<8}{cells[0]:>16}{cells[1]:>16}")


def _price() -> Payoff:
    return PiecewiseLinear([1.0], [1, 1], [1, 1], "price")


TABLES = {"coverage": coverage, "grids": grids, "gates": gates}


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", choices=[[], *TABLES], default=list(TABLES))
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1)
    chosen = parser.parse_args()
    for name in chosen.tables:
        TABLES[name](chosen.seeds, chosen.jobs)


if __name__ == "__main__":
    run_script(main)
