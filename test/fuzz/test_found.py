"""What the fuzzing found, once each: a valid call with one argument replaced."""

from decimal import Decimal

import numpy as np
import pytest

from fuzz.calls import valid_calls

NAN, EMPTY, PAIR = float("nan"), np.array([]), np.array([0.0, 1.0])
RAGGED = [[1], [2, 3]]
UNPRINTABLE = "\u2603\ud800"

FOUND = [
    # Arrays where words are expected: their comparison was ambiguous.
    ("Asian", "mean", EMPTY, ValueError, "mean must be one of 'arithmetic', .*, got array"),
    ("OptionPricing", "encoding", PAIR, ValueError, "encoding must be one of"),
    ("TargetDistribution.from_black_scholes", "grid", PAIR, ValueError, "grid must be one of"),
    ("PathModel", "grid", PAIR, ValueError, "grid must be one of 'log', .*, got array"),
    ("price", "encoding", PAIR, ValueError, "encoding must be one of 'auto', .*, got array"),
    # Numbers beyond floats, and numbers that are no floats.
    ("FitResult.price_error_bound", "payoff_range", 10**400, ValueError, "must be finite"),
    ("Market.cdf", "prices", [10**400], TypeError, "prices must be an array of real numbers"),
    ("PriceHistory", "dates", [10**400] * 4, TypeError, "dates must be dates"),
    ("VarianceGamma", "volatility", 1e308, ValueError, "or the price has no mean, got inf"),
    ("RobustAmplitudeEstimation", "epsilon_target", 1e-320, ValueError, "must be at least 1e-100"),
    ("RobustAmplitudeEstimation", "alpha", 1e-320, None, ""),
    # Sizes that no memory holds.
    ("MultiscaleWalk", "num_qubits", 10**9, ValueError, "num_qubits must be at most 10000"),
    ("MultiscaleWalk.refined", "num_qubits", 10**400, ValueError, "at most 10000, got 1000"),
    ("TreeWalk", "num_qubits", 10**9, ValueError, "num_qubits must be at most 30, got 1000000000"),
    ("SplitStepWalk", "num_position_qubits", 10**9, ValueError, "must be at most 10000"),
    ("SplitStepWalk", "repetitions", 10**18, ValueError, "repetitions must be at most 100000"),
    ("SplitStepWalk.template", "steps", 10**9, ValueError, "steps must be at most 1000000"),
    ("TorusWalk.template", "steps", 10**9, ValueError, "steps must be at most 1000000"),
    ("TorusWalk.template", "num_position_qubits", [2, 2**63], ValueError, "at most 10000"),
    ("TreeWalkGate.power", "exponent", 10**9, ValueError, "exponent must be at most 100000"),
    ("synth_conditional_shift", "num_position_qubits", 10**9, ValueError, "must be at most 1000"),
    ("line_parents", "num_position_qubits", 10**9, ValueError, "must be at most 10000"),
    ("fit_continuous", "num_qubits", 10**9, ValueError, "num_qubits must be at most 10000"),
    ("fold_two_qubit_gates", "factor", 1e9, ValueError, r"between 1 and 1001, got 1e\+09"),
    ("Market.sample", "size", 2**63, ValueError, "size must be at most 100000000"),
    ("FactorModel", "num_qubits", 10**9, ValueError, "must be at most 24"),
    ("PathModel", "num_qubits", 10**9, ValueError, "must be at most 24"),
    ("PathModel", "num_steps", 10**9, ValueError, "num_steps must be at most 10000"),
    ("t_lean", "attempts", 10**9, ValueError, "attempts must be at most 10000"),
    ("power_of", "k", 10**9, ValueError, "power must be at most 1000000"),
    ("synth_walsh_ry_tree", "edges", [(2**63, 1), (1, 2)], ValueError, "edges must make a tree"),
    ("RobustAmplitudeEstimation", "noise", 1e-320, None, ""),
    ("DeviceNoise.depolarising", "two_qubit", Decimal("0.1"), None, ""),
    ("from_option_quotes", "volatilities", RAGGED, TypeError, "volatilities must be an array of"),
    # Objects of another kind.
    ("fit_fewest_steps", "start", PAIR, TypeError, "start must be an integer"),
    ("value_at_risk", "loss", int, TypeError, "loss must be a payoff of .* or a function, got"),
    *(
        (name, "walk", 3, TypeError, "walk must be a .*Walk, got 3")
        for name in (
            *("MultiscaleWalkGate", "SplitStepWalkGate", "TorusWalkGate", "TreeWalkGate"),
            *("synth_lattice_fourier", "synth_lattice_multiplexed", "synth_lattice_shifts"),
            *("synth_lattice_tree", "synth_lattice_unary", "synth_multiscale", "synth_start"),
            *("synth_torus_fourier", "synth_tree", "num_unary_ancillas"),
        )
    ),
    *(
        (name, "circuit", [None], TypeError, "circuit must be a QuantumCircuit, got")
        for name in (
            *("legible", "t_count", "t_depth", "folding_factor", "noise_maps", "clifford_t"),
            *("plot_walk_layout", "estimate_on_executor"),
        )
    ),
    ("WalkKind", "walk", NAN, TypeError, "walk must be a class of walks, got nan"),
    (
        "MultiscaleWalk.from_windows",
        "last",
        [{1, 2}],
        ValueError,
        r"a flip is a pair .*, got {1, 2}",
    ),
    ("MultiscaleWalk", "flips", [{1, 0}], ValueError, r"a flip is a pair .*, got {0, 1}"),
    (
        "PriceHistory",
        "dates",
        [20200101 + day for day in range(4)],
        TypeError,
        "dates must be dates",
    ),
    (
        "PriceHistory",
        "dates",
        [1 + 0j, *map(np.datetime64, ("2020-01-02", "2020-01-03", "2020-01-06"))],
        TypeError,
        "dates must be dates, got",
    ),
    ("OptionPricing", "payoff_tolerance", Decimal("0.1"), None, None),
    ("Market.implied_volatility", "price", Decimal("0.2"), None, None),
    (
        "extrapolate",
        "standard_errors",
        [1e308, 1e308],
        ValueError,
        "must lie between -1e150 and 1e150",
    ),
    ("extrapolate", "standard_errors", [1e-300, 1e100], None, None),
    ("WalkKind", "title", "1e3\x00", ValueError, "title must be printable, got '1e3"),
    ("fit_continuous", "distribution", int, TypeError, "needs a distribution with the method cdf"),
    ("estimate_on_executor", "shots", 10**9, TypeError, "executor must have a method run, got No"),
    ("noise_maps", "noise", 0, TypeError, "noise must be a DeviceNoise, got 0"),
    ("plot_loaded_distribution", "result", [], TypeError, "result must be a FitResult"),
    ("reference_value", "payoff", "auto", TypeError, "payoff must be a Payoff, got 'auto'"),
    ("reference_value", "market", "x", TypeError, "market must be a PriceDistribution"),
    ("FitResult.load", "path", 3, TypeError, "path must be a str or PathLike, got 3"),
    ("read_prices", "column", 2, TypeError, "column must be a str, got 2"),
    ("RegisterModel", "parts", [["x"]], TypeError, "a part must be a pair of a name and a model"),
    ("RegisterModel", "prices", 0.0, TypeError, "prices must be a sequence, got 0.0"),
    ("Portfolio", "parts", -1, TypeError, "parts must be a sequence, got -1"),
    ("Portfolio", "parts", ["x"], TypeError, "a part must be a pair of a weight and a payoff"),
    ("WalshRYGate", "rotations", 0.1, TypeError, "rotations must be a Mapping, got 0.1"),
    ("synth_walsh_ry_tree", "edges", [-1], TypeError, "an edge must be a sequence, got -1"),
    ("fit", "starts", ..., TypeError, "starts must be a sequence, got Ellipsis"),
    ("fit_many", "n_jobs", [], TypeError, r"n_jobs must be an integer, got \[\]"),
    ("fit_many", "n_jobs", 0, ValueError, "n_jobs must be a number of workers"),
    ("TargetState.from_dict", "data", {"bounds": [0, 1]}, ValueError, 'entries "amplitudes" and'),
    ("ReadoutInversion.of_counts", "zeros", [0], TypeError, "zeros must be a Mapping"),
    ("ReadoutInversion.of_counts", "zeros", {4: 1}, ValueError, "a word of zeros must be at most"),
    ("ReadoutInversion.of_counts", "ones", {}, ValueError, "ones must count something"),
    ("ReadoutInversion", "up_errors", 1.5, ValueError, "up_errors must have shape"),
    ("plot_convergence", "results", NAN, TypeError, "results must be a sequence, got nan"),
    ("plot_estimation", "runs", NAN, TypeError, "runs must be a sequence, got nan"),
    # What nobody can mean.
    ("DeviceNoise.confusion", "qubits", ["x", 1], TypeError, "a qubit must be an integer"),
    ("DeviceNoise.confusion", "qubits", (), ValueError, "qubits must name at least one"),
    ("SplitStepWalk.template", "initial_coin", [[]], TypeError, "must be True or False"),
    ("ZeroReflectionGate", "ancilla", 1j, TypeError, "ancilla must be True or False, got 1j"),
    ("SplitStepGate", "first_coin", [NAN, 0, 0], ValueError, "first_coin must be finite, got nan"),
    ("synth_tree", "parameters", [NAN] * 3, ValueError, "each of parameters must be finite"),
    ("synth_tree", "parameters", [0.1], ValueError, "parameters must have length 3, got 1"),
    ("synth_lattice_unary", "parameters", 3, TypeError, "parameters must be a sequence, got 3"),
    ("Variational", "initial_point", NAN, ValueError, "initial_point must have shape"),
    ("reference_value", "standard_error", -1, ValueError, "standard_error must not be negative"),
    ("delta", "bump", range(0), TypeError, "bump must be a real number"),
    ("strip_layers", "spinors", np.inf, ValueError, "spinors must be finite, got inf"),
    ("strip_layers", "spinors", [1, 0], ValueError, r"spinors must have shape \(L \+ 1, 2\)"),
    ("Market.cdf", "prices", [NAN], ValueError, "prices must not be NaN"),
    ("Market.quantile", "probabilities", "x", TypeError, "must be an array of real numbers"),
    ("fidelity", "amplitudes", RAGGED, TypeError, "amplitudes must be an array of numbers"),
    ("fidelity", "p", EMPTY, ValueError, "p must hold at least one probability"),
    ("SSQWDistribution.parametrised", "parameter_prefix", UNPRINTABLE, ValueError, "printable"),
    ("SSQWDistribution.parametrised", "parameter_prefix", 1e-9, TypeError, "must be a str"),
]


@pytest.fixture(scope="module")
def registry():
    return valid_calls()


@pytest.mark.parametrize(("name", "argument", "value", "error", "match"), FOUND)
def test_is_refused(registry, name, argument, value, error, match):
    call = next(call for call in registry[name] if argument in call.arguments)
    arguments = {**call.arguments, argument: value}
    if error is None:
        assert call.function(**arguments)
        return
    with pytest.raises(error, match=match):
        call.function(**arguments)
