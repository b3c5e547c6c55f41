"""What the derivatives of every walk must satisfy, checked against finite differences."""

import numpy as np

from . import dense


def check_jacobian(walk):
    amplitudes, jacobian = walk.jacobian(walk.parameters)
    expected = dense.derivative(lambda x: walk.with_parameters(x).amplitudes(), walk.parameters)
    assert jacobian.shape == (2**walk.num_qubits, walk.num_parameters)
    np.testing.assert_allclose(amplitudes, walk.amplitudes(), rtol=0, atol=1e-13)
    np.testing.assert_allclose(jacobian, expected, rtol=0, atol=1e-8)


def check_pullback(walk, cotangent):
    untouched = cotangent.copy()
    amplitudes, pullback = walk.vjp(walk.parameters)
    gradient = pullback(cotangent)
    np.testing.assert_array_equal(cotangent, untouched)
    np.testing.assert_allclose(amplitudes, walk.amplitudes(), rtol=0, atol=1e-13)
    by_jacobian = (cotangent.conj() @ walk.jacobian(walk.parameters)[1]).real
    np.testing.assert_allclose(gradient, by_jacobian, rtol=0, atol=1e-11)
    by_differences = dense.derivative(
        lambda x: np.vdot(cotangent, walk.with_parameters(x).amplitudes()).real, walk.parameters
    )
    np.testing.assert_allclose(gradient, by_differences, rtol=0, atol=1e-7)
    amplitudes[...] = 0
    np.testing.assert_array_equal(pullback(cotangent), gradient)
