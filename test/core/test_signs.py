"""The signs of the amplitudes: of one sign by default, free on demand."""

import re

import numpy as np
import pytest

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, TargetDistribution, fit, fit_many
from qiskit_ssqw.fitting import Variational
from qiskit_ssqw.fitting.contest import Round
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.levenberg_marquardt import Descent
from qiskit_ssqw.fitting.models import FlipModel
from qiskit_ssqw.fitting.objective import error_of
from qiskit_ssqw.metrics import fidelity, total_variation
from qiskit_ssqw.walks import TorusWalk, TreeWalk

TARGET = TargetDistribution([0.02, 0.08, 0.15, 0.3, 0.2, 0.15, 0.07, 0.03], (0, 7))
PLANE = [(-2, 2), (-2, 2)]


def on_the_line(probabilities):
    return TargetDistribution(probabilities, (0, len(probabilities) - 1))


def random_target(shape, seed, concentration=1.0):
    weights = np.random.default_rng(seed).dirichlet(np.full(np.prod(shape), concentration))
    return TargetDistribution(weights.reshape(shape), (0, 1) if len(shape) == 1 else PLANE)


def correlated(share):
    return TargetDistribution.normal([2, 2], [0, 0], [[1, share], [share, 1]], PLANE)


def wrong_mass(result):
    """Probability on amplitudes whose sign is not that of most."""
    amplitudes = result.walk.amplitudes()
    loaded = amplitudes**2
    return min(loaded[amplitudes < 0].sum(), loaded[amplitudes > 0].sum())


def assert_one_sign(result):
    """Up to what a walk within the tolerance may do."""
    root, amplitudes = np.sqrt(result.target.probabilities.ravel()), result.walk.amplitudes()
    assert result.fidelity == pytest.approx((root @ amplitudes) ** 2, rel=1e-12)
    error = max(result.total_variation, result.tolerance if result.success else 0)
    assert 1 - result.fidelity <= 2 * error + 1e-12
    assert wrong_mass(result) <= error + 1e-12


@pytest.mark.parametrize("draw", range(4))
@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4])
@pytest.mark.parametrize("concentration", [0.3, 3.0])
@pytest.mark.parametrize("tolerance", [2e-2, 1e-5])
def test_random_targets(num_qubits, draw, concentration, tolerance):
    target = random_target((2**num_qubits,), draw, concentration)
    result = fit(target, tolerance=tolerance, seed=draw)
    assert result.success
    assert_one_sign(result)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("num_qubits", [3, 4])
@pytest.mark.parametrize("tolerance", [2e-2, 5e-3, 2e-3])
def test_the_reference(lognormal, num_qubits, seed, tolerance):
    result = fit(lognormal(num_qubits), tolerance=tolerance, seed=seed)
    assert result.success
    assert_one_sign(result)


