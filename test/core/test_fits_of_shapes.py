from itertools import combinations, pairwise

import numpy as np
import pytest

from qiskit_ssqw import TargetDistribution, fit
from qiskit_ssqw.fitting.moves import independent_bits

ROUNDING = 1e-12


def on_the_line(weights):
    weights = np.asarray(weights, dtype=float)
    return TargetDistribution(weights / weights.sum(), (0, len(weights) - 1))


def distance(result):
    """Total variation, recomputed from the target and the amplitudes."""
    loaded = np.abs(result.walk.amplitudes()) ** 2
    return 0.5 * np.abs(result.target.probabilities - loaded).sum()


def assert_honest(result):
    """A result within its tolerance says so, and one beyond it says that."""
    success = distance(result) <= result.tolerance
    assert result.total_variation == pytest.approx(distance(result), abs=1e-15)
    assert result.success == success
    assert ("misses the tolerance" in result.message) == (not success)
    assert ("MISSED THE TOLERANCE" in str(result)) == (not success)
    assert f"{result.two_qubit_gates} two-qubit gates" in result.message


def test_fit_below_rounding_errors_says_what_it_missed(rng):
    result = fit(on_the_line(rng.dirichlet(np.ones(8))), tolerance=1e-17, seed=1)
    assert not result.success
    assert_honest(result)


def test_a_larger_budget_is_never_worse_on_four_qubits(rng):
    weights = rng.dirichlet(np.ones(16)) * (rng.uniform(size=16) > 0.2)
    budgets, target = (1, 3, 4), on_the_line(weights)
    results = [fit(target, max_two_qubit_gates=budget, seed=1) for budget in budgets]
    for budget, result in zip(budgets, results, strict=True):
        assert result.two_qubit_gates <= budget
    for smaller, larger in pairwise(map(distance, results)):
        assert larger <= smaller + ROUNDING


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
def test_a_budget_that_pays_for_a_tree_suffices(rng, num_qubits):
    target = on_the_line(rng.dirichlet(np.ones(2**num_qubits)))
    budget = 2**num_qubits - 2
    result = fit(target, max_two_qubit_gates=budget, tolerance=1e-6, seed=1)
    assert result.two_qubit_gates <= budget
    assert result.success


def test_a_budget_that_pays_for_a_tree_is_never_worse_than_the_tree(rng, monkeypatch):
    """Whatever the search for flips finds."""
    monkeypatch.setattr(
        "qiskit_ssqw.fitting.grown.Growth.within",
        lambda self, gates: independent_bits(self.grids.probabilities),
    )
    target = on_the_line(rng.dirichlet(np.ones(8)))
    assert not fit(target, max_two_qubit_gates=5, tolerance=1e-6, seed=1).success
    assert fit(target, max_two_qubit_gates=6, tolerance=1e-6, seed=1).success


@pytest.mark.parametrize("options", [{}, {"tolerance": 0.05}, {"max_two_qubit_gates": 2}])
@pytest.mark.parametrize("num_qubits", [1, 2, 3])
def test_same_seed_gives_the_same_walk(rng, num_qubits, options):
    target = on_the_line(rng.dirichlet(np.ones(2**num_qubits)))
    assert fit(target, seed=3, **options) == fit(target, seed=3, **options)


def delta(num_qubits, site):
    return np.arange(2**num_qubits) == site


@pytest.mark.parametrize(
    ("num_qubits", "site"), [(size, site) for size in range(1, 6) for site in range(2**size)]
)
def test_one_site_needs_no_gate(num_qubits, site):
    result = fit(on_the_line(delta(num_qubits, site)), tolerance=1e-6, seed=1)
    assert_honest(result)
    assert distance(result) <= 1e-6
    assert result.two_qubit_gates == 0


@pytest.mark.parametrize("num_qubits", [1, 2, pytest.param(3, marks=pytest.mark.deep)])
def test_any_two_sites(rng, num_qubits):
    for first, second in combinations(range(2**num_qubits), 2):
        share = rng.uniform(0.05, 0.95)
        weights = share * delta(num_qubits, first) + (1 - share) * delta(num_qubits, second)
        result = fit(on_the_line(weights), tolerance=1e-6, seed=1)
        assert_honest(result)
        assert distance(result) <= 1e-6


@pytest.mark.parametrize("draw", range(3))
@pytest.mark.parametrize("num_qubits", [4, 5])
def test_two_sites_of_many(rng, num_qubits, draw):
    weights = np.zeros(2**num_qubits)
    weights[rng.choice(len(weights), size=2, replace=False)] = rng.uniform(0.05, 1, size=2)
    result = fit(on_the_line(weights), tolerance=1e-6, seed=draw)
    assert_honest(result)
    assert distance(result) <= 1e-6


@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4, 5])
def test_uniform_needs_no_gate(num_qubits):
    result = fit(on_the_line(np.ones(2**num_qubits)), tolerance=1e-6, seed=1)
    assert_honest(result)
    assert distance(result) <= 1e-6
    assert result.two_qubit_gates == 0


@pytest.mark.parametrize("part", ["lower", "upper", "even", "odd", "scattered"])
@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4])
def test_half_of_the_sites_empty(rng, num_qubits, flat, part):
    sites = np.arange(2**num_qubits)
    half = len(sites) // 2
    occupied = {
        "lower": sites < half,
        "upper": sites >= half,
        "even": sites % 2 == 0,
        "odd": sites % 2 == 1,
        "scattered": rng.permutation(sites) < half,
    }[part]
    weights = np.ones(len(sites)) if flat else rng.uniform(0.1, 1, size=len(sites))
    result = fit(on_the_line(weights * occupied), tolerance=1e-6, seed=1)
    assert_honest(result)
    assert distance(result) <= 1e-6


def test_a_larger_budget_keeps_what_a_smaller_one_finds():
    target = TargetDistribution([0, 0.5, 0, 0, 0.5, 0, 0, 0], (0, 7))
    errors = [fit(target, max_two_qubit_gates=budget, seed=0).error for budget in range(4)]
    assert np.diff(errors).max() <= 1e-12
