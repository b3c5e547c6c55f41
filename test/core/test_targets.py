import json
from itertools import pairwise

import numpy as np
import pytest
from reference import data
from scipy import integrate, special, stats

from qiskit_ssqw import TargetDistribution
from qiskit_ssqw.targets import GridWarning

CORRELATED = [[0.09, 0.03], [0.03, 0.16]]


def call_value(target):
    return target.expectation(lambda price: max(price - data.CALL_STRIKE, 0))


def edges_of(axis):
    return np.concatenate([[-np.inf], (axis[1:] + axis[:-1]) / 2, [np.inf]])


def test_reference_grid(reference_market):
    target = TargetDistribution.from_black_scholes(3, **reference_market, num_std=3, rule="pdf")
    assert target.bounds == pytest.approx(data.BOUNDS, abs=1e-12)
    assert target.probabilities == pytest.approx(data.PROBABILITIES, abs=1e-12)


@pytest.mark.parametrize(("num_qubits", "value"), data.CALL_ON_GRID.items())
def test_call_summed_over_the_grid(reference_market, num_qubits, value):
    target = TargetDistribution.from_black_scholes(
        num_qubits, **reference_market, num_std=3, rule="pdf"
    )
    assert call_value(target) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("rule", "num_std", "percent"), [("pdf", 3, -1.93), ("cell", 3, -0.19), ("cell", 4, 0.08)]
)
def test_grid_error_of_the_call(reference_market, rule, num_std, percent):
    target = TargetDistribution.from_black_scholes(
        5, **reference_market, num_std=num_std, rule=rule
    )
    error = 100 * (call_value(target) / data.CALL_BLACK_SCHOLES - 1)
    assert error == pytest.approx(percent, abs=0.02)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({}, {"grid": "log"}),
        ({"tail_mass": 0.01}, {"grid": "log", "tail_mass": 0.01}),
        ({"num_std": 4}, {"grid": "linear", "num_std": 4, "rule": "cell"}),
        ({"rule": "pdf"}, {"grid": "linear", "rule": "pdf"}),
        ({"rule": "cell"}, {"grid": "linear", "rule": "cell"}),
        ({"grid": "log", "rule": "cell"}, {"grid": "log"}),
    ],
)
def test_what_black_scholes_makes_of_missing_arguments(reference_market, given, meant):
    target, explicit = (
        TargetDistribution.from_black_scholes(5, **reference_market, **options)
        for options in (given, meant)
    )
    assert target == explicit


def test_a_linear_grid_knows_the_forward(reference_market):
    target = TargetDistribution.from_black_scholes(5, **reference_market, num_std=4)
    forward = 2 * np.exp(0.05 * 40 / 365)
    assert target.expectation(lambda price: price) == pytest.approx(forward, rel=1e-3)


def test_a_linear_grid_stays_above_zero():
    target = TargetDistribution.from_black_scholes(4, 1.0, 1.5, 0.0, 1.0, num_std=4)
    assert target.bounds[0] == 0
    assert target.probabilities.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("make", "cdf", "bounds"),
    [
        (TargetDistribution.normal, stats.norm(0.2, 0.6).cdf, (-0.5, 1.0)),
        (TargetDistribution.lognormal, stats.lognorm(0.6, scale=np.exp(0.2)).cdf, (0.4, 2.0)),
        (TargetDistribution.lognormal, stats.lognorm(0.6, scale=np.exp(0.2)).cdf, (-1.0, 2.0)),
    ],
)
@pytest.mark.parametrize("num_qubits", [1, 2, 4])
def test_cells_are_differences_of_the_cdf_with_both_tails(make, cdf, bounds, num_qubits):
    target = make(num_qubits, 0.2, 0.36, bounds, rule="cell")
    edges = edges_of(np.linspace(*bounds, 2**num_qubits))
    expected = [cdf(high) - cdf(low) for low, high in pairwise(edges)]
    assert target.probabilities == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize(
    ("make", "marginals"),
    [
        (TargetDistribution.normal, [stats.norm(0.1, 0.3), stats.norm(-0.1, 0.4)]),
        (
            TargetDistribution.lognormal,
            [stats.lognorm(0.3, scale=np.exp(0.1)), stats.lognorm(0.4, scale=np.exp(-0.1))],
        ),
    ],
)
def test_marginals_of_cells_in_two_dimensions(make, marginals):
    bounds = [(0.2, 1.0), (0.1, 1.4)]
    target = make([2, 3], [0.1, -0.1], CORRELATED, bounds, rule="cell")
    for axis, marginal in enumerate(marginals):
        edges = edges_of(np.linspace(*bounds[axis], target.probabilities.shape[axis]))
        loaded = target.probabilities.sum(axis=1 - axis)
        assert loaded == pytest.approx(np.diff(marginal.cdf(edges)), abs=1e-12)


