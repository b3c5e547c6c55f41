import numpy as np
import pytest
from reference import dense

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
    return Objective(walk, rng.dirichlet(np.ones(len(walk.probabilities()))))


def loaded_by(walk):
    return walk.amplitudes() if walk.signed else np.sqrt(walk.probabilities())


def test_gradient_of_the_loss(walk, objective):
    _, gradient = objective.loss(walk.parameters)
    expected = dense.derivative(lambda x: objective.loss(x)[0], walk.parameters)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-6)


def test_jacobian_of_the_residuals(walk, objective):
    jacobian = objective.evaluate(walk.parameters)[1]
    expected = dense.derivative(lambda x: objective.evaluate(x)[0], walk.parameters)
    np.testing.assert_allclose(jacobian, expected, rtol=1e-6, atol=1e-7)


def test_values_follow_their_definitions(walk, rng):
    target = rng.dirichlet(np.ones(len(walk.probabilities())))
    objective = Objective(walk, target)
    overlap = np.sum(np.sqrt(target) * loaded_by(walk))
    assert objective.loss(walk.parameters)[0] == pytest.approx(-np.log(overlap**2), abs=1e-12)
    residuals = loaded_by(walk) - np.sqrt(target)
    np.testing.assert_allclose(objective.evaluate(walk.parameters)[0], residuals, atol=1e-13)


def test_only_signed_walks_match_signs():
    assert MultiscaleWalk.signed
    assert not SplitStepWalk.signed


@pytest.mark.parametrize("name", [name for name in TEMPLATES if not name.startswith("multi")])
def test_unsigned_walk_has_no_loss_at_what_it_loads(rng, name):
    walk = TEMPLATES[name].with_parameters(rng.normal(size=TEMPLATES[name].num_parameters))
    objective = Objective(walk, walk.probabilities())
    loss, gradient = objective.loss(walk.parameters)
    assert loss == pytest.approx(0, abs=1e-12)
    assert gradient == pytest.approx(0, abs=1e-12)
    assert objective.evaluate(walk.parameters)[0] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_signed_walk_has_no_loss_at_an_exact_load_of_either_sign(rng, sign):
    angles = rng.uniform(0.1, np.pi - 0.1, size=3)
    angles[0] += 0 if sign > 0 else 2 * np.pi
    walk = MultiscaleWalk(3, [], [], initial_angles=angles)
    assert np.all(sign * walk.amplitudes() > 0)
    loss, gradient = Objective(walk, walk.probabilities()).loss(walk.parameters)
    assert loss == pytest.approx(0, abs=1e-12)
    assert gradient == pytest.approx(0, abs=1e-12)


def test_squared_residuals_are_twice_the_squared_hellinger_distance(rng):
    walk = SplitStepWalk(3, rng.normal(size=(4, 2, 3)))
    target = rng.dirichlet(np.ones(8))
    residuals = Objective(walk, target).evaluate(walk.parameters)[0]
    distance = hellinger(target, walk.probabilities())
    assert np.sum(residuals**2) == pytest.approx(2 * distance**2, abs=1e-12)


@pytest.mark.parametrize("coin", ["traced", "absorbed"])
def test_derivatives_are_finite_where_no_walker_arrives(rng, coin):
    walk = SplitStepWalk(3, rng.normal(size=(1, 2, 3)), start=4, coin=coin)
    sites = len(walk.probabilities())
    assert np.any(walk.probabilities() == 0)
    objective = Objective(walk, np.full(sites, 1 / sites))
    loss, gradient = objective.loss(walk.parameters)
    assert np.isfinite(loss)
    np.testing.assert_allclose(
        gradient, dense.derivative(lambda x: objective.loss(x)[0], walk.parameters), atol=1e-6
    )
    assert np.isfinite(objective.evaluate(walk.parameters)[1]).all()
    assert not objective.evaluate(walk.parameters)[1][walk.probabilities() == 0].any()
