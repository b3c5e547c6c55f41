"""Price random contracts on random markets, and see whether the intervals keep their promise.

Run with ``python benchmarks/markets.py``; ``--count`` (200), ``--qubits`` (5), ``--seed`` (0),
``--estimator`` (bayes), ``--alpha`` (0.01) and ``--align`` (an edge of a cell at the strike of
one-strike contracts) change it, ``--jobs`` runs in parallel. ``grids`` as first word prints the
errors of the default grid instead, ``bias`` that of what the circuits encode on several grids, for
calls and puts with moneyness 0.8 to 1.2, volatilities 0.1 to 0.6 and a week to two years.

Volatilities lie between 0.05 and 1, maturities between a week and 5 years (both log-uniform), rates
between 0 and 0.08, moneyness between 0.7 and 1.4; contracts are calls, puts, spreads, digitals.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from running import run_script
from tqdm import tqdm

from qiskit_ssqw import QuantumWalkUncertaintyModel, TargetDistribution
from qiskit_ssqw.finance import (
    BearSpread,
    BullSpread,
    Call,
    DigitalCall,
    DigitalPut,
    Market,
    Put,
    price,
)
from qiskit_ssqw.finance.payoffs import PiecewiseLinear

SPOT = 100.0
ONE_STRIKE = (Call, Put, DigitalCall, DigitalPut)
SPREADS = (BullSpread, BearSpread)


@dataclass(frozen=True)
class Case:
    """A market and a contract."""

    volatility: float
    rate: float
    maturity: float
    payoff: PiecewiseLinear
    seed: int

    @property
    def market(self) -> Market:
        """The market of the closed form."""
        return Market(SPOT, self.volatility, self.rate, self.maturity)

    @property
    def truth(self) -> float:
        """Its value of the contract."""
        return self.market.expectation(self.payoff)


@dataclass(frozen=True)
class Refusal:
    """A case that `price` refused before it ran a circuit, as an estimation that takes too long."""

    case: Case
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What `price` made of a case."""

    case: Case
    truth: float
    estimate: float
    interval: tuple[float, float]
    allowed: float
    success: bool
    seconds: float
    calls: int

    @property
    def contained(self) -> bool:
        """Whether the interval, bias included, contains the closed form."""
        return self.interval[0] <= self.truth <= self.interval[1]

    @property
    def share(self) -> float:
        """The error, in units of the error that was asked for."""
        return abs(self.estimate - self.truth) / self.allowed


def draw(count: int, seed: int) -> list[Case]:
    """Random cases."""
    rng = np.random.default_rng(seed)
    cases = []
    for number in range(count):
        kind = (*ONE_STRIKE, *SPREADS)[rng.integers(len(ONE_STRIKE) + len(SPREADS))]
        low, high = np.sort(SPOT * rng.uniform(0.7, 1.4, 2))
        payoff = kind(low, high) if kind in SPREADS else kind(SPOT * rng.uniform(0.7, 1.4))
        volatility = np.exp(rng.uniform(np.log(0.05), 0.0))
        maturity = np.exp(rng.uniform(np.log(1 / 52), np.log(5)))
        cases.append(Case(volatility, rng.uniform(0, 0.08), maturity, payoff, number))
    return cases


def run(case: Case, num_qubits: int, align: bool, **options: Any) -> Outcome | Refusal:
    """Price one case; the default options are the subject."""
    start = time.process_time()
    strike = case.payoff.breakpoints[0] if align and len(case.payoff.breakpoints) == 1 else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = _model(case, num_qubits, strike)
        except ValueError:  # a strike of vanishing probability
            model = _model(case, num_qubits, None)
        try:
            result = price(case.payoff, model, seed=case.seed, **options)
        except ValueError as error:
            return Refusal(case, str(error))
    return Outcome(
        case=case,
        truth=case.truth,
        estimate=result.estimate,
        interval=result.interval,
        allowed=result.allowed_error,
        success=result.success,
        seconds=time.process_time() - start,
        calls=result.oracle_calls,
    )


def _model(case: Case, num_qubits: int, align: float | None) -> QuantumWalkUncertaintyModel:
    return QuantumWalkUncertaintyModel.from_black_scholes(
        num_qubits, SPOT, case.volatility, case.rate, case.maturity, align=align, seed=case.seed
    )