def test_each_cell_in_two_dimensions_is_an_integral():
    target = TargetDistribution.normal(
        [1, 2], sigma=CORRELATED, bounds=[(-0.2, 0.3)] * 2, rule="cell"
    )
    first, second = (edges_of(np.linspace(-0.2, 0.3, size)) for size in (2, 4))
    slope, spread = 0.03 / 0.09, np.sqrt(0.16 - 0.03**2 / 0.09)
    for i in range(2):
        for j in range(4):

            def strip(x, j=j):
                below, upto = special.ndtr((second[j : j + 2] - slope * x) / spread)
                return stats.norm.pdf(x, scale=0.3) * (upto - below)

            low, high = np.clip(first[i : i + 2], -3, 3)
            mass, _ = integrate.quad(strip, low, high, epsabs=1e-12)
            assert target.probabilities[i, j] == pytest.approx(mass, abs=1e-9)


def test_cells_of_three_independent_dimensions_are_products():
    variances, bounds = [0.5, 1.0, 2.0], [(-1, 1), (0, 1), (-2, 0)]
    target = TargetDistribution.normal(
        [1, 2, 1], sigma=np.diag(variances), bounds=bounds, rule="cell"
    )
    single = [
        TargetDistribution.normal(n, 0, v, b, rule="cell").probabilities
        for n, v, b in zip([1, 2, 1], variances, bounds, strict=True)
    ]
    np.testing.assert_allclose(
        target.probabilities, np.einsum("i,j,k->ijk", *single), rtol=0, atol=1e-4
    )


def test_far_tail_keeps_its_shape():
    with pytest.warns(GridWarning, match=r"100 % of the probability lies below .*\(50, 50\.3\)"):
        target = TargetDistribution.normal(2, 0, 1, (50, 50.3))
    x = target.values
    expected = np.exp(-(x**2 - 50**2) / 2)
    assert target.probabilities == pytest.approx(expected / expected.sum(), abs=1e-12)


def test_samples_are_counted_per_cell():
    samples = [-7.0, 0.0, 0.4, 0.6, 1.4, 1.6, 2.4, 2.6, 3.0, 99.0, 98.0, 97.0]
    target = TargetDistribution.from_samples(2, samples, bounds=(0, 3))
    assert (12 * target.probabilities).round(12).tolist() == [3, 2, 2, 5]


def test_bounds_of_samples_default_to_their_range():
    target = TargetDistribution.from_samples(2, [2.0, -1.0, 0.0, 0.6, 0.2])
    assert target.bounds == (-1.0, 2.0)
    assert (5 * target.probabilities).round(12).tolist() == [1, 2, 1, 1]


def test_samples_in_two_dimensions():
    samples = [(0, 0), (0.2, 1.1), (0.9, 3.0), (0.6, 2.9), (5, -5), (-5, 1.6)]
    target = TargetDistribution.from_samples([1, 2], samples, bounds=[(0, 1), (0, 3)])
    expected = [[1, 1, 1, 0], [1, 0, 0, 2]]
    assert (6 * target.probabilities).round(12).tolist() == expected
    default = TargetDistribution.from_samples([1, 2], samples)
    assert default.bounds == ((-5.0, 5.0), (-5.0, 3.0))


