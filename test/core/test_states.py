"""Targets with amplitudes of mixed sign."""

import numpy as np
import pytest
from scipy import special

from qiskit_ssqw import FitResult, MultiscaleWalk, SplitStepWalk, fit
from qiskit_ssqw.fitting import Variational, fit_many
from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.targets import TargetState
from qiskit_ssqw.walks import TreeWalk

POINTS = np.linspace(-1, 1, 32, endpoint=False)
WAVES = {
    "sine": np.sin(3 * np.pi * POINTS),
    "Hermite": special.hermite(3)(3 * POINTS) * np.exp(-((3 * POINTS) ** 2) / 2),
    "Haar": np.repeat([1.0, -1.0, 0.0, 0.0], 8),
    "fine Haar": np.tile([1.0, -1.0], 16),
    "Gaussian": np.exp(-4 * POINTS**2),
    "random": np.random.default_rng(1).normal(size=32),
}


def state(name):
    return TargetState(WAVES[name] / np.linalg.norm(WAVES[name]), (-1, 1))


def distance(result):
    """Trace distance, from the eigenvalues of the difference of the two states."""
    ours, theirs = result.walk.amplitudes(), result.target.amplitudes
    difference = np.outer(ours, ours) - np.outer(theirs, theirs)
    return 0.5 * np.abs(np.linalg.eigvalsh(difference)).sum()


@pytest.mark.parametrize("tolerance", [5e-2, 1e-3])
@pytest.mark.parametrize("name", WAVES)
def test_states_are_loaded_with_their_signs(name, tolerance):
    result = fit(state(name), tolerance=tolerance, seed=1)
    assert result.success
    assert result.error == result.trace_distance == pytest.approx(distance(result), abs=1e-7)
    assert result.trace_distance <= tolerance
    assert result.total_variation <= tolerance
    assert f"The trace distance {result.error:.2e} is within the tolerance" in result.message
    assert "mixed signs" not in result.message
    assert "trace distance" in str(result)


def test_a_sine_is_a_product_of_two_ranks():
    assert fit(state("sine"), tolerance=1e-6, seed=1).two_qubit_gates <= 10
    assert fit(state("Haar"), tolerance=1e-3, seed=1).two_qubit_gates == 0


def test_a_common_sign_does_not_matter():
    target = state("Hermite")
    first = fit(target, tolerance=1e-2, seed=1)
    other = TargetState(-target.amplitudes, (-1, 1))
    assert fit(other, walk=first.walk, tolerance=1e-2, seed=1).walk == first.walk


def test_a_given_walk_is_turned_to_a_state():
    walk = MultiscaleWalk.from_windows(5, [(1, 2), (0, 1), (1, 2)], last=[(0, 1)])
    result = fit(state("sine"), walk=walk, tolerance=1e-6, seed=1)
    assert result.success
    assert result.walk.flips == walk.flips


def test_a_missed_state_says_so():
    result = fit(state("random"), max_two_qubit_gates=3, tolerance=1e-2, seed=1)
    assert not result.success
    assert "The trace distance" in result.message
    assert "misses the tolerance" in result.message


def test_a_tree_has_signs(rng):
    amplitudes = rng.normal(size=16)
    amplitudes /= np.linalg.norm(amplitudes)
    tree = TreeWalk.from_amplitudes(amplitudes)
    np.testing.assert_allclose(tree.amplitudes(), amplitudes, atol=1e-14)
    roots = TreeWalk.from_amplitudes(np.abs(amplitudes))
    same = TreeWalk.from_probabilities(amplitudes**2)
    np.testing.assert_allclose(roots.angles, same.angles, atol=1e-14)


def test_results_are_saved_and_loaded(tmp_path):
    result = fit(state("Hermite"), tolerance=1e-2, seed=1)
    result.save(tmp_path / "fit.json")
    assert FitResult.load(tmp_path / "fit.json") == result


def test_coarse_forms_are_projections(rng):
    """The best state in equal parts, and how far the state is from it."""
    amplitudes = rng.normal(size=32) + 1
    amplitudes /= np.linalg.norm(amplitudes)
    grids = Grids(amplitudes**2, amplitudes=amplitudes)
    for bits in range(1, 6):
        coarse = grids.goal(bits)
        assert np.linalg.norm(coarse.amplitudes) == pytest.approx(1)
        equal = np.repeat(coarse.amplitudes, 2 ** (5 - bits)) / 2 ** ((5 - bits) / 2)
        exact = np.sqrt(1 - (equal @ amplitudes) ** 2)
        assert grids.error_of_equal_parts(bits) == pytest.approx(exact, abs=1e-7)


def test_properties():
    target = state("Haar")
    assert target.num_qubits == 5
    assert target.bounds == (-1.0, 1.0)
    assert target.values[[0, -1]].tolist() == [-1, 1]
    assert target.probabilities.sum() == pytest.approx(1)
    assert not target.amplitudes.flags.writeable
    assert TargetState.from_dict(target.to_dict()) == target
    assert hash(TargetState.from_dict(target.to_dict())) == hash(target)
    assert target != state("sine")
    assert repr(target) == "<TargetState: 5 qubits, bounds (-1.0, 1.0)>"
    assert "negative 8 amplitudes" in " ".join(str(target).split())
    assert TargetState([0.6, -0.8]).bounds == (0.0, 1.0)
    assert "negative 1 amplitudes" in " ".join(str(TargetState([0.5, 0.5, 0.5, -0.5])).split())


@pytest.mark.parametrize(
    ("amplitudes", "bounds", "error", "rule"),
    [
        ([1, 1], None, ValueError, "squares of the amplitudes must sum to 1, got 2"),
        ([1, 0, 0], None, ValueError, r"must have 2\*\*n entries, n >= 1, got 3"),
        ([1], None, ValueError, r"must have 2\*\*n entries, n >= 1, got 1"),
        ([np.nan, 1], None, ValueError, "amplitudes must be finite, got nan"),
        ([[1, 0]], None, ValueError, "amplitudes must have shape"),
        ([1j, 0], None, TypeError, "amplitudes must be an array of real numbers"),
        ([1, 0], (1, 0), ValueError, r"bounds must satisfy low < high, got \(1.0, 0.0\)"),
        ([1, 0], (1, 0, 2), ValueError, "bounds must have shape"),
    ],
)
def test_bad_states(amplitudes, bounds, error, rule):
    with pytest.raises(error, match=rule):
        TargetState(amplitudes, bounds)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"signs": "free"}, "a TargetState has signs of its own: leave signs='free' out"),
        ({"method": "exact"}, "fitted by gradients, not by method='exact'"),
        (
            {"method": Variational(shots=None), "walk": MultiscaleWalk(5, [], [])},
            "fitted by gradients, not by method='variational'",
        ),
        ({"walk": SplitStepWalk.template(5, 2)}, "needs a walk with real amplitudes, got <Split"),
    ],
)
def test_options_that_make_no_sense(options, rule):
    with pytest.raises(ValueError, match=rule):
        fit(state("sine"), **options)


def test_families_are_of_distributions():
    with pytest.raises(TypeError, match="targets must hold TargetDistribution objects"):
        fit_many([state("sine")])