def report(results: list[Outcome | Refusal]) -> None:
    """Print what was promised and what was kept."""
    outcomes = [result for result in results if isinstance(result, Outcome)]
    good = [o for o in outcomes if o.success]
    seconds = [o.seconds for o in outcomes]
    print(f"{len(results)} contracts, {len(results) - len(outcomes)} of them refused")
    print(f"interval contains the closed form   {sum(o.contained for o in outcomes)}")
    print(f"success                             {len(good)}")
    print(f"success with a larger error         {sum(o.share > 1 for o in good)}")
    print(f"largest error of a success          {max(o.share for o in good):.2f} of that allowed")
    print(f"seconds, median and largest         {np.median(seconds):.1f}, {max(seconds):.1f}")
    print(f"oracle calls, median                {np.median([o.calls for o in outcomes]):,.0f}")
    names = Counter(type(o.case.payoff).__name__ for o in outcomes)
    for name, number in sorted(names.items()):
        ours = [o for o in outcomes if type(o.case.payoff).__name__ == name]
        print(
            f"  {name:<12}{number:>4}, success {sum(o.success for o in ours):>3}, "
            f"contained {sum(o.contained for o in ours):>3}"
        )
    for result in results:
        if isinstance(result, Refusal):
            print("REFUSED:", result)
        elif result.success and result.share > 1:
            print("MISSED:", result)


def grids() -> None:
    """Print the largest error of the at-the-money call on the default grid, by qubits."""
    volatilities, maturities = np.geomspace(0.05, 1, 12), np.geomspace(1 / 365, 10, 20)
    for num_qubits in range(3, 11):
        errors = []
        for rate in (0.0, 0.03, 0.05, 0.1):
            for volatility in volatilities:
                for maturity in maturities:
                    target = TargetDistribution.from_black_scholes(
                        num_qubits, SPOT, volatility, rate, maturity
                    )
                    exact = Market(SPOT, volatility, rate, maturity).expectation(Call(SPOT))
                    value = target.probabilities @ Call(SPOT)(target.values)
                    errors.append(abs(value / exact - 1))
        print(
            f"{num_qubits} qubits: largest error {max(errors):.3%}, median {np.median(errors):.3%}"
        )


def bias(count: int, seed: int) -> None:
    """Print how far calls and puts are off, statistics apart, as `price` encodes them."""
    rng = np.random.default_rng(seed)
    cases = [
        Case(
            rng.uniform(0.1, 0.6),
            rng.uniform(0, 0.08),
            np.exp(rng.uniform(np.log(1 / 52), np.log(2))),
            (Call, Put)[number % 2](SPOT * rng.uniform(0.8, 1.2)),
            number,
        )
        for number in range(count)
    ]
    print("qubits  grid               bias / price: median, largest  / spot: largest  over bound")
    for num_qubits in (3, 4, 5, 6):
        for grid in ("log", "quantile"):
            for aligned in (True, False):
                found = [_bias(case, num_qubits, grid, aligned) for case in cases]
                off = np.abs([error for error, *_ in found])
                of_price = off / [case.truth for _, case, _ in found]
                # An error of a hundredth of a percent of the spot is allowed for a small price.
                counted = of_price[off > 1e-4 * SPOT]
                over = sum(off > [bound * (1 + 1e-9) + 1e-12 for *_, bound in found])
                name = f"{grid}, aligned" if aligned else grid
                print(
                    f"{num_qubits:>6}  {name:<18}{np.median(of_price):>15.4%} "
                    f"{max(counted, default=0):>9.3%} {off.max() / SPOT:>18.1e}{over:>12}"
                )


def _bias(case: Case, num_qubits: int, grid: str, aligned: bool) -> tuple[float, Case, float]:
    strike = case.payoff.breakpoints[0] if aligned else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = QuantumWalkUncertaintyModel.from_market(
            num_qubits, case.market, grid=grid, align=strike, seed=case.seed
        )
        result = price(case.payoff, model, seed=case.seed)
    return result.loaded_value - case.truth, case, result.bias_bound.total


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="?", choices=("prices", "grids", "bias"), default="prices")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--qubits", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--align", action="store_true")
    parser.add_argument("--estimator", default="bayes")
    parser.add_argument("--alpha", type=float, default=0.01)
    options = parser.parse_args()
    if options.what == "grids":
        grids()
        return
    if options.what == "bias":
        bias(options.count, options.seed)
        return
    cases = draw(options.count, options.seed)
    workers = Parallel(n_jobs=options.jobs, return_as="generator")
    how = {"estimator": options.estimator, "alpha": options.alpha}
    results = workers(delayed(run)(case, options.qubits, options.align, **how) for case in cases)
    report(list(tqdm(results, total=len(cases), mininterval=10)))


if __name__ == "__main__":
    run_script(main)