@pytest.mark.parametrize("samples", [[0.0, 1.0, 1.0], [[0.0], [1.0], [1.0]]])
@pytest.mark.parametrize("num_qubits", [1, [1]])
def test_samples_of_one_dimension_in_either_shape(samples, num_qubits):
    target = TargetDistribution.from_samples(num_qubits, samples)
    assert target.probabilities == pytest.approx([1 / 3, 2 / 3])


def test_student_t_from_scipy():
    student, points = stats.t(3), np.linspace(-4, 4, 16)
    cells = TargetDistribution.from_scipy(4, student, (-4, 4))
    assert cells.probabilities == pytest.approx(np.diff(student.cdf(edges_of(points))), abs=1e-14)
    density = TargetDistribution.from_scipy(4, student, (-4, 4), rule="pdf")
    assert density.probabilities == pytest.approx(
        student.pdf(points) / student.pdf(points).sum(), abs=1e-14
    )


def test_discrete_distribution_under_the_cell_rule():
    binomial = stats.binom(7, 0.3)
    target = TargetDistribution.from_scipy(3, binomial, (0, 7))
    assert target.probabilities == pytest.approx(binomial.pmf(np.arange(8)), abs=1e-14)


@pytest.mark.parametrize(("rule", "method"), [("pdf", "pdf"), ("cell", "cdf")])
def test_distribution_without_the_method_of_the_rule(rule, method):
    with pytest.raises(
        TypeError, match=f'rule "{rule}" needs a distribution with the method {method}'
    ):
        TargetDistribution.from_scipy(3, object(), (0, 7), rule=rule)


def test_discrete_distribution_has_no_density():
    with pytest.raises(TypeError, match='rule "pdf" needs a distribution with the method pdf'):
        TargetDistribution.from_scipy(3, stats.binom(7, 0.3), (0, 7), rule="pdf")


@pytest.mark.filterwarnings("ignore::qiskit_ssqw.targets.GridWarning")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TargetDistribution.lognormal(2, bounds=(-2, -1)), "no probability on the grid"),
        (
            lambda: TargetDistribution.from_scipy(2, stats.uniform(), (2, 3), rule="pdf"),
            "no probability on the grid",
        ),
        (
            lambda: TargetDistribution.from_scipy(2, stats.gamma(0.5), (0, 3), rule="pdf"),
            "density is infinite at a grid point",
        ),
    ],
)
def test_density_without_a_finite_positive_sum(make, message):
    with pytest.raises(ValueError, match=message):
        make()


TARGETS = {
    "one dimension": lambda: TargetDistribution.lognormal(3, bounds=(0, 3)),
    "two dimensions": lambda: TargetDistribution.normal([1, 2], sigma=CORRELATED),
    "own points": lambda: TargetDistribution([0.1, 0.2, 0.3, 0.4], axes=POINTS),
    "own points in two dimensions": lambda: TargetDistribution(
        np.full((2, 4), 1 / 8), axes=[[0.1, 0.7], POINTS]
    ),
}
POINTS = [-1.5, 0.1, 0.25, 70.0]


@pytest.fixture(params=TARGETS)
def target(request):
    return TARGETS[request.param]()


@pytest.mark.parametrize(
    "name", ["probabilities", "values", "axes", "bounds", "num_qubits", "register_sizes"]
)
def test_target_has_no_setters(target, name):
    with pytest.raises(AttributeError, match=r"no setter|can't set"):
        setattr(target, name, None)


