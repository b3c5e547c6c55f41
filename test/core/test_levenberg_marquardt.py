import numpy as np
import pytest
from scipy.optimize import least_squares

from qiskit_ssqw.fitting.levenberg_marquardt import Descent


class Model:
    """The same residuals for every member of the batch."""

    def __init__(self, residuals, jacobian):
        self.residuals, self.jacobian, self.calls = residuals, jacobian, 0

    def evaluate(self, parameters):
        self.calls += 1
        residuals = np.stack([self.residuals(row) for row in parameters])
        return residuals, np.stack([self.jacobian(row).T for row in parameters])

    def keep(self, members):
        return self


def rosenbrock():
    return Model(
        lambda x: np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]]),
        lambda x: np.array([[-20 * x[0], 10.0], [-1.0, 0.0]]),
    )


def test_rosenbrock_valley():
    descent = Descent(rosenbrock(), np.array([[-1.2, 1.0], [3.0, -2.0]]))
    descent.run(200)
    assert descent.parameters == pytest.approx(np.ones((2, 2)), abs=1e-10)
    assert descent.costs == pytest.approx([0, 0], abs=1e-20)


def test_positive_residual_as_scipy(rng):
    matrix, wanted = rng.normal(size=(9, 4)), rng.normal(size=9)

    def residuals(x):
        return np.tanh(matrix @ x) - wanted

    def jacobian(x):
        return matrix / np.cosh(matrix @ x)[:, None] ** 2

    descent = Descent(Model(residuals, jacobian), np.zeros((1, 4)))
    descent.run(500)
    theirs = least_squares(residuals, np.zeros(4), jac=jacobian).x
    assert descent.costs[0] == pytest.approx(np.sum(residuals(theirs) ** 2), rel=1e-4)
    assert descent.residuals[0] == pytest.approx(residuals(descent.parameters[0]))


def test_redundant_parameters():
    """Only the sum of the two parameters matters, so the normal equations are singular."""
    model = Model(lambda x: np.array([x.sum() - 3.0]), lambda x: np.ones((1, 2)))
    descent = Descent(model, np.zeros((1, 2)))
    descent.run(50)
    assert descent.parameters.sum() == pytest.approx(3, abs=1e-10)


def test_steps_are_counted_and_observed():
    model, seen = rosenbrock(), []
    descent = Descent(model, np.array([[-1.2, 1.0]]), lambda d: seen.append(d.costs.min()))
    descent.run(6)
    assert model.calls == len(seen) == 7
    assert seen == sorted(seen, reverse=True)


def test_it_resumes_where_it_stopped():
    start = np.array([[-1.2, 1.0], [0.5, 0.3]])
    once, twice = Descent(rosenbrock(), start), Descent(rosenbrock(), start)
    once.run(9)
    twice.run(4)
    twice.run(5)
    np.testing.assert_array_equal(once.parameters, twice.parameters)


def test_a_member_descends_as_it_would_alone():
    starts = np.array([[-1.2, 1.0], [0.5, 0.3], [4.0, 4.0]])
    together = Descent(rosenbrock(), starts)
    together.run(5)
    together.keep([2, 0])
    together.run(5)
    for member, start in enumerate(starts[[2, 0]]):
        alone = Descent(rosenbrock(), start[None])
        alone.run(10)
        assert together.parameters[member] == pytest.approx(alone.parameters[0])


def test_it_ends_when_told():
    descent = Descent(rosenbrock(), np.array([[-1.2, 1.0]]))
    descent.run(200, until=lambda residuals: (residuals**2).sum() < 1)
    assert 1e-3 < descent.costs[0] < 1


def test_it_ends_after_small_gains():
    model = rosenbrock()
    Descent(model, np.array([[-1.2, 1.0]])).run(200, small_gain=0.9, patience=1)
    assert model.calls < 6


def test_a_stationary_start_is_returned():
    model = Model(lambda x: np.array([1.0 + x[0] ** 2]), lambda x: np.array([[2 * x[0], 0.0]]))
    descent = Descent(model, np.zeros((1, 2)))
    descent.run(100)
    np.testing.assert_array_equal(descent.parameters, np.zeros((1, 2)))
    assert model.calls < 60
