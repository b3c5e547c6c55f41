import math
import re

import numpy as np
import pytest

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, TargetDistribution, fit
from qiskit_ssqw import _validation as check
from qiskit_ssqw.fitting.result import assess
from qiskit_ssqw.walks import Walk

HALVES = [0.5, 0.5]
TARGET = TargetDistribution([0.1, 0.2, 0.3, 0.4], (0, 3))
LATTICE = SplitStepWalk(2, [[1, 2]], initial_coin=[1, 2, 3])
MULTISCALE = MultiscaleWalk(2, [(1, 0)], [[1, 2]])
NOT_INTEGERS = [2.0, 2.5, True, np.True_, "2", None]
NOT_FINITE = [math.nan, math.inf, -math.inf]


@pytest.mark.parametrize(
    ("probabilities", "error", "message"),
    [
        ([0.5, math.nan], ValueError, "probabilities must be finite, got nan"),
        ([0.5, math.inf], ValueError, "probabilities must be finite, got inf"),
        ([1.5, -0.5], ValueError, "probabilities must not be negative, got -0.5"),
        ([0, 0], ValueError, "probabilities must sum to 1, got 0"),
        ([1, 1], ValueError, "probabilities must sum to 1, got 2.0; divide by their sum"),
        ([0.5, 0.5 + 1e-7], ValueError, "probabilities must sum to 1"),
        ([0.2, 0.3, 0.5], ValueError, r"must have 2\*\*n entries.* got shape \(3,\)"),
        ([1.0], ValueError, r"must have 2\*\*n entries.* got shape \(1,\)"),
        ([], ValueError, r"must have 2\*\*n entries.* got shape \(0,\)"),
        (1.0, ValueError, r"must have 2\*\*n entries.* got shape \(\)"),
        (np.full((2, 3), 1 / 6), ValueError, r"must have 2\*\*n entries.* got shape \(2, 3\)"),
        (["a", "b"], TypeError, "probabilities must be an array of real numbers"),
        ([0.5, 0.5j], TypeError, "probabilities must be an array of real numbers"),
        ([[0.5, 0.5], [0.0]], TypeError, "probabilities must be an array of real numbers"),
    ],
)
def test_probabilities(probabilities, error, message):
    with pytest.raises(error, match=message):
        TargetDistribution(probabilities, (0, 1))


def test_probabilities_may_sum_to_one_up_to_rounding():
    target = TargetDistribution([0.5, 0.5 + 5e-9], (0, 1))
    assert target.probabilities.sum() == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize(
    ("bounds", "error", "message"),
    [
        ((1, 0), ValueError, r"low < high, got \(1.0, 0.0\)"),
        ((1, 1), ValueError, r"low < high, got \(1.0, 1.0\)"),
        ((0, 1, 2), ValueError, r"bounds must have shape \(2,\), got \(3,\)"),
        (1, ValueError, r"bounds must have shape \(2,\), got \(\)"),
        ([(0, 1), (0, 1)], ValueError, r"bounds must have shape \(2,\), got \(2, 2\)"),
        ((0, math.nan), ValueError, "bounds must be finite, got nan"),
        ((-math.inf, 0), ValueError, "bounds must be finite, got -inf"),
        (("low", "high"), TypeError, "bounds must be an array of real numbers"),
        (None, (TypeError, ValueError), "bounds must|either bounds or axes"),
    ],
)
@pytest.mark.parametrize(
    "make",
    [
        lambda bounds: TargetDistribution(HALVES, bounds or False),
        lambda bounds: TargetDistribution.from_scipy(1, _Uniform(), bounds or False),
        lambda bounds: TargetDistribution.normal(1, bounds=bounds or False),
        lambda bounds: TargetDistribution.from_samples(1, [0, 1], bounds=bounds or False),
    ],
    ids=["init", "from_scipy", "normal", "from_samples"],
)
def test_bounds(make, bounds, error, message):
    with pytest.raises(error, match=message):
        make(bounds)


class _Uniform:
    def cdf(self, x):
        return np.clip(x, 0, 1)