class TestOwnPoints:
    def test_one_dimension(self):
        target = TARGETS["own points"]()
        assert target.values.tolist() == POINTS
        assert [axis.tolist() for axis in target.axes] == [POINTS]
        assert (target.num_qubits, target.register_sizes) == (2, (2,))
        assert target.expectation(lambda x: x) == pytest.approx(-0.15 + 0.02 + 0.075 + 28)
        assert repr(target) == "<TargetDistribution: 2 qubits, points from -1.5 to 70>"

    def test_a_product_grid(self):
        target = TARGETS["own points in two dimensions"]()
        assert target.values.tolist() == [[x, y] for x in (0.1, 0.7) for y in POINTS]
        assert target.register_sizes == (1, 2)
        assert target.expectation(lambda p: p[0] * p[1]) == pytest.approx(0.4 * np.mean(POINTS))
        assert repr(target) == (
            "<TargetDistribution: (1, 2) qubits, points from 0.1 to 0.7, -1.5 to 70>"
        )

    def test_equidistant_points_are_still_no_bounds(self):
        target = TargetDistribution([0.5, 0.5], axes=[0, 1])
        assert target != TargetDistribution([0.5, 0.5], (0, 1))
        with pytest.raises(AttributeError, match="bounds describe equidistant grid points"):
            _ = target.bounds

    @pytest.mark.parametrize("name", ["own points", "own points in two dimensions"])
    def test_bounds_are_refused(self, name):
        message = (
            r"those of this target are not: use values or axes, or make it with grid=\"linear\""
        )
        with pytest.raises(AttributeError, match=message):
            _ = TARGETS[name]().bounds
        assert not hasattr(TARGETS[name](), "bounds")

    def test_axes_of_bounds(self):
        (axis,) = TargetDistribution(np.full(4, 0.25), (0, 3)).axes
        assert axis.tolist() == [0, 1, 2, 3]

    @pytest.mark.parametrize("name", TARGETS)
    def test_axes_cannot_change(self, name):
        for axis in TARGETS[name]().axes:
            with pytest.raises(ValueError, match="read-only"):
                axis[0] = 3

    def test_points_are_copied(self):
        points = np.array(POINTS)
        target = TargetDistribution([0.1, 0.2, 0.3, 0.4], axes=points)
        points[0] = -9
        assert target.values.tolist() == POINTS

    def test_equality(self):
        probabilities = [0.1, 0.2, 0.3, 0.4]
        target = TargetDistribution(probabilities, axes=POINTS)
        same = TargetDistribution(probabilities, axes=np.array(POINTS))
        assert target == same
        assert hash(target) == hash(same)
        assert target != TargetDistribution(probabilities, axes=[*POINTS[:3], 71])
        assert target != TargetDistribution(probabilities[::-1], axes=POINTS)
        assert len({target, same, TargetDistribution(probabilities, (0, 1))}) == 2

    @pytest.mark.parametrize(
        ("probabilities", "points", "error", "message"),
        [
            ([0.5, 0.5], {}, TypeError, "needs either bounds or axes"),
            ([0.5, 0.5], {"bounds": (0, 1), "axes": [0, 1]}, TypeError, "either bounds or axes"),
            ([0.5, 0.5], {"axes": [1, 0]}, ValueError, r"must increase, got 1\.0 before 0\.0"),
            ([0.5, 0.5], {"axes": [1, 1]}, ValueError, r"must increase, got 1\.0 before 1\.0"),
            ([0.5, 0.5], {"axes": [0, np.nan]}, ValueError, "axes must be finite, got nan"),
            ([0.5, 0.5], {"axes": [0, np.inf]}, ValueError, "axes must be finite, got inf"),
            ([0.5, 0.5], {"axes": [0, 1, 2, 3]}, ValueError, r"shape \(2,\), got \(4,\)"),
            ([0.5, 0.5], {"axes": [[0, 1]]}, ValueError, r"shape \(2,\), got \(1, 2\)"),
            ([0.5, 0.5], {"axes": 1.0}, ValueError, r"shape \(2,\), got \(\)"),
            ([0.5, 0.5], {"axes": ["a", "b"]}, TypeError, "axes must be an array of real numbers"),
            ([0.5, 0.5], {"axes": [0, 1j]}, TypeError, "axes must be an array of real numbers"),
            ([[0.5, 0.5]] * 2, {"axes": [0, 1]}, ValueError, r"shape \(2,\), got \(\)"),
            ([[0.25] * 2] * 2, {"axes": [[0, 1]]}, TypeError, "axes must hold 2 arrays of grid"),
            ([[0.25] * 2] * 2, {"axes": 7}, TypeError, "axes must hold 2 arrays of grid .* got 7"),
            ([[0.25] * 2] * 2, {"axes": [[0, 1], [1, 0]]}, ValueError, "points must increase"),
        ],
    )
    def test_bad_input(self, probabilities, points, error, message):
        probabilities = np.array(probabilities) / np.sum(probabilities)
        with pytest.raises(error, match=message):
            TargetDistribution(probabilities, **points)


