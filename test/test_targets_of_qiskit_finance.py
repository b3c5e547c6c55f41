import numpy as np
import pytest
from reference import data
from theirs import LogNormalDistribution, NormalDistribution

from qiskit_ssqw import TargetDistribution

ONE_D = [
    (1, 0.1, 0.5, (0.2, 1.7)),
    (3, data.MU, data.SIGMA**2, data.BOUNDS),
    (4, -0.3, 2.0, (0.0, 3.0)),
    (5, None, None, None),
]
TWO_D = [
    ([2, 3], [0.1, -0.2], [[1.0, 0.4], [0.4, 0.5]], [(0.1, 2.0), (0.3, 1.5)]),
    ([3, 1], [0.5, 0.2], [[0.3, -0.2], [-0.2, 0.6]], [(0.0, 2.0), (-1.0, 2.5)]),
    ([1, 2], None, None, None),
]


@pytest.mark.filterwarnings("ignore::qiskit_ssqw.targets.GridWarning")
@pytest.mark.parametrize("arguments", ONE_D + TWO_D)
@pytest.mark.parametrize(
    ("make", "theirs"),
    [
        (TargetDistribution.normal, NormalDistribution),
        (TargetDistribution.lognormal, LogNormalDistribution),
    ],
)
def test_pdf_rule_equals_qiskit_finance(make, theirs, arguments):
    ours, expected = make(*arguments), theirs(*arguments)
    assert ours.probabilities.ravel() == pytest.approx(expected.probabilities, abs=1e-12)
    np.testing.assert_allclose(ours.values, expected.values, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(ours.bounds, expected.bounds)
    assert ours.num_qubits == np.sum(arguments[0])
    assert ours.register_sizes == tuple(np.atleast_1d(arguments[0]))
    assert ours.probabilities.shape == tuple(2**n for n in ours.register_sizes)
