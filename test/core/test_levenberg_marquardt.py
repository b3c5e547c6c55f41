import numpy as np
import pytest
from scipy.optimize import least_squares

from qiskit_ssqw.fitting.levenberg_marquardt import Descent


class Model:
    """The same residuals for every member of the batch, whose error is half their squared norm."""

    def __init__(self, residuals, jacobian, order=(0, 1)):
        self.residuals, self.jacobian, self.calls = residuals, jacobian, 0
        self.order, self.num_residuals = np.array(order), 1

    def columns(self, parameters, members):
        self.calls += 1
        parts = [(self.residuals(row), self.jacobian(row)[:, self.order]) for row in parameters]
        return np.stack([np.column_stack(part) for part in parts])

    def errors(self, residuals):
        return np.sum(residuals**2, axis=-1) / 2

    def weights(self, residuals):
        return np.ones_like(residuals)

    def keep(self, members):
        return self


def rosenbrock():
    return Model(
        lambda x: np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]]),
        lambda x: np.array([[-20 * x[0], 10.0], [-1.0, 0.0]]),
    )


def test_rosenbrock_valley():
    descent = Descent(rosenbrock(), np.array([[-1.2, 1.0], [3.0, -2.0]]))
    descent.run(200, until=-1, patience=20)
    assert descent.parameters == pytest.approx(np.ones((2, 2)), abs=1e-10)
    assert descent.costs == pytest.approx([0, 0], abs=1e-20)


def test_positive_residual_as_scipy(rng):
    matrix, wanted = rng.normal(size=(9, 4)), rng.normal(size=9)

    def residuals(x):
        return np.tanh(matrix @ x) - wanted

    def jacobian(x):
        return matrix / np.cosh(matrix @ x)[:, None] ** 2

    descent = Descent(Model(residuals, jacobian, range(4)), np.zeros((1, 4)))
    descent.run(500, small_gain=1e-12)
    theirs = least_squares(residuals, np.zeros(4), jac=jacobian).x
    assert descent.costs[0] == pytest.approx(np.sum(residuals(theirs) ** 2), rel=1e-4)


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
    descent.run(200, until=0.5)
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


def test_columns_may_come_in_another_order():
    ours, theirs = rosenbrock(), rosenbrock()
    theirs.order = np.array([1, 0])
    descents = [Descent(model, np.array([[-1.2, 1.0]])) for model in (ours, theirs)]
    for descent in descents:
        descent.run(10)
    assert descents[0].parameters == pytest.approx(descents[1].parameters)


def test_large_batches_are_evaluated_in_parts(monkeypatch):
    starts = np.random.default_rng(0).normal(size=(7, 2))
    whole, parts = rosenbrock(), rosenbrock()
    together = Descent(whole, starts)
    monkeypatch.setattr("qiskit_ssqw.fitting.levenberg_marquardt._CHUNK", 6)
    apart = Descent(parts, starts)
    assert (whole.calls, parts.calls) == (1, 4)
    for descent in (together, apart):
        descent.run(5)
    np.testing.assert_allclose(together.parameters, apart.parameters)


def test_reweighting_finds_the_least_absolute_deviations(rng):
    """The median, not the mean: outliers that cannot be met are given up."""
    values = np.concatenate([rng.normal(size=20), [50.0]])

    class Location(Model):
        def weights(self, residuals):
            return 1 / (np.abs(residuals) + 1e-6)

        def errors(self, residuals):
            return np.abs(residuals).sum(-1)

    model = Location(lambda x: x[0] - values, lambda x: np.ones((21, 1)), [0])
    descent = Descent(model, np.array([[10.0]]))
    descent.run(200, small_gain=1e-9)
    assert descent.parameters[0, 0] == pytest.approx(np.median(values), abs=1e-2)