def test_arrays_of_a_target_cannot_change_it(target):
    with pytest.raises(ValueError, match="read-only"):
        target.probabilities[0] = 1
    before = target.values.copy()
    target.values[0] = 17
    np.testing.assert_array_equal(target.values, before)


def test_target_keeps_its_own_copy_of_the_input():
    probabilities = np.array([0.5, 0.5])
    target = TargetDistribution(probabilities, (0, 1))
    probabilities[:] = [1, 0]
    assert target.probabilities.tolist() == [0.5, 0.5]


def test_values_of_a_product_grid_in_c_order():
    target = TargetDistribution(np.full((2, 4), 1 / 8), [(0, 1), (10, 13)])
    assert target.values.tolist() == [[x, y] for x in (0, 1) for y in (10, 11, 12, 13)]
    assert target.expectation(lambda point: point[0] * point[1]) == pytest.approx(5.75)


def test_dictionary_round_trip(target):
    text = json.dumps(target.to_dict())
    again = TargetDistribution.from_dict(json.loads(text))
    assert again == target
    assert hash(again) == hash(target)
    assert repr(again) == repr(target)


@pytest.mark.parametrize(
    "entries",
    [{}, {"bounds": (0, 1)}, {"axes": [[0, 1]]}, {"probabilities": [1, 0]}],
)
def test_incomplete_dictionary(entries):
    with pytest.raises(ValueError, match="a target needs the entries"):
        TargetDistribution.from_dict(entries)


def test_equality():
    target = TargetDistribution([0.5, 0.5], (0, 1))
    assert target != TargetDistribution([0.5, 0.5], (0, 2))
    assert target != TargetDistribution([0.4, 0.6], (0, 1))
    assert target != TargetDistribution([[0.25, 0.25], [0.25, 0.25]], [(0, 1), (0, 1)])
    assert target != "target"
    assert len({target, TargetDistribution([0.5, 0.5], (0.0, 1.0))}) == 1


@pytest.mark.parametrize("rule", ["pdf", "cell"])
@pytest.mark.parametrize(
    ("make", "arguments", "side"),
    [
        (TargetDistribution.normal, (50, 0.01, (0, 1)), "above"),
        (TargetDistribution.normal, (-1.5, 0.01, (0, 1)), "below"),
        (TargetDistribution.lognormal, (4, 0.01, (0, 1)), "above"),
        (TargetDistribution.lognormal, (4, 0.01, (100, 200)), "below"),
        (TargetDistribution.lognormal, (-4, 0.01, (1e-4, 1e-3)), "above"),
    ],
)
def test_a_grid_that_misses_the_distribution(make, arguments, side, rule):
    with pytest.warns(GridWarning, match=f"% of the probability lies {side} the bounds") as seen:
        make(3, *arguments, rule=rule)
    assert [warning.filename for warning in seen] == [__file__]


@pytest.mark.parametrize("rule", ["pdf", "cell"])
def test_a_grid_that_misses_one_of_two_assets(rule):
    with pytest.warns(GridWarning, match="lies above the bounds .* in dimension 1: check them"):
        TargetDistribution.normal([2, 2], [0, 9], CORRELATED, [(-1, 1), (-1, 1)], rule=rule)


@pytest.mark.parametrize(
    ("distribution", "side"), [(stats.norm(9), "above"), (stats.norm(-9), "below")]
)
def test_a_grid_that_misses_a_scipy_distribution(distribution, side):
    with pytest.warns(GridWarning, match=f"lies {side} the bounds"):
        TargetDistribution.from_scipy(3, distribution, (-1, 1))


