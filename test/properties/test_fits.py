"""Fits: they meet their tolerance or say so, whatever the target, and survive being saved."""

import copy
import pickle
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qiskit_ssqw import FitResult, TargetDistribution, fit

from . import examples
from .strategies import distributions, multiscale_walks, states, targets, tree_walks

ROUNDING = 1e-12
tolerances = st.sampled_from([0.3, 0.05, 1e-2, 1e-3, 1e-6])
small_targets = st.integers(1, 3).flatmap(
    lambda size: distributions(2**size).map(lambda p: TargetDistribution(p, (0, len(p) - 1)))
)


def distance(result):
    """Total variation, recomputed from the target and the amplitudes."""
    loaded = np.abs(result.walk.amplitudes()) ** 2
    return 0.5 * np.abs(result.target.probabilities.ravel() - loaded).sum()


def assert_honest(result):
    """A result within its tolerance says so, and one beyond it says that."""
    success = distance(result) <= result.tolerance
    assert result.total_variation == pytest.approx(distance(result), abs=1e-15)
    assert result.success == success
    assert ("misses the tolerance" in result.message) == (not success)
    assert ("MISSED THE TOLERANCE" in str(result)) == (not success)
    assert f"{result.two_qubit_gates} two-qubit gates" in result.message
    assert result.walk.probabilities().sum() == pytest.approx(1, abs=ROUNDING)


@examples(0.1)
@given(target=small_targets, tolerance=tolerances, seed=st.integers(0, 100))
def test_a_fit_meets_its_tolerance(target, tolerance, seed):
    result = fit(target, tolerance=tolerance, seed=seed)
    assert_honest(result)
    assert result.success
    assert result.two_qubit_gates <= max(2**target.num_qubits - 2, 1)


@examples(0.1)
@given(
    target=small_targets,
    tolerance=st.sampled_from([0.3, 1e-3, 1e-14]),
    budget=st.integers(0, 5),
    seed=st.integers(0, 100),
)
def test_a_fit_within_a_budget_meets_its_tolerance_or_says_so(target, tolerance, budget, seed):
    result = fit(target, tolerance=tolerance, max_two_qubit_gates=budget, seed=seed)
    assert_honest(result)
    assert result.two_qubit_gates <= budget


@examples(0.05)
@given(target=small_targets, seed=st.integers(0, 100))
def test_a_larger_budget_is_never_worse(target, seed):
    found = [
        distance(fit(target, max_two_qubit_gates=budget, seed=seed)) for budget in (0, 1, 2, 3, 6)
    ]
    assert np.diff(found).max() <= ROUNDING


@examples(0.1)
@given(target=states(2), tolerance=tolerances)
def test_a_state_is_fitted_with_its_signs(target, tolerance):
    result = fit(target, tolerance=tolerance, seed=1)
    assert result.success
    overlap = abs(float(result.walk.amplitudes() @ target.amplitudes))
    assert np.sqrt(max(0, 1 - overlap**2)) <= tolerance + 1e-7


@given(
    walk=st.one_of(multiscale_walks(), tree_walks()),
    box=st.tuples(st.floats(-9, 0), st.floats(1, 9)),
)
def test_a_walk_that_loads_its_target_is_kept(walk, box):
    assume(walk.amplitudes().min() >= -1e-9)
    target = TargetDistribution(walk.probabilities(), box)
    result = fit(target, walk=walk, seed=1)
    assert_honest(result)
    assert result.success
    assert result.walk == walk


@given(target=targets(), data=st.data(), tolerance=st.floats(1e-6, 0.9), seed=st.integers(0, 9))
def test_saved_results_are_equal(target, data, tolerance, seed):
    """Any walk of the target's size will do, good or bad."""
    kinds = st.one_of(multiscale_walks(4), tree_walks(4))
    walk = data.draw(kinds.filter(lambda walk: walk.num_qubits == target.num_qubits))
    result = FitResult(walk, target, tolerance, "made up", seed, ())
    near = result.total_variation * data.draw(st.floats(0.3, 2))
    if 0 < near < 1:
        assert replace(result, tolerance=near).success == (result.total_variation <= near)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fit.json")
        result.save(path)
        copies = [FitResult.load(path)]
    copies += [pickle.loads(pickle.dumps(result)), copy.deepcopy(result)]
    for each in copies:
        assert each == result
        assert each.total_variation == result.total_variation
        assert str(each) == str(result)
