"""How often the intervals of the estimators contain the value, on the exact law of outcomes.

That the circuits obey the law ``sin((2 k + 1) theta)**2`` is tested elsewhere.
"""

from functools import cache, partial

import numpy as np
import pytest
from qiskit.primitives import StatevectorSampler
from qiskit_algorithms.amplitude_estimators import ae, ae_utils
from reference import data
from stand_ins import SHOTS, ExactSampler, StandIn

from qiskit_ssqw import QuantumWalkUncertaintyModel, RepeatedSeedWarning
from qiskit_ssqw.finance import Call, OptionPricing
from qiskit_ssqw.finance.estimation.registry import method_named
from qiskit_ssqw.finance.estimation.run import EstimatorRun
from qiskit_ssqw.finance.estimation.schedule import Goal

RUNS = 150
ALPHA = 0.05


def canonical_law(grid, amplitude, qubits):
    """The same as ``ae_utils.pdf_a`` in qiskit-algorithms, for all grid points at once."""
    size, angle, angles = 2**qubits, np.arcsin(np.sqrt(amplitude)), np.arcsin(np.sqrt(grid))
    near, far = angles - angle + 1e-15, angles + angle  # no zero divided by zero
    first = (np.sin(size * near) / np.sin(near)) ** 2
    second = (np.sin(size * far) / np.sin(far)) ** 2
    return (first + second * ((grid > 0) & (grid < 1))) / size**2


def test_the_law_of_canonical_estimation():
    grid = np.sin(np.pi * np.arange(5) / 8) ** 2
    for amplitude in (0.1, 0.5, 0.8537):
        slow = ae_utils.pdf_a(grid, amplitude, 3)
        np.testing.assert_allclose(canonical_law(grid, amplitude, 3), slow, atol=1e-12)
        assert slow.sum() == pytest.approx(1)


@pytest.fixture(scope="module")
def application():
    model = QuantumWalkUncertaintyModel.from_black_scholes(
        4, **data.MARKET, num_std=3, rule="pdf", tolerance=1e-6, seed=1
    )
    return OptionPricing(Call(1.896), model)


def standardised_errors(application, name, epsilon):
    """Errors of 150 independent runs in half widths of their intervals, and all half widths."""
    (part,) = application.encoded.parts
    amplitude = (application.loaded_value - part.low) / (part.high - part.low)
    problem = StandIn(amplitude, part.to_price)
    sampler = ExactSampler(None)
    estimator = method_named(name).make(Goal(epsilon, ALPHA, sampler.default_shots), sampler)
    for method in ("construct_circuit", "construct_circuits"):
        if hasattr(estimator, method):  # the same circuits serve all runs
            setattr(estimator, method, cache(getattr(estimator, method)))
    problem.rescale = cache(problem.rescale)
    centred, halves, missed = [], [], 0
    for run in range(RUNS):
        estimator.sampler = ExactSampler(np.random.default_rng([run, 2024]))
        found = estimator.estimate(problem)
        low, high = application.confidence_interval(found, ALPHA)
        halves.append((high - low) / 2)
        centred.append((application.interpret(found) - application.loaded_value) / halves[-1])
        missed += not low <= application.loaded_value <= high
    return 1 - missed / RUNS, np.array(centred), np.array(halves) / (part.high - part.low)


@pytest.mark.parametrize(
    ("name", "epsilon", "coverage", "error"),
    [
        # Three standard deviations of 150 runs about the values of 8,000, 4,000 for canonical
        # estimation. Iterative and faster ones keep more than they promise. Over contracts and
        # payoff circuits: benchmarks/coverage.py.
        ("bayes", 0.01, (0.978, 1), (0.21, 0.35)),
        ("iae", 0.01, (0.967, 1), (0.29, 0.45)),
        ("mlae", 0.01, (0.893, 1), (0.42, 0.62)),
        ("fae", 0.1, (0.98, 1), (0.010, 0.015)),
        ("ae", 0.05, (0.896, 1), (0.41, 0.61)),
    ],
)
def test_intervals_contain_the_value_as_often_as_they_say(
    application, name, epsilon, coverage, error, monkeypatch
):
    # As they are in qiskit-algorithms, the test would take minutes.
    monkeypatch.setattr(ae, "pdf_a", canonical_law)
    monkeypatch.setattr(ae, "bisect_max", partial(ae_utils.bisect_max, minwidth=1e-5))
    inside, errors, halves = standardised_errors(application, name, epsilon)
    assert coverage[0] <= inside <= coverage[1]
    assert error[0] <= np.sqrt(np.mean(errors**2)) <= error[1]
    assert halves.max() <= epsilon * (1 + 1e-9)


def errors_of_rounds(sampler, seeds):
    """Errors in half widths of iterative estimation over some seeds, at a call's amplitude."""
    errors = []
    for seed in range(seeds):
        problem = StandIn(0.17689, float)
        run = EstimatorRun("iae", sampler(seed), shots=SHOTS, seed=seed)
        (found,) = run.estimate([problem], [2e-3], ALPHA, iterate_cx=1)
        low, high = found.confidence_interval
        errors.append((found.estimation - 0.17689) / ((high - low) / 2))
    return np.array(errors)


def test_rounds_of_a_seeded_estimation_are_independent():
    errors = errors_of_rounds(lambda _: StatevectorSampler, 120)
    assert 0.28 <= np.sqrt(np.mean(errors**2)) <= 0.5
    assert np.mean(np.abs(errors) <= 1) >= 0.97


def test_rounds_with_one_seed_are_not():
    with pytest.warns(RepeatedSeedWarning, match="depend on each other"):
        errors = errors_of_rounds(lambda seed: StatevectorSampler(seed=seed), 40)
    assert np.abs(errors).max() > 10