@pytest.mark.parametrize(("shift", "side"), [(9, "above"), (-9, "below")])
@pytest.mark.parametrize("dimensions", [1, 2])
def test_a_grid_that_misses_the_samples(rng, shift, side, dimensions):
    samples = shift + rng.normal(size=(200, dimensions))
    bounds = [(-1, 1)] * dimensions if dimensions > 1 else (-1, 1)
    with pytest.warns(GridWarning, match=f"100 % of the probability lies {side} the bounds"):
        TargetDistribution.from_samples([2] * dimensions, samples, bounds)


@pytest.mark.filterwarnings("error")
def test_a_grid_that_holds_some_of_the_distribution():
    TargetDistribution.normal(3, 0, 1, (2, 4))
    TargetDistribution.lognormal(3)
    TargetDistribution.normal(3, 0.99, 1e-9, (0, 1), rule="cell")
    TargetDistribution.from_scipy(3, stats.binom(7, 0), (0, 7))
    TargetDistribution.from_samples(2, [1.0] * 99 + [0.2, 0.3], bounds=(0, 0.9))
    TargetDistribution.from_samples(2, [7.0, 7.0], bounds=(0, 7))


def test_gaussian_kernel_estimates(rng):
    samples = rng.normal(size=300)
    kernel, points = stats.gaussian_kde(samples, weights=np.abs(samples)), np.linspace(-2, 2, 8)
    cells = TargetDistribution.from_scipy(3, kernel, (-2, 2))
    edges = edges_of(points)
    expected = [kernel.integrate_box_1d(low, high) for low, high in pairwise(edges)]
    assert cells.probabilities == pytest.approx(expected, abs=1e-12)
    density = TargetDistribution.from_scipy(3, kernel, (-2, 2), rule="pdf")
    heights = kernel(points)
    assert density.probabilities == pytest.approx(heights / heights.sum(), abs=1e-14)


@pytest.mark.parametrize("rule", ["pdf", "cell"])
@pytest.mark.parametrize(
    ("distribution", "error", "message"),
    [
        (
            stats.lognorm,
            TypeError,
            r"must be frozen, as scipy\.stats\.lognorm\(s\), got the family",
        ),
        (stats.beta, TypeError, r"frozen, as scipy\.stats\.beta\(a, b\), got the family beta"),
        (stats.multivariate_normal([0, 0]), ValueError, "must be one-dimensional, got 2 dim"),
        (stats.gaussian_kde([[0, 1, 3], [1, 3, 2]]), ValueError, "one-dimensional, got 2 dim"),
        (stats.norm(0, -1), ValueError, "must be one number per point, got NaN from"),
        (stats.norm([[0], [1]], 1), ValueError, r"got shape \(2, \d\) from"),
    ],
)
def test_distributions_that_are_none(distribution, error, message, rule):
    with pytest.raises(error, match=message):
        TargetDistribution.from_scipy(3, distribution, (-2, 2), rule=rule)


def test_a_class_is_no_distribution():
    class Uniform:
        def cdf(self, points):
            return np.clip(points, 0, 1)

    assert TargetDistribution.from_scipy(1, Uniform(), (0, 1)).probabilities.tolist() == [0.5, 0.5]
    with pytest.raises(TypeError, match="distribution must be an instance with parameters, got"):
        TargetDistribution.from_scipy(1, Uniform, (0, 1))


def test_families_without_parameters_are_distributions():
    standard = TargetDistribution.from_scipy(3, stats.norm, (-2, 2))
    assert standard == TargetDistribution.from_scipy(3, stats.norm(), (-2, 2))


