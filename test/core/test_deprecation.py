import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from qiskit_ssqw import TargetDistribution

MARKET = (100.0, 0.2, 0.03, 1.0)


@pytest.fixture(autouse=True)
def _new_ways_are_silent():
    """Whatever is not inside ``pytest.warns`` must not warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


class TestPositions:
    @pytest.mark.parametrize("make", [TargetDistribution.normal, TargetDistribution.lognormal])
    def test_a_rule_by_position(self, make):
        with pytest.warns(DeprecationWarning, match=r"normal: name the argument\(s\) rule="):
            old = make(3, 0.5, 0.1, (0.1, 2), "cell")
        assert old == make(3, 0.5, 0.1, (0.1, 2), rule="cell")

    def test_several_by_position(self):
        with pytest.warns(DeprecationWarning, match=r"from_black_scholes: .* num_std=, rule="):
            old = TargetDistribution.from_black_scholes(3, *MARKET, 3, "pdf")
        assert old == TargetDistribution.from_black_scholes(3, *MARKET, num_std=3, rule="pdf")

    def test_the_warning_names_the_line_of_the_caller(self):
        with pytest.warns(DeprecationWarning, match="num_std=") as caught:
            TargetDistribution.from_black_scholes(3, *MARKET, 3)
        assert caught[0].filename == __file__

    def test_still_too_many(self):
        with (
            pytest.warns(DeprecationWarning, match="rule="),
            pytest.raises(TypeError, match="positional arguments"),
        ):
            TargetDistribution.normal(3, 0, 1, (-1, 1), "pdf", 5)

    def test_twice(self):
        with (
            pytest.warns(DeprecationWarning, match="rule="),
            pytest.raises(TypeError, match="multiple values for keyword argument 'rule'"),
        ):
            TargetDistribution.normal(3, 0, 1, (-1, 1), "pdf", rule="pdf")


class TestOrder:
    def test_a_distribution_first(self):
        new = TargetDistribution.from_scipy(3, stats.norm(), (-2, 2))
        with pytest.warns(DeprecationWarning, match="num_qubits comes first, then distribution"):
            assert TargetDistribution.from_scipy(stats.norm(), 3, (-2, 2)) == new
        with pytest.warns(DeprecationWarning, match="num_qubits comes first"):
            assert TargetDistribution.from_scipy(stats.norm(), num_qubits=3, bounds=(-2, 2)) == new

    @pytest.mark.parametrize(
        ("num_qubits", "shape"), [(3, (50,)), ([3], (50,)), ([3], (50, 1)), ([2, 2], (50, 2))]
    )
    def test_samples_first(self, rng, num_qubits, shape):
        samples = rng.normal(size=shape)
        new = TargetDistribution.from_samples(num_qubits, samples)
        with pytest.warns(DeprecationWarning, match="num_qubits comes first, then samples"):
            assert TargetDistribution.from_samples(samples, num_qubits) == new

    def test_samples_that_look_like_sizes(self):
        new = TargetDistribution.from_samples(2, [1, 2, 3])
        with pytest.warns(DeprecationWarning, match="num_qubits comes first"):
            assert TargetDistribution.from_samples([1, 2, 3], 2) == new

    def test_names_need_no_order(self):
        samples = np.arange(5.0)
        named = TargetDistribution.from_samples(samples=samples, num_qubits=2)
        assert named == TargetDistribution.from_samples(2, samples)


def test_no_test_ignores_deprecations():
    blanket = re.compile(r'filterwarnings\([^)]*"ignore(::(Pending)?DeprecationWarning)?"')
    files = Path(__file__).parents[1].rglob("*.py")
    assert [path for path in files if blanket.search(path.read_text(encoding="utf-8"))] == []