@pytest.mark.parametrize("bounds", [(0, 1), [(0, 1)], [(0, 1)] * 3])
def test_bounds_in_two_dimensions(bounds):
    with pytest.raises(ValueError, match=r"bounds must have shape \(2, 2\), got"):
        TargetDistribution.normal([1, 1], bounds=bounds)
    with pytest.raises(ValueError, match=r"bounds must have shape \(2, 2\), got"):
        TargetDistribution(np.full((2, 2), 0.25), bounds)


NOT_POSITIVE = [
    (0, ValueError, "{} must be positive, got 0"),
    (-1.5, ValueError, "{} must be positive, got -1.5"),
    (math.nan, ValueError, "{} must be finite, got nan"),
    (math.inf, ValueError, "{} must be finite, got inf"),
    ("much", TypeError, "{} must be a real number, got 'much'"),
]


@pytest.mark.parametrize("grid", ["log", "linear"])
@pytest.mark.parametrize("name", ["spot", "volatility", "maturity"])
@pytest.mark.parametrize(
    ("value", "error", "message"),
    [*NOT_POSITIVE, (None, TypeError, "{} must be a real number, got None")],
)
def test_market(reference_market, name, value, error, message, grid):
    with pytest.raises(error, match=message.format(name)):
        TargetDistribution.from_black_scholes(3, **(reference_market | {name: value}), grid=grid)


@pytest.mark.parametrize(("value", "error", "message"), NOT_POSITIVE)
def test_num_std(reference_market, value, error, message):
    with pytest.raises(error, match=message.format("num_std")):
        TargetDistribution.from_black_scholes(3, **reference_market, num_std=value)


@pytest.mark.parametrize("rate", NOT_FINITE)
def test_rate(reference_market, rate):
    with pytest.raises(ValueError, match="rate must be finite"):
        TargetDistribution.from_black_scholes(3, **(reference_market | {"rate": rate}))


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (0, ValueError, "num_qubits must be at least 1, got 0"),
        (-2, ValueError, "num_qubits must be at least 1, got -2"),
        *[(value, TypeError, "num_qubits must be an integer, got") for value in NOT_INTEGERS],
    ],
)
@pytest.mark.parametrize(
    "make",
    [
        TargetDistribution.normal,
        TargetDistribution.lognormal,
        lambda n: TargetDistribution.normal([1, n]),
        lambda n: TargetDistribution.from_samples(n, [0, 1]),
        lambda n: TargetDistribution.from_scipy(n, _Uniform(), (0, 1)),
        lambda n: TargetDistribution.from_black_scholes(n, 2, 0.4, 0.05, 0.1),
        lambda n: MultiscaleWalk(n, [], []),
    ],
    ids=[
        *("normal", "lognormal", "normal 2-D", "from_samples", "from_scipy"),
        *("from_black_scholes", "MultiscaleWalk"),
    ],
)
def test_num_qubits(make, value, error, message):
    with pytest.raises(error, match=message):
        make(value)


@pytest.mark.parametrize("make", [TargetDistribution.normal, TargetDistribution.lognormal])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_qubits": []}, "at least one dimension"),
        ({"num_qubits": 2, "mu": [1, 2]}, r"mu must have shape \(1,\), got \(2,\)"),
        ({"num_qubits": [1, 1], "mu": 1}, r"mu must have shape \(2,\), got"),
        ({"num_qubits": 2, "mu": math.nan}, "mu must be finite"),
        ({"num_qubits": 2, "sigma": [1, 2]}, r"sigma must have shape \(1, 1\), got \(1, 2\)"),
        ({"num_qubits": [1, 1], "sigma": 1}, r"sigma must have shape \(2, 2\), got \(\)"),
        ({"num_qubits": [1, 1], "sigma": [1, 1]}, r"sigma must have shape \(2, 2\), got \(2,\)"),
        ({"num_qubits": 2, "sigma": 0}, r"sigma must be a positive variance .* got \[\[0.0\]\]"),
        ({"num_qubits": 2, "sigma": -1}, "sigma must be a positive variance"),
        ({"num_qubits": 2, "sigma": math.inf}, "sigma must be finite"),
        (
            {"num_qubits": [1, 1], "sigma": [[1, 0.5], [0.2, 1]]},
            "symmetric positive definite covariance",
        ),
        (
            {"num_qubits": [1, 1], "sigma": [[1, 2], [2, 1]]},
            "symmetric positive definite covariance",
        ),
    ],
)
def test_moments(make, arguments, message):
    with pytest.raises(ValueError, match=message):
        make(**arguments)