@pytest.mark.parametrize("order", ["auto", "concatenated", "interleaved"])
@pytest.mark.parametrize("share", [-0.5, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("seed", range(2))
def test_two_correlated_assets_of_two_qubits(share, order, seed):
    result = fit(correlated(share), tolerance=1e-2, order=order, seed=seed)
    assert result.success
    assert_one_sign(result)


@pytest.mark.parametrize("draw", range(3))
def test_random_grids_of_two_assets(draw):
    result = fit(random_target((4, 4), draw), tolerance=1e-3, seed=draw)
    assert result.success
    assert_one_sign(result)


@pytest.mark.parametrize("budget", [1, 2, 3, 5])
@pytest.mark.parametrize("shape", [(8,), (16,), (4, 4)])
def test_budgets(shape, budget):
    target = random_target(shape, budget, 3.0)
    result = fit(target, max_two_qubit_gates=budget, tolerance=1e-9, seed=budget)
    assert_one_sign(result)


def test_two_flips_load_the_reference_with_free_signs_only(lognormal):
    limits = {"max_two_qubit_gates": 2, "tolerance": 5e-3, "seed": 1}
    positive, free = fit(lognormal(3), **limits), fit(lognormal(3), signs="free", **limits)
    assert_one_sign(positive)
    assert not positive.success
    assert positive.message.endswith('or allow mixed signs with signs="free".')
    assert free.success
    assert free.fidelity < 0.99
    assert free.message.startswith("The amplitudes have mixed signs and a fidelity of 0.")


@pytest.mark.parametrize("seed", range(2))
def test_free_signs_take_fewer_gates(lognormal, seed):
    positive, free = (
        fit(lognormal(3), tolerance=5e-3, signs=signs, seed=seed) for signs in ("positive", "free")
    )
    assert (positive.two_qubit_gates, free.two_qubit_gates) == (3, 2)
    assert positive == fit(lognormal(3), tolerance=5e-3, seed=seed)
    assert free.success
    assert 1 - free.fidelity > 10 * free.tolerance


def test_free_signs_change_nothing_from_five_qubits_on(lognormal):
    results = [fit(lognormal(5), tolerance=2e-2, signs=signs, seed=1) for signs in (None, "free")]
    assert results[0] == results[1]


def random_family():
    """From one random distribution halfway to another one."""
    first, last = (random_target((8,), seed).probabilities for seed in (0, 1))
    return [on_the_line(0.9**step * first + (1 - 0.9**step) * last) for step in range(3)]


def smooth_family():
    deviations = np.linspace(0.11, 0.15, 3)
    return [TargetDistribution.lognormal(3, 0.69, std**2, (1.2, 2.8)) for std in deviations]


@pytest.mark.parametrize(("family", "tolerance"), [(random_family, 2e-2), (smooth_family, 5e-3)])
def test_families(family, tolerance):
    """Warm starts, too."""
    positive, free = (
        fit_many(family(), tolerance=tolerance, seed=1, **signs)
        for signs in ({}, {"signs": "free"})
    )
    assert all(result.success for result in positive + free)
    for result in positive:
        assert_one_sign(result)
    assert any(1 - result.fidelity > 4 * tolerance for result in free)
    assert sum(r.two_qubit_gates for r in free) < sum(r.two_qubit_gates for r in positive)


def mixed_walk():
    """A walk of mixed signs, and the target that it loads exactly."""
    angles = [[0.2, -0.9], [-0.8, -0.8]]
    walk = MultiscaleWalk(3, [(2, 1), (1, 0)], angles, initial_angles=[2.9, 0.8, 1.0])
    target = on_the_line(walk.probabilities())
    assert fidelity(target.probabilities, walk.amplitudes()) < 0.5
    return walk, target


@pytest.mark.parametrize("memory", [None, 0])
def test_a_given_walk_of_mixed_signs_is_not_taken_as_it_is(monkeypatch, memory):
    if memory is not None:  # by the adjoint gradient
        monkeypatch.setattr("qiskit_ssqw.fitting.large._LARGEST_JACOBIAN", memory)
        monkeypatch.setattr("qiskit_ssqw.fitting.given._ROUNDS", (Round(25, 2), Round(100, 1)))
    walk, target = mixed_walk()
    assert fit(target, walk=walk, signs="free", seed=1).walk == walk
    result = fit(target, walk=walk, seed=1)
    assert_one_sign(result)
    assert result.walk.flips == walk.flips
    assert result.fidelity > 0.9
    start = walk.with_parameters(walk.parameters + 0.05)
    freely = fit(target, walk=start, signs="free", tolerance=1e-6, seed=1)
    assert freely.success


def test_a_given_walk_of_negative_amplitudes_is_as_good_as_a_positive_one():
    tree = TreeWalk.from_probabilities(TARGET.probabilities)
    negative = tree.with_parameters(tree.parameters + 2 * np.pi * (np.arange(7) == 0))
    np.testing.assert_allclose(negative.amplitudes(), -tree.amplitudes(), atol=1e-15)
    assert fit(TARGET, walk=negative, tolerance=1e-9, seed=1).walk == negative


def test_a_tree_of_mixed_signs_is_turned_round():
    tree = TreeWalk.from_probabilities(TARGET.probabilities)
    mixed = tree.with_parameters(tree.parameters * np.array([1, -1, 1, 1, 1, -1, 1]))
    assert total_variation(TARGET.probabilities, mixed.probabilities()) < 1e-15
    result = fit(TARGET, walk=mixed, tolerance=1e-6, seed=1)
    assert result.success
    assert_one_sign(result)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"walk": SplitStepWalk.template(3, 2)}, "leave it out with <SplitStepWalk: 3 position"),
        ({"walk": TorusWalk.template((2, 1), 2)}, "leave it out with <TorusWalk: 2"),
        ({"method": "exact"}, "signs is for gradient fits: leave it out with method='exact'"),
        (
            {"walk": MultiscaleWalk(3, [], []), "method": "variational"},
            "leave it out with method='variational'",
        ),
        (
            {"walk": MultiscaleWalk(3, [], []), "method": Variational(shots=None)},
            "leave it out with method='variational'",
        ),
    ],
)
@pytest.mark.parametrize("signs", ["positive", "free"])
def test_signs_where_they_make_no_sense(options, message, signs):
    with pytest.raises(ValueError, match=message):
        fit(TARGET, signs=signs, **options)


