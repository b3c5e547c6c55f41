import numpy as np
import pytest

from qiskit_ssqw import SplitStepWalk, TargetDistribution, fit
from qiskit_ssqw.fitting import fit_fewest_steps
from qiskit_ssqw.fitting.result import assess


@pytest.mark.parametrize(
    ("structure", "num_qubits", "tolerance", "steps"),
    [
        ({"coin": "absorbed"}, 3, 1e-8, 2),
        ({"coin": "absorbed"}, 4, 1e-8, 4),
        pytest.param({"coin": "absorbed"}, 5, 1e-6, 8, marks=pytest.mark.deep),
        ({"coin": "traced"}, 3, 1e-3, 3),
        ({"coin": "traced"}, 3, 1e-8, 4),
        pytest.param({"coin": "traced"}, 4, 1e-8, 8, marks=pytest.mark.deep),
        ({"coin": "traced", "repetitions": 2}, 3, 1e-3, 6),
        ({"coin": "traced", "coins": "ry"}, 3, 0.3, 1),
    ],
)
def test_fewest_steps_of_the_reference(lognormal, structure, num_qubits, tolerance, steps):
    target = lognormal(num_qubits)
    result = fit_fewest_steps(target, tolerance=tolerance, seed=1, **structure)
    assert result.success
    assert result.walk.num_steps == steps
    assert result.walk.coin == structure["coin"]
    assert result.walk.repetitions == structure.get("repetitions", 1)
    assert result.seed == 1


def test_one_step_less_misses(lognormal):
    target = lognormal(3)
    result = fit_fewest_steps(target, tolerance=1e-6, coin="absorbed", seed=1)
    shorter = SplitStepWalk.template(
        2, result.walk.num_steps - 1, coin="absorbed", start=result.walk.start
    )
    assert not fit(target, walk=shorter, tolerance=1e-6, seed=1).success


@pytest.mark.parametrize("needed", range(1, 12))
@pytest.mark.parametrize("max_steps", [11, 16])
def test_search_by_doubling_and_halving(lognormal, monkeypatch, needed, max_steps):
    asked = []
    walk = SplitStepWalk(3, [[1, 1]])
    good = assess(walk, TargetDistribution(walk.probabilities(), (0, 1)), 0.01, advice="none")
    bad = assess(walk, TargetDistribution(np.full(8, 1 / 8), (0, 1)), 0.01, advice="go on")

    def enough(target, *, walk, **_):
        asked.append(walk.num_steps)
        return good if walk.num_steps >= needed else bad

    monkeypatch.setattr("qiskit_ssqw.fitting.shortest.fit", enough)
    result = fit_fewest_steps(lognormal(3), max_steps=max_steps, seed=1)
    assert result.success
    assert min(steps for steps in asked if steps >= needed) == needed
    assert needed == 1 or needed - 1 in asked
    assert len(asked) == len(set(asked)) <= 9


def test_the_best_of_walks_that_all_miss(lognormal):
    result = fit_fewest_steps(lognormal(3), tolerance=1e-6, coins="ry", max_steps=2, seed=1)
    assert not result.success
    assert 0 < result.total_variation < 0.5
    assert result.walk.num_steps == 2


@pytest.mark.parametrize(("steps", "start"), [(1, 5), (2, 5), (3, 5), (4, 1)])
def test_default_start(monkeypatch, steps, start):
    """A short walk covers the most probable sites; a long one begins at the mode."""
    seen = {}

    def spy(target, *, walk, tolerance, **_):
        seen[walk.num_steps] = walk.start
        return assess(walk, target, tolerance, advice="go on")

    monkeypatch.setattr("qiskit_ssqw.fitting.shortest.fit", spy)
    weights = np.array([0, 0, 0, 1, 4, 9, 3, 1]) + 1e-3
    target = TargetDistribution(weights / weights.sum(), (0, 1))
    fit_fewest_steps(target, tolerance=1e-9, coins="ry", max_steps=steps, seed=1)
    assert seen[steps] == start


def test_given_start(lognormal):
    assert fit_fewest_steps(lognormal(3), start=6, max_steps=1, seed=1).walk.start == 6


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"target": [0.5, 0.5]}, TypeError, "must be a TargetDistribution, got"),
        ({"max_steps": 0}, ValueError, "max_steps must be at least 1, got 0"),
        ({"tolerance": 0}, ValueError, "tolerance must lie strictly between 0 and 1, got 0"),
        ({"start": 8}, ValueError, "start must be below the 8 sites of the cycle, got 8"),
        ({"coins": "rz"}, ValueError, "coins must be one of 'ry', 'u', got 'rz'"),
        ({"coin": "thrown"}, ValueError, "coin must be one of 'traced', 'absorbed', got 'thrown'"),
        ({"colour": "red"}, TypeError, "colour"),
        ({"seed": -1}, ValueError, "seed must be at least 0, got -1"),
    ],
)
def test_bad_input(lognormal, changes, error, message):
    arguments = {"target": lognormal(3), **changes}
    with pytest.raises(error, match=message):
        fit_fewest_steps(arguments.pop("target"), **arguments)


def test_an_absorbed_coin_needs_a_position_qubit():
    with pytest.raises(ValueError, match="num_position_qubits must be at least 1, got 0"):
        fit_fewest_steps(TargetDistribution([0.5, 0.5], (0, 1)), coin="absorbed")