RULES = {
    "normal": lambda rule: TargetDistribution.normal(2, rule=rule),
    "lognormal": lambda rule: TargetDistribution.lognormal(2, rule=rule),
    "from_scipy": lambda rule: TargetDistribution.from_scipy(2, _Uniform(), (0, 1), rule=rule),
    "from_black_scholes": lambda rule: TargetDistribution.from_black_scholes(
        2, 2, 0.4, 0.05, 0.1, rule=rule
    ),
    "log": lambda rule: TargetDistribution.from_black_scholes(
        2, 2, 0.4, 0.05, 0.1, rule=rule, grid="log"
    ),
    "linear": lambda rule: TargetDistribution.from_black_scholes(
        2, 2, 0.4, 0.05, 0.1, rule=rule, grid="linear"
    ),
}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        *((name, rule) for name in RULES for rule in ("midpoint", "PDF", "", 1)),
        *((name, None) for name in ("normal", "lognormal", "from_scipy")),
    ],
)
def test_rule(name, rule):
    make = RULES[name]
    message = re.escape(f"rule must be one of 'pdf', 'cell', got {rule!r}")
    with pytest.raises(ValueError, match=message):
        make(rule)


@pytest.mark.parametrize(
    ("samples", "num_qubits", "message"),
    [
        ([], 2, r"samples must have shape \(m,\), m > 0, got \(0,\)"),
        ([[1, 2]], 2, r"samples must have shape \(m,\), m > 0, got \(1, 2\)"),
        ([1, 2], [1, 1], r"samples must have shape \(m, 2\), m > 0, got \(2,\)"),
        ([[[1]]], 2, r"got \(1, 1, 1\)"),
        (1.0, 2, r"samples must have shape \(m,\)"),
        ([1, math.nan], 2, "samples must be finite, got nan"),
        ([3, 3, 3], 2, r"low < high, got \(3.0, 3.0\)"),
    ],
)
def test_samples(samples, num_qubits, message):
    with pytest.raises(ValueError, match=message):
        TargetDistribution.from_samples(num_qubits, samples)


@pytest.mark.parametrize(
    ("tolerance", "error", "message"),
    [
        *[(value, ValueError, "strictly between 0 and 1, got") for value in (0, 1, -0.1, 2)],
        *[(value, ValueError, "tolerance must be finite, got") for value in NOT_FINITE],
        *[(value, TypeError, "tolerance must be a real number") for value in ("tiny", None, [1])],
    ],
)
@pytest.mark.parametrize(
    "run",
    [
        lambda tolerance: fit(TARGET, tolerance=tolerance),
        lambda tolerance: assess(MULTISCALE, TARGET, tolerance, advice=""),
    ],
    ids=["fit", "assess"],
)
def test_tolerance(run, tolerance, error, message):
    with pytest.raises(error, match=message):
        run(tolerance)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"target": HALVES},
            TypeError,
            r"target must be a TargetDistribution or TargetState, got \[0.5, 0.5\]",
        ),
        (
            {"target": None},
            TypeError,
            "target must be a TargetDistribution or TargetState, got None",
        ),
        ({"walk": "lattice"}, TypeError, "walk must be a Walk, got 'lattice'"),
        (
            {"walk": SplitStepWalk},
            TypeError,
            "walk must be a Walk, got <class",
        ),
        ({"method": "genetic"}, ValueError, "method must be one of 'auto', .*got 'genetic'"),
        ({"method": None}, ValueError, "method must be one of 'auto', .*got None"),
        (
            {"walk": MultiscaleWalk(3, [], [])},
            ValueError,
            "the walk loads 8 sites, but the target has 4",
        ),
        (
            {"walk": SplitStepWalk(1, [[1, 2]])},
            ValueError,
            "the walk loads 2 sites, but the target has 4",
        ),
        (
            {"walk": SplitStepWalk(2, [[1, 2]], coin="absorbed")},
            ValueError,
            "the walk loads 8 sites, but the target has 4",
        ),
        (
            {"walk": MULTISCALE, "max_two_qubit_gates": 3},
            ValueError,
            "max_two_qubit_gates is for grown walks",
        ),
        ({"max_two_qubit_gates": -1}, ValueError, "max_two_qubit_gates must be at least 0, got -1"),
        ({"max_two_qubit_gates": 1.5}, TypeError, "max_two_qubit_gates must be an integer"),
        ({"seed": -1}, ValueError, "seed must be at least 0, got -1"),
        ({"seed": "one"}, TypeError, "seed must be an integer, got 'one'"),
        ({"seed": 1.0}, TypeError, "seed must be an integer, got 1.0"),
    ],
)
def test_fit(arguments, error, message):
    arguments = {"target": TARGET} | arguments
    with pytest.raises(error, match=message):
        fit(arguments.pop("target"), **arguments)