@pytest.mark.parametrize("call", [fit, lambda target, **options: fit_many([target], **options)])
def test_an_unknown_word(call):
    with pytest.raises(ValueError, match="signs must be one of 'positive', 'free', got 'negative'"):
        call(TARGET, signs="negative")


def test_fidelity_of_lattice_walks():
    """Phases count against it, and a coin that is traced out is entangled."""
    absorbed = fit(TARGET, walk=SplitStepWalk.template(2, 2, coin="absorbed", start=2), seed=1)
    root, amplitudes = np.sqrt(TARGET.probabilities), absorbed.walk.amplitudes()
    assert absorbed.success
    assert absorbed.fidelity == pytest.approx(abs(root @ amplitudes) ** 2)
    assert absorbed.fidelity < 0.99
    traced = fit(TARGET, method="exact", seed=1)
    parts = traced.walk.amplitudes().reshape(2, 8)
    assert traced.success
    assert traced.fidelity == pytest.approx(sum(abs(root @ part) ** 2 for part in parts))
    for result in (absorbed, traced):
        assert "mixed signs" not in result.message
        assert re.search(rf"fidelity +{result.fidelity:.6f} +with the state", str(result))
        assert "phases are free" in str(result)


def test_fidelity_in_the_summary():
    result = fit(TARGET, tolerance=1e-3, seed=1)
    line = rf"fidelity +{result.fidelity:.6f} +with the state sum sqrt\(p\) \|x>"
    assert any(re.fullmatch(rf" *{line}", shown) for shown in str(result).split("\n"))


def test_the_error_is_the_total_variation_of_amplitudes_of_one_sign(rng):
    p, q = (rng.dirichlet(np.ones(8)) for _ in range(2))
    goal, tree = Goal.of(p), TreeWalk.from_probabilities(q)
    assert error_of(tree, goal) == pytest.approx(total_variation(p, tree.probabilities()))
    lattice = SplitStepWalk(3, rng.normal(size=(2, 2)))
    assert error_of(lattice, goal) == pytest.approx(total_variation(p, lattice.probabilities()))


def test_the_error_counts_wrong_signs():
    """A site of probability p with the wrong sign adds 2 p, so 1 - F is at most twice the error."""
    mixed, target = mixed_walk()
    goal = Goal.of(target.probabilities)
    error = error_of(mixed, goal)
    amplitudes = mixed.amplitudes()
    wrong = min(np.sum(amplitudes[amplitudes * sign < 0] ** 2) for sign in (1, -1))
    assert error == pytest.approx(2 * wrong)
    assert 1 - fidelity(target.probabilities, amplitudes) <= 2 * error
    assert error_of(mixed, goal, free_signs=True) < 1e-15


def test_errors_bound_infidelities(rng):
    for _ in range(200):
        goal = Goal.of(rng.dirichlet(np.ones(8)))
        amplitudes = rng.normal(size=8)
        amplitudes /= np.linalg.norm(amplitudes) * np.sign(amplitudes @ goal.amplitudes)
        error = goal.errors(amplitudes - goal.amplitudes)
        assert 1 - (amplitudes @ goal.amplitudes) ** 2 <= 2 * error + 1e-12
        assert error >= total_variation(goal.amplitudes**2, amplitudes**2) - 1e-12


def test_a_batch_has_the_errors_of_its_walks(rng):
    walk, target = mixed_walk()
    goal, starts = Goal.of(target.probabilities), rng.normal(size=(20, walk.num_parameters))
    for free in (False, True):
        model = FlipModel(walk, goal, free_signs=free)
        walks = [walk.with_parameters(start) for start in starts]
        expected = [error_of(w, goal, free_signs=free) for w in walks]
        np.testing.assert_allclose(Descent(model, starts).errors, expected, atol=1e-14)
        np.testing.assert_allclose(model.first_errors(starts), expected, atol=1e-14)
