import numpy as np
import pytest
from scipy.optimize import least_squares

from qiskit_ssqw.fitting.levenberg_marquardt import levenberg_marquardt


def rosenbrock(x):
    return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def rosenbrock_jacobian(x):
    return np.array([[-20 * x[0], 10.0], [-1.0, 0.0]])


def test_rosenbrock_valley():
    found = levenberg_marquardt(rosenbrock, rosenbrock_jacobian, np.array([-1.2, 1.0]), 200)
    assert found == pytest.approx([1, 1], abs=1e-10)


def test_positive_residual_as_scipy(rng):
    matrix, wanted = rng.normal(size=(9, 4)), rng.normal(size=9)

    def residuals(x):
        return np.tanh(matrix @ x) - wanted

    def jacobian(x):
        return matrix / np.cosh(matrix @ x)[:, None] ** 2

    found = levenberg_marquardt(residuals, jacobian, np.zeros(4), 500)
    theirs = least_squares(residuals, np.zeros(4), jac=jacobian).x
    assert np.sum(residuals(found) ** 2) == pytest.approx(np.sum(residuals(theirs) ** 2), rel=1e-4)


def test_redundant_parameters():
    """Only the sum of the two parameters matters, so the normal equations are singular."""
    found = levenberg_marquardt(
        lambda x: np.array([x.sum() - 3.0]), lambda x: np.ones((1, 2)), np.zeros(2), 50
    )
    assert found.sum() == pytest.approx(3, abs=1e-10)


def test_evaluations_are_counted():
    calls = []

    def residuals(x):
        calls.append(x)
        return rosenbrock(x)

    levenberg_marquardt(residuals, rosenbrock_jacobian, np.array([-1.2, 1.0]), 7)
    assert len(calls) == 7


def test_a_stationary_start_is_returned():
    start = np.zeros(2)
    found = levenberg_marquardt(
        lambda x: np.array([1.0 + x[0] ** 2]), lambda x: np.array([[2 * x[0], 0.0]]), start, 100
    )
    np.testing.assert_array_equal(found, start)