@pytest.mark.parametrize("method", ["with_parameters", "vjp", "jacobian"])
@pytest.mark.parametrize("walk", [LATTICE, MULTISCALE], ids=["lattice", "multiscale"])
@pytest.mark.parametrize("change", [-1, 1])
def test_length_of_parameters(walk, method, change):
    size = walk.num_parameters
    message = rf"parameters must have shape \({size},\), got \({size + change},\)"
    with pytest.raises(ValueError, match=message):
        getattr(walk, method)(np.zeros(size + change))


@pytest.mark.parametrize("walk", [LATTICE, MULTISCALE], ids=["lattice", "multiscale"])
@pytest.mark.parametrize("value", NOT_FINITE)
@pytest.mark.parametrize("index", [0, -1])
def test_parameters_are_finite(walk, value, index):
    parameters = walk.parameters
    parameters[index] = value
    with pytest.raises(ValueError, match="parameters must be finite, got"):
        walk.with_parameters(parameters)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"coin_angles": 1.0}, ValueError, r"coin_angles must have shape .* got \(\)"),
        ({"coin_angles": [1, 2]}, ValueError, r"coin_angles must have shape .* got \(2,\)"),
        ({"coin_angles": [[1, 2, 3]]}, ValueError, r"coin_angles .* got \(1, 3\)"),
        ({"coin_angles": [[[1, 2]] * 2]}, ValueError, r"coin_angles .* got \(1, 2, 2\)"),
        ({"coin_angles": np.zeros((0, 2))}, ValueError, "at least one split step, got none"),
        ({"coin_angles": np.zeros((0, 2, 3))}, ValueError, "at least one split step, got none"),
        ({"coin_angles": [[1, math.nan]]}, ValueError, "coin_angles must be finite, got nan"),
        ({"coin_angles": [["a", "b"]]}, TypeError, "coin_angles must be an array of real"),
        ({"initial_coin": [1, 2]}, ValueError, r"initial_coin must be one angle .* got shape"),
        ({"final_coin": [[1]]}, ValueError, r"final_coin must be one angle .* got shape"),
        ({"initial_coin": math.inf}, ValueError, "initial_coin must be finite, got inf"),
        ({"final_coin": [0, 0, math.nan]}, ValueError, "final_coin must be finite, got nan"),
        ({"final_coin": "head"}, TypeError, "final_coin must be an array of real numbers"),
        ({"start": 4}, ValueError, "start must be below the 4 sites of the cycle, got 4"),
        ({"start": -1}, ValueError, "start must be at least 0, got -1"),
        ({"start": 1.0}, TypeError, "start must be an integer, got 1.0"),
        ({"repetitions": 0}, ValueError, "repetitions must be at least 1, got 0"),
        ({"repetitions": True}, TypeError, "repetitions must be an integer, got True"),
        ({"coin": "lost"}, ValueError, "coin must be one of 'traced', 'absorbed', got 'lost'"),
        ({"coin": None}, ValueError, "coin must be one of 'traced', 'absorbed', got None"),
        ({"num_position_qubits": 0}, ValueError, "num_position_qubits must be at least 1, got 0"),
        ({"num_position_qubits": "2"}, TypeError, "num_position_qubits must be an integer"),
    ],
)
def test_lattice_walk(changes, error, message):
    with pytest.raises(error, match=message):
        SplitStepWalk(**({"num_position_qubits": 2, "coin_angles": [[1, 2]]} | changes))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"flips": [(2, 0)]}, ValueError, r"neighbours on the line, got \(2, 0\)"),
        ({"flips": [(1, 1)]}, ValueError, r"neighbours on the line, got \(1, 1\)"),
        ({"flips": [(3, 2)]}, ValueError, r"below num_qubits = 3, got \(3, 2\)"),
        ({"flips": [(2, 3)]}, ValueError, r"below num_qubits = 3, got \(2, 3\)"),
        ({"flips": [(0, -1)]}, ValueError, "a flip's qubit must be at least 0, got -1"),
        ({"flips": [(0, 1, 2)]}, ValueError, r"a flip is a pair .*, got \(0, 1, 2\)"),
        ({"flips": [(1,)]}, ValueError, r"a flip is a pair .*, got \(1,\)"),
        ({"flips": [(1.0, 0)]}, TypeError, "a flip's qubit must be an integer, got 1.0"),
        ({"flips": [("1", "0")]}, TypeError, "a flip's qubit must be an integer, got '1'"),
        ({"angles": [[1, 2], [3, 4]]}, ValueError, r"angles must have shape \(1, 2\)"),
        ({"angles": [1, 2]}, ValueError, r"angles must have shape \(1, 2\), got \(2,\)"),
        ({"angles": []}, ValueError, r"angles must have shape \(1, 2\), got \(0, 2\)"),
        ({"angles": [[1, math.nan]]}, ValueError, "angles must be finite, got nan"),
        ({"angles": [["a", "b"]]}, TypeError, "angles must be an array of real numbers"),
        ({"initial_angles": [1, 2]}, ValueError, r"initial_angles must have shape \(3,?\)"),
        ({"initial_angles": 1}, ValueError, r"initial_angles must have shape \(3,?\), got \(\)"),
        (
            {"initial_angles": [0, 0, math.inf]},
            ValueError,
            "initial_angles must be finite, got inf",
        ),
    ],
)
def test_multiscale_walk(changes, error, message):
    with pytest.raises(error, match=message):
        MultiscaleWalk(**({"num_qubits": 3, "flips": [(1, 0)], "angles": [[1, 2]]} | changes))