@pytest.mark.parametrize("num_qubits", [1, 3, 8, 12])
def test_probabilities_in_single_precision(rng, num_qubits):
    for _ in range(20):
        exact = rng.dirichlet(np.ones(2**num_qubits))
        rounded = exact.astype(np.float32)
        divided = rng.uniform(size=2**num_qubits).astype(np.float32)
        divided /= divided.sum()
        for given_numbers in (rounded, divided):
            target = TargetDistribution(given_numbers, (0, 1))
            assert target.probabilities.sum() == pytest.approx(1, abs=1e-12)
            np.testing.assert_allclose(target.probabilities, given_numbers, rtol=1e-5)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_negative_rounding_errors_of_probabilities(kind):
    error = 2 * np.finfo(kind).eps
    for target in (
        TargetDistribution(np.array([-error, 0.25, 0.75, 0], kind), (0, 1)),
        TargetDistribution(np.array([[-error, 0.25], [0.75, 0]], kind), [(0, 1), (0, 1)]),
    ):
        assert target.probabilities.ravel().tolist() == [0, 0.25, 0.75, 0]
        with pytest.raises(ValueError, match="read-only"):
            target.probabilities[:] = 1


def test_an_entry_of_minus_1e_minus_17():
    assert TargetDistribution([-1e-17, 1], (0, 1)).probabilities.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        ([-1e-9, 0.5, 0.5, 0], "must not be negative, got -1e-09"),
        (np.array([-1e-4, 0.5, 0.5, 1e-4], np.float32), "must not be negative, got -9.99"),
        ([0.5, 0.5 + 1e-6], r"must sum to 1, got 1\.000001\d*; divide by their sum"),
        (np.array([0.5, 0.5001], np.float32), "must sum to 1, got 1.0001"),
        (np.array([0.5, 0.6], np.float16), "must sum to 1"),
        ([1, 1], "must sum to 1, got 2"),
    ],
)
def test_real_errors_of_probabilities(probabilities, message):
    with pytest.raises(ValueError, match=message):
        TargetDistribution(probabilities, (0, 1))


@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1.0, 1e12])
def test_covariances_of_any_scale(scale):
    bounds = np.array([(-1, 1), (-1, 1)]) * np.sqrt(scale)
    fine = scale * np.array([[1, 0.5], [0.5, 1]])
    target = TargetDistribution.normal([2, 2], [0, 0], fine, bounds)
    unit = TargetDistribution.normal([2, 2], [0, 0], fine / scale, bounds / np.sqrt(scale))
    np.testing.assert_allclose(target.probabilities, unit.probabilities, rtol=1e-9)
    for bad in ([[1, 9], [0, 1]], [[1, 0.5], [0.49, 1]], [[1, 1], [1, 1]], [[1, 1.1], [1.1, 1]]):
        with pytest.raises(ValueError, match="symmetric positive definite covariance"):
            TargetDistribution.normal([2, 2], [0, 0], scale * np.array(bad), bounds)


def test_covariances_of_different_scales():
    stds = np.array([1e-6, 1e4])
    fine = np.outer(stds, stds) * np.array([[1, 0.9], [0.9, 1]])
    bounds = np.stack([-2 * stds, 2 * stds], axis=1)
    target = TargetDistribution.normal([2, 2], [0, 0], fine, bounds)
    unit = TargetDistribution.normal([2, 2], [0, 0], [[1, 0.9], [0.9, 1]], [(-2, 2), (-2, 2)])
    np.testing.assert_allclose(target.probabilities, unit.probabilities, rtol=1e-9)
    uneven = fine + np.array([[0, 1e-4], [0, 0]])
    with pytest.raises(ValueError, match="symmetric positive definite covariance"):
        TargetDistribution.normal([2, 2], [0, 0], uneven, bounds)


def test_a_covariance_in_single_precision():
    samples = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    covariance = np.cov(samples.T, dtype=np.float32)
    covariance[0, 1] *= np.float32(1 + 2e-7)
    TargetDistribution.normal([2, 2], [0, 0], covariance, [(-2, 2), (-2, 2)])


@pytest.mark.parametrize("num_qubits", [31, [16, 15], 64])
def test_grids_that_no_memory_holds(num_qubits):
    with pytest.raises(ValueError, match=r"num_qubits must be at most 30 altogether, .* got "):
        TargetDistribution.normal(num_qubits, *([0.0], [1.0], [(-1, 1)]))
