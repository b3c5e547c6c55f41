import numpy as np
import pytest
from reference import dense

from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.objective import Objective
from qiskit_ssqw.metrics import hellinger
from qiskit_ssqw.walks import MultiscaleWalk, SplitStepWalk

TEMPLATES = {
    "multiscale": MultiscaleWalk.from_windows(3, [(1, 2), (0, 1), (1, 2)]),
    "multiscale without flips": MultiscaleWalk(2, [], []),
    "traced ry": SplitStepWalk(3, np.zeros((4, 2)), start=3),
    "traced u": SplitStepWalk(2, np.zeros((2, 2, 3)), initial_coin=[0, 0, 0], repetitions=2),
    "absorbed u": SplitStepWalk(
        2, np.zeros((2, 2, 3)), start=2, initial_coin=0, final_coin=[0, 0, 0], coin="absorbed"
    ),
    "absorbed ry": SplitStepWalk(2, np.zeros((3, 2)), final_coin=0, coin="absorbed"),
}


@pytest.fixture(params=TEMPLATES)
def walk(request, rng):
    template = TEMPLATES[request.param]
    return template.with_parameters(rng.normal(size=template.num_parameters))


@pytest.fixture
def objective(walk, rng):
    return Objective(walk, Goal.of(rng.dirichlet(np.ones(len(walk.probabilities())))))


def loaded_by(walk, goal):
    if not walk.signed:
        return np.sqrt(walk.probabilities())
    amplitudes = walk.amplitudes()
    return amplitudes * np.sign(amplitudes @ goal.amplitudes)


def test_gradient_of_the_loss(walk, objective, rng):
    weights = rng.uniform(0.5, 2, size=len(walk.probabilities()))
    _, _, gradient = objective.loss(walk.parameters, weights)
    expected = dense.derivative(lambda x: objective.loss(x, weights)[1], walk.parameters)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-6)


def test_derivatives_of_the_residuals(walk, objective):
    columns = objective.columns(walk.parameters)
    expected = dense.derivative(lambda x: objective.columns(x)[:, 0], walk.parameters)
    np.testing.assert_allclose(columns[:, 1:], expected, rtol=1e-6, atol=1e-7)


def test_values_follow_their_definitions(walk, objective, rng):
    residuals = loaded_by(walk, objective.goal) - objective.goal.amplitudes
    weights = rng.uniform(size=len(residuals))
    np.testing.assert_allclose(objective.columns(walk.parameters)[:, 0], residuals, atol=1e-13)
    loss = objective.loss(walk.parameters, weights)[1]
    assert loss == pytest.approx(np.sum(weights * residuals**2))


def test_only_signed_walks_match_signs():
    assert MultiscaleWalk.signed
    assert not SplitStepWalk.signed


@pytest.mark.parametrize("name", [name for name in TEMPLATES if not name.startswith("multi")])
def test_unsigned_walk_has_no_loss_at_what_it_loads(rng, name):
    walk = TEMPLATES[name].with_parameters(rng.normal(size=TEMPLATES[name].num_parameters))
    objective = Objective(walk, Goal.of(walk.probabilities()))
    _, loss, gradient = objective.loss(walk.parameters, np.ones(len(walk.probabilities())))
    assert loss == pytest.approx(0, abs=1e-12)
    assert gradient == pytest.approx(0, abs=1e-12)
    assert objective.error() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_signed_walk_has_no_loss_at_an_exact_load_of_either_sign(rng, sign):
    angles = rng.uniform(0.1, np.pi - 0.1, size=3)
    angles[0] += 0 if sign > 0 else 2 * np.pi
    walk = MultiscaleWalk(3, [], [], initial_angles=angles)
    assert np.all(sign * walk.amplitudes() > 0)
    objective = Objective(walk, Goal.of(walk.probabilities()))
    _, loss, gradient = objective.loss(walk.parameters, np.ones(8))
    assert loss == pytest.approx(0, abs=1e-12)
    assert gradient == pytest.approx(0, abs=1e-12)


def test_squared_residuals_are_twice_the_squared_hellinger_distance(rng):
    walk = SplitStepWalk(3, rng.normal(size=(4, 2, 3)))
    target = rng.dirichlet(np.ones(8))
    residuals = Objective(walk, Goal.of(target)).residuals(walk.amplitudes())
    distance = hellinger(target, walk.probabilities())
    assert np.sum(residuals**2) == pytest.approx(2 * distance**2, abs=1e-12)


@pytest.mark.parametrize("coin", ["traced", "absorbed"])
def test_derivatives_are_finite_where_no_walker_arrives(rng, coin):
    walk = SplitStepWalk(3, rng.normal(size=(1, 2, 3)), start=4, coin=coin)
    sites = len(walk.probabilities())
    assert np.any(walk.probabilities() == 0)
    objective, weights = Objective(walk, Goal.of(np.full(sites, 1 / sites))), np.ones(sites)
    _, loss, gradient = objective.loss(walk.parameters, weights)
    assert np.isfinite(loss)
    expected = dense.derivative(lambda x: objective.loss(x, weights)[1], walk.parameters)
    np.testing.assert_allclose(gradient, expected, atol=1e-6)
    derivatives = objective.columns(walk.parameters)[:, 1:]
    assert np.isfinite(derivatives).all()
    assert not derivatives[walk.probabilities() == 0].any()


def test_weighted_squares_are_shares_of_the_total_variation(rng):
    """Where a residual is not small, its weighted square is proportional to |q - p|."""
    goal = Goal.of(rng.dirichlet(np.ones(64)))
    loaded = np.sqrt(rng.dirichlet(np.ones(64)))
    residuals = loaded - goal.amplitudes
    shares = goal.weights(residuals[None])[0] * residuals**2
    exact = np.abs(loaded**2 - goal.amplitudes**2)
    large = np.abs(residuals) > np.abs(residuals).mean()
    ratios = shares[large] / exact[large]
    assert ratios.max() <= 1.3 * ratios.min()


def test_a_state_has_its_trace_distance(rng):
    first, second = (vector / np.linalg.norm(vector) for vector in rng.normal(size=(2, 8)))
    second *= np.sign(first @ second)
    goal = Goal(first, state=True)
    exact = np.sqrt(1 - (first @ second) ** 2)
    assert goal.errors(second - first) == pytest.approx(exact)
    assert (goal.weights(second - first) == 1).all()
