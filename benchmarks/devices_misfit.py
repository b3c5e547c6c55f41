"""What a decay does not explain of noisy circuits: python benchmarks/devices.py misfit.

Random contracts on random markets, on three to five qubits, with exact chances of the powers up to
``1/(4 kappa)``, as deep as estimators go that know of noise. Of each

- the residue: of the best decay, with the amplitude known, the largest distance of a chance of any
  power, in units of half the chance that the circuit errs;
- the shift: of the amplitude that an estimator finds, in units of what `CircuitNoise.aware`
  takes for it where nobody simulates;
- the share that would make that estimate and the shift equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import devices_estimation as estimation
import numpy as np
from scipy.optimize import minimize_scalar

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import (
    BayesianAmplitudeEstimation,
    BullSpread,
    Call,
    DigitalCall,
    OptionPricing,
    Put,
    RobustAmplitudeEstimation,
)
from qiskit_ssqw.finance.estimation.circuit_noise import _DECAYS, _MISFIT, _NUM_POWERS, _moved

LEVELS = (0.001, 0.003, 0.01)
NUMBERS = {3: 24, 4: 16, 5: 12}
"""Contracts by qubits."""
EPSILON, ALPHA = 0.01, 0.05


class Misfit(NamedTuple):
    """Of one contract."""

    residue: float
    shifts: tuple[float, float]
    """Of robust and of Bayesian estimation."""
    shares: tuple[float, float]


def misfit(case: estimation.Case) -> Misfit:
    """What the chances of a case leave unexplained."""
    deepest = min(max(2, int((0.5 / case.decay - 1) / 2)), len(case.chances) - 1)
    steps = np.geomspace(1, deepest + 1, _NUM_POWERS)
    powers = np.unique(np.floor(steps + 1e-9).astype(int) - 1)
    gates, chances = case.two_qubit_gates, case.chances
    expected = 2 * case.decay * gates / (gates[2] - gates[1])  # errors in each power's circuit
    lost = -np.expm1(-expected)
    limits = tuple(factor * case.decay for factor in _DECAYS)
    estimators = (
        RobustAmplitudeEstimation(EPSILON, ALPHA, noise=limits),
        BayesianAmplitudeEstimation(EPSILON, ALPHA, noise=limits, shots=100, max_power=deepest),
    )
    shifts, shares = [], []
    fallback = np.arcsin(np.sqrt(_MISFIT * lost[deepest] / 2)) / (2 * deepest + 1)
    for estimator in estimators:
        found = estimator.found(powers.tolist(), chances[powers], gates[powers].tolist())
        worst = max(found, key=lambda amplitude: abs(amplitude - case.amplitude))
        shifts.append(abs(worst - case.amplitude) / _moved(case.amplitude, fallback))
        turned = abs(np.subtract(*np.arcsin(np.sqrt([worst, case.amplitude]))))
        turned = min((2 * deepest + 1) * turned, np.pi / 2)
        shares.append(np.sin(turned) ** 2 / (lost[deepest] / 2))
    return Misfit(_residue(case, expected, lost, deepest), tuple(shifts), tuple(shares))


def _residue(case: estimation.Case, expected: np.ndarray, lost: np.ndarray, deepest: int) -> float:
    """Of the best decay: the largest distance over the powers."""
    powers = np.arange(deepest + 1)
    waves = np.cos(2 * (2 * powers + 1) * np.arcsin(np.sqrt(case.amplitude))) / 2
    off = 0.5 - case.chances[powers]

    def worst(factor: float) -> float:
        left = np.abs(off - np.exp(-factor * expected[powers]) * waves)
        return float(np.max(left / (lost[powers] / 2)))

    return float(minimize_scalar(worst, bounds=_DECAYS, method="bounded").fun)


def contracts(num_qubits: int, number: int, seed: int = 1) -> Iterator[OptionPricing]:
    """Random contracts on random markets."""
    rng = np.random.default_rng([seed, num_qubits])
    for index in range(number):
        spot, volatility, years = rng.uniform(0.5, 100), rng.uniform(0.1, 0.6), rng.uniform(0.1, 1)
        rate, spread = rng.uniform(0, 0.06), volatility * np.sqrt(years)
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            num_qubits, spot, volatility, rate, years, seed=1
        )
        low, high = spot * np.exp(spread * np.sort(rng.uniform(-1, 1, 2)))
        payoffs = (Call(low), Put(high), DigitalCall(high), BullSpread(low, high))
        yield OptionPricing(payoffs[index % len(payoffs)], model)


def report() -> None:
    """Median, 90 % and worst over the contracts of each size and noise, and over all."""
    print(f"share of noise that is taken for unexplained: {_MISFIT:g}")
    columns = ("residue", "shift, rae", "shift, bayes", "share, rae", "share, bayes")
    print(f"{'median, 90 %, worst':<26}" + "".join(f"{name:>20}" for name in columns))
    everything = []
    for num_qubits in NUMBERS:
        for level in LEVELS:
            cases = (
                estimation.case_of(application, "", level)
                for application in contracts(num_qubits, NUMBERS[num_qubits])
            )
            found = [misfit(case) for case in cases]
            rows = np.array([(one.residue, *one.shifts, *one.shares) for one in found])
            everything.append(rows)
            _line(f"{num_qubits} qubits, {level:.1%} ({len(rows)})", rows)
    rows = np.concatenate(everything)
    _line("all", rows)
    beyond = np.mean(rows[:, 1:3] > 1, axis=0)
    print(f"shifts beyond: {beyond[0]:.1%} of robust, {beyond[1]:.1%} of Bayesian estimation")


def _line(head: str, rows: np.ndarray) -> None:
    numbers = np.quantile(rows, [0.5, 0.9, 1.0], axis=0).T
    cells = "".join(f"{' '.join(f'{number:.3f}' for number in three):>20}" for three in numbers)
    print(f"{head:<26}{cells}", flush=True)