def test_walk_itself_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        Walk()


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_integers_of_numpy_become_python_integers(value):
    assert type(check.integer(value, "value", minimum=3)) is int


@pytest.mark.parametrize("value", [1, 0.5, np.float32(0.5), np.int8(1), np.array(0.5)])
def test_numbers_become_floats(value):
    assert type(check.number(value, "value")) is float


def test_real_array_copies_and_locks():
    original = np.zeros((2, 3))
    array = check.real_array(original, "array", shape=(None, 3))
    original[0, 0] = 1
    assert array[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1
    with pytest.raises(ValueError, match=r"array must have shape \(any, 2\), got \(2, 3\)"):
        check.real_array(original, "array", shape=(None, 2))


@pytest.mark.parametrize("values", [np.array([0.5 + 1j, 0.5]), ["0.5", "0.5"], [b"0.5", b"0.5"]])
def test_numbers_must_be_real(values):
    with pytest.raises(TypeError, match="probabilities must be an array of real numbers"):
        TargetDistribution(values, (0, 1))


@pytest.mark.parametrize("tolerance", ["0.1", 0.1 + 0j, np.complex128(0.1), [0.1]])
def test_a_tolerance_must_be_a_real_number(tolerance):
    with pytest.raises(TypeError, match="tolerance must be a real number"):
        fit(TargetDistribution([0.5, 0.5], (0, 1)), tolerance=tolerance)


def test_derivatives_refuse_nan():
    walk = MultiscaleWalk(1, [], [])
    for method in (walk.vjp, walk.jacobian, walk.with_parameters):
        with pytest.raises(ValueError, match="parameters must be finite, got nan"):
            method([np.nan])


def test_equal_objects_have_equal_hashes():
    zeros = [MultiscaleWalk(1, [], [], initial_angles=[zero]) for zero in (0.0, -0.0)]
    assert zeros[0] == zeros[1]
    assert hash(zeros[0]) == hash(zeros[1])
    targets = [TargetDistribution([1.0, zero], (0, 1)) for zero in (0.0, -0.0)]
    assert targets[0] == targets[1]
    assert hash(targets[0]) == hash(targets[1])


@pytest.mark.parametrize("flip", [5, (0,), (0, 1, 2), [[0, 1]]])
def test_a_flip_is_a_pair(flip):
    with pytest.raises(ValueError, match="a flip is a pair"):
        MultiscaleWalk(3, [flip], [[0.0, 0.0]])


@pytest.mark.parametrize("name", [[], None, 3, "Walk"])
def test_a_dictionary_of_no_walk(name):
    with pytest.raises(ValueError, match='the entry "walk" must be one of'):
        Walk.from_dict({"walk": name})


def test_a_walk_is_rebuilt_from_a_dictionary():
    with pytest.raises(ValueError, match="a walk is rebuilt from a dictionary"):
        Walk.from_dict([1])


@pytest.mark.parametrize("flip", [(0, 1, 2), 1])
def test_flips_of_a_window_are_pairs(flip):
    with pytest.raises(ValueError, match="a flip is a pair"):
        MultiscaleWalk.from_windows(3, [flip])


@pytest.mark.filterwarnings("ignore:volatility 100 means")
def test_a_price_without_standard_deviation():
    with pytest.raises(ValueError, match="volatility 100, rate 0 and maturity 1 give a price"):
        TargetDistribution.from_black_scholes(3, 1.0, 100.0, 0.0, 1.0)


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 0.5], [0.5, 1]],
        [[1, 0.5], [0.5 + 1e-10, 1 - 1e-10]],
        np.array([[1, 0.1], [0.1 + 1e-7, 1 + 1e-7]], np.float32),
        [[1, -0.999999], [-0.999999, 1]],
        [[1]],
    ],
)
def test_correlations(matrix):
    found = check.correlation(matrix, len(matrix))
    np.testing.assert_array_equal(found, matrix)


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 0.5], [0.5 + 1e-6, 1]],
        [[1, 1e-9], [9e-9, 1 + 1e-6]],
        [[1, 2e-8], [0, 1]],
        [[1, 0.5], [0.5, 1.00001]],
        [[1, 1], [1, 1]],
        [[1, -1], [-1, 1]],
        [[0, 0], [0, 1]],
    ],
)
def test_matrices_that_are_no_correlations(matrix):
    with pytest.raises(ValueError, match="correlation must be symmetric and positive definite"):
        check.correlation(matrix, 2)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble])
def test_rounding_errors_are_those_of_the_numbers(kind):
    eps = max(np.finfo(kind).eps, np.finfo(float).eps)
    for size in (1, 16, 4096):
        assert 8 * eps <= check.rounding(np.ones(size, kind)) <= 60 * eps
    assert check.rounding([1, 2]) == check.rounding([1.0, 2.0]) == check.rounding(np.ones(2))


def test_negative_rounding_errors():
    assert check.not_negative([1, -1e-17, 0], "x").tolist() == [1, 0, 0]
    assert check.not_negative([1e-20, 0], "x").tolist() == [1e-20, 0]
    assert check.not_negative([], "x").tolist() == []
    for bad in ([1, -1e-12], [1e-20, -1e-21], [0, -1e-300]):
        with pytest.raises(ValueError, match="x must not be negative, got -1e-"):
            check.not_negative(bad, "x")
    with pytest.raises(ValueError, match=r"x must have shape \(any,\), got \(\)"):
        check.not_negative(-1e-17, "x", shape=(None,))
