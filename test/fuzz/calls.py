"""A valid call of every public name, to be spoilt."""

import importlib
import inspect
import pkgutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from own_examples import arguments_of, own_examples, strikes_of
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import efficient_su2
from qiskit.providers.fake_provider import GenericBackendV2
from scipy.stats import norm

import qiskit_ssqw
from qiskit_ssqw import (
    MultiscaleWalk,
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    SSQWDistribution,
    TargetDistribution,
    circuit,
    clifford_t,
    devices,
    exact,
    finance,
    fit,
    fit_many,
    fitting,
    metrics,
    synthesis,
    targets,
    transpiler,
    visualization,
    walks,
)
from qiskit_ssqw.cli.payoffs import PAYOFFS as OF_STRIKES
from qiskit_ssqw.finance import PriceModel, estimation

PARTS = {
    "qiskit_ssqw.finance.arithmetic",
    "qiskit_ssqw.finance.encodings",
    "qiskit_ssqw.finance.registers",
    "qiskit_ssqw.finance.views",
}
"""Packages of parts that payoffs and encodings are written with: they trust what they are given,
for it was checked by the public name that made it."""

MADE_HERE = {
    *("FitStep", "ContinuousFit", "TLeanResult", "DeviceFit", "Extrapolation", "MitigatedMean"),
    *("BayesianAmplitudeEstimationResult", "RobustAmplitudeEstimationResult", "BiasBound"),
    *("Decision", "Greeks", "PhysicalResources", "PricingResult", "Reference", "Resources"),
    *("FitResult", "RiskResult", "QuotedPrices"),
    *("Decaying", "Goal", "Schedule"),
}
"""Records that functions of the package return and that nobody need make."""

TRUSTING = {"append_coin", "append_multiplexed_ry", "append_walsh_ry"}
"""What the syntheses call for each gate, with what was checked; others do at their own risk."""

EXTENDING = {"register", "register_walk_kind"}
"""What makes something known for good; their own tests spoil the calls."""

ABSTRACT = {
    "DeviceNoise",
    "Method",
    "Payoff",
    "PriceDistribution",
    "PriceModel",
    "Walk",
    "WalkGate",
}


@dataclass(frozen=True)
class Call:
    """A call that works."""

    name: str
    function: Callable[..., Any]
    arguments: Mapping[str, Any]
    free: frozenset[str] = field(default_factory=frozenset)
    """Arguments that take whatever there is, such as a label."""
    slow: bool = False
    needs: str | None = None
    """A module without which the call gives an ``ImportError``."""

    @property
    def is_possible(self):
        """Whether the module that it needs is there."""
        return self.needs is None or find_spec(self.needs) is not None


def public_names():
    """All names that users call, by module."""
    found = {}
    for module in pkgutil.walk_packages(qiskit_ssqw.__path__, "qiskit_ssqw."):
        if module.name in PARTS or module.name.endswith("__main__"):
            continue
        names = getattr(importlib.import_module(module.name), "__all__", ())
        found.update({name: getattr(importlib.import_module(module.name), name) for name in names})
    found.update({name: getattr(qiskit_ssqw, name) for name in qiskit_ssqw.__all__})
    return {
        name: value
        for name, value in found.items()
        if not (isinstance(value, type) and issubclass(value, Warning))
        if name not in MADE_HERE | TRUSTING | EXTENDING | ABSTRACT
        if callable(value)
    }


@cache
def valid_calls():
    """The registry: calls by their names, ``Class`` or ``function`` or ``Class.method``."""
    registry = {}

    def add(name, function, /, *, free=(), slow=False, needs=None, **arguments):
        call = Call(name, function, arguments, frozenset(free), slow, needs)
        registry.setdefault(name, []).append(call)

    for fill in (_targets, _walks, _fits, _circuits, _synthesis, _payoffs, _markets, _pricing):
        fill(add)
    for fill in (_history, _credit, _devices, _pictures, _metrics):
        fill(add)
    new = {name: kind for name, kind in public_names().items() if name not in registry}
    for kind, example in own_examples(filter(inspect.isclass, new.values())).items():
        add(kind.__name__, kind, **arguments_of(example))
    return registry


ANGLES = [[0.3, 0.4], [0.5, 0.6]]
MARKET = {"spot": 2.0, "volatility": 0.4, "rate": 0.05, "maturity": 0.5}
TARGET = TargetDistribution([0.1, 0.2, 0.3, 0.4], (1.0, 2.0))
SIMPLE = MultiscaleWalk(2, [(1, 0)], [[0.1, 0.2]])
LATTICE = SplitStepWalk(2, ANGLES)
SPINORS = np.array([[1, 0], [0, 0], [0, 0], [0, 0]])
STATE = targets.TargetState([0.6, -0.8], (0, 1))
TORUS = walks.TorusWalk.template((2, 2), 1)
TREE = walks.TreeWalk.from_probabilities([0.1, 0.2, 0.3, 0.4])
WALKS = {type(walk): walk for walk in (SIMPLE, LATTICE, TORUS, TREE)}
WALKS |= own_examples({kind.walk for kind in walks.walk_kinds()} - set(WALKS))
FITTED = fit(TARGET, seed=1)
FOLDER = tempfile.TemporaryDirectory()
SAVED = Path(FOLDER.name, "saved.json")
FITTED.save(SAVED)


def _targets(add):
    add("TargetDistribution", TargetDistribution, probabilities=[0.25] * 4, bounds=(1.0, 2.0))
    square = [[0.25, 0.25], [0.25, 0.25]]
    add("TargetDistribution", TargetDistribution, probabilities=square, axes=[[1, 2], [3, 4]])
    for make in (TargetDistribution.normal, TargetDistribution.lognormal):
        name = f"TargetDistribution.{make.__name__}"
        add(name, make, num_qubits=2, mu=0.1, sigma=0.2, bounds=(0.5, 2.0), rule="pdf")
        matrix = [[0.2, 0.1], [0.1, 0.3]]
        two = {"num_qubits": [1, 2], "mu": [0.1, 0.2], "sigma": matrix}
        add(name, make, **two, bounds=[(0.5, 1), (0.5, 2)])
    add(
        "TargetDistribution.from_scipy",
        TargetDistribution.from_scipy,
        **{"num_qubits": 2, "distribution": norm(2, 0.1), "bounds": (1.5, 2.5), "rule": "cell"},
        **{"rate": 0.1, "maturity": 0.5},
    )
    samples = np.linspace(1, 2, 9)
    sampled = TargetDistribution.from_samples
    add("TargetDistribution.from_samples", sampled, num_qubits=2, samples=samples, bounds=(1, 2))
    add("TargetDistribution.from_samples", sampled, num_qubits=2, samples=samples, grid="quantile")
    for options in (
        {"num_std": 3.0, "rule": "pdf"},
        {"grid": "log", "tail_mass": 1e-3, "align": 2.0},
        {"grid": "quantile"},
    ):
        make = TargetDistribution.from_black_scholes
        name = "TargetDistribution.from_black_scholes"
        add(name, make, num_qubits=2, **MARKET, dividend_yield=0.1, **options)
    two = {**MARKET, "spot": [1.0, 2.0], "volatility": [0.2, 0.3]}
    add(name, make, num_qubits=[1, 1], **two, correlation=[[1, 0.5], [0.5, 1]])
    make = TargetDistribution.from_market
    market = finance.Market(**MARKET)
    add("TargetDistribution.from_market", make, num_qubits=2, market=market, grid="log")
    add("TargetState", targets.TargetState, amplitudes=[0.6, -0.8], bounds=(0, 1))
    add("TargetState.from_dict", targets.TargetState.from_dict, data=STATE.to_dict())


def _walks(add):
    add(
        "MultiscaleWalk",
        MultiscaleWalk,
        **{"num_qubits": 3, "flips": [(2, 1), (1, 0)], "angles": [[0.1, 0.2], [0.3, 0.4]]},
        **{"initial_angles": [0.1, 0.2, 0.3], "line": [2, 1, 0]},
    )
    make = MultiscaleWalk.from_windows
    add("MultiscaleWalk.from_windows", make, num_qubits=3, window=[(1, 0)], last=[(1, 0)])
    add("MultiscaleWalk.on_line", SIMPLE.on_line, line=[0, 1])
    add("MultiscaleWalk.refined", SIMPLE.refined, num_qubits=3)
    add("MultiscaleWalk.matrix_product", SIMPLE.matrix_product, cutoff=1e-14)
    add(
        "SplitStepWalk",
        SplitStepWalk,
        **{"num_position_qubits": 2, "coin_angles": ANGLES, "start": 1, "repetitions": 2},
        **{"initial_coin": [0.1, 0.2, 0.3], "final_coin": [0.1, 0.2, 0.3], "coin": "absorbed"},
    )
    add(
        "SplitStepWalk.template",
        SplitStepWalk.template,
        **{"num_position_qubits": 2, "steps": 2, "coins": "ry", "coin": "traced", "start": 0},
        **{"repetitions": 1, "initial_coin": True, "final_coin": False},
    )
    torus = walks.TorusWalk
    add("TorusWalk.template", torus.template, num_position_qubits=[2, 2], steps=1, start=[0, 1])
    add(
        "TorusWalk",
        torus,
        num_position_qubits=[2, 2],
        coin_angles=TORUS.coin_angles,
        start=[0, 0],
    )
    add("TreeWalk", walks.TreeWalk, num_qubits=2, angles=TREE.angles)
    tree = walks.TreeWalk
    chances = [0.1, 0.2, 0.3, 0.4]
    add("TreeWalk.from_probabilities", tree.from_probabilities, probabilities=chances)
    add("TreeWalk.from_amplitudes", tree.from_amplitudes, amplitudes=[0.6, -0.8])
    for kind, walk in WALKS.items():
        for method in ("with_parameters", "vjp", "jacobian"):
            function = getattr(walk, method)
            add(f"{kind.__name__}.{method}", function, parameters=walk.parameters)
        add("Walk.from_dict", walks.Walk.from_dict, data=walk.to_dict())
    add("kind_of", walks.kind_of, walk=TREE)
    add("walk_kinds", walks.walk_kinds)
    fields = dict.fromkeys(("gate", "flips", "exact", "guess", "angles"), "math:cos")
    free = ("title", *fields)
    add("WalkKind", walks.WalkKind, walk=walks.TreeWalk, title="tree", **fields, free=free)
    add("strip_layers", exact.strip_layers, spinors=SPINORS, free=("spinors",))


def _fits(add):
    options = {"tolerance": 1e-2, "max_two_qubit_gates": 3, "seed": 1, "max_seconds": 5.0}
    free = ("callback", "progress")
    add("fit", fit, target=TARGET, method="auto", signs="free", order="auto", **options, free=free)
    add("fit", fit, target=TARGET, walk=LATTICE, tolerance=0.9, seed=1, method="gradient")
    add("fit", fit, target=TARGET, starts=[SIMPLE], seed=1, tolerance=0.1)
    loss = fitting.Variational(max_evaluations=2, shots=None)
    add("fit", fit, target=TARGET, walk=SIMPLE, method=loss, seed=1)
    many = {"targets": [TARGET], "tolerance": 1e-2, "seed": 1, "n_jobs": 1, "warm_start": True}
    add("fit_many", fit_many, **many, free=("progress", "warm_start"))
    bell = {"distribution": norm(), "num_qubits": 2, "bounds": (-2.0, 2.0), "tolerance": 0.1}
    add("fit_continuous", fitting.fit_continuous, **bell, seed=1)
    few = {"target": TARGET, "tolerance": 0.1, "start": 0, "max_steps": 2, "seed": 1}
    add("fit_fewest_steps", fitting.fit_fewest_steps, **few, max_seconds=1.0, slow=True)
    free = ("sampler", "pass_manager", "loss", "optimizer")
    tried = {"shots": 10, "loss": "mse", "optimizer": "COBYLA", "max_evaluations": 3}
    add("Variational", fitting.Variational, **tried, initial_point=[0.1, 0.2], free=free)
    add("FitResult.price_error_bound", FITTED.price_error_bound, payoff_range=1.0)
    add("FitResult.load", qiskit_ssqw.FitResult.load, path=str(SAVED))


def _circuits(add):
    label = {"free": ("label", "name", "parameter_prefix")}
    add("SSQWDistribution", SSQWDistribution, walk=LATTICE, name="loader", **label)
    made = {"num_position_qubits": 2, "steps": 1, "coins": "u", "coin": "traced", "start": 1}
    flags = ("initial_coin", "final_coin", "parameter_prefix")
    make = SSQWDistribution.ansatz
    add("SSQWDistribution.ansatz", make, **made, repetitions=1, free=flags)
    make = SSQWDistribution.parametrised
    add("SSQWDistribution.parametrised", make, walk=SIMPLE, parameter_prefix="a", **label)
    for walk in WALKS.values():
        kind = walks.kind_of(walk).find("gate")
        name = kind.__name__
        add(name, kind, walk=walk, parameters=walk.parameters, label="w", inverted=False, **label)
        add(f"{name}.power", kind(walk).power, exponent=2)
    shift = {"num_position_qubits": 2, "shift": 1, "label": "s"}
    add("ConditionalShiftGate", circuit.ConditionalShiftGate, **shift, **label)
    coins = {"first_coin": [0.3, 0.2, 0.1], "second_coin": [0.1, 0.2, 0.3]}
    add("SplitStepGate", circuit.SplitStepGate, num_position_qubits=2, **coins, **label)
    turns = {"rotations": {0: 0.1, 3: 0.2}, "num_controls": 2, "label": "x"}
    add("WalshRYGate", circuit.WalshRYGate, **turns, **label)
    zero = {"num_reflected": 2, "ancilla": True}
    add("ZeroReflectionGate", circuit.ZeroReflectionGate, **zero, **label)
    loader = SSQWDistribution(LATTICE)
    add("legible", circuit.legible, circuit=loader)
    plain = efficient_su2(2, reps=1).assign_parameters(np.arange(8.0))
    add("clifford_t", clifford_t.clifford_t, circuit=plain, error=1e-2)
    add("clifford_t", clifford_t.clifford_t, circuit=plain, each=1e-2)
    counted = QuantumCircuit(2)
    counted.t(0)
    add("t_count", clifford_t.t_count, circuit=counted)
    add("t_depth", clifford_t.t_depth, circuit=counted)
    lean = {"target": TARGET, "tolerance": 0.1, "attempts": 1, "phases": "positive", "seed": 1}
    add("t_lean", clifford_t.t_lean, **lean, free=("progress",), slow=True)
    backend = GenericBackendV2(4, seed=1)
    add("FuseWalkSteps", transpiler.FuseWalkSteps)
    add("WalkLayout", transpiler.WalkLayout, target=backend.target)
    placed = {"device": backend, "optimization_level": 1}
    add("generate_walk_pass_manager", transpiler.generate_walk_pass_manager, **placed)


def _synthesis(add):
    for name, walk in (
        *((f"synth_lattice_{kind}", LATTICE) for kind in ("fourier", "multiplexed", "shifts")),
        *((f"synth_lattice_{kind}", LATTICE) for kind in ("tree", "unary")),
        ("synth_multiscale", SIMPLE),
        ("synth_torus_fourier", TORUS),
        ("synth_tree", TREE),
    ):
        add(name, getattr(synthesis, name), walk=walk, parameters=walk.parameters)
    whole = {"walk": LATTICE, "parents": (1, 2), "rzz": False}
    add("synth_lattice_tree", synthesis.synth_lattice_tree, **whole, free=("rzz",))
    add("synth_start", synthesis.synth_start, walk=LATTICE)
    add("num_unary_ancillas", synthesis.num_unary_ancillas, walk=LATTICE)
    shift = synthesis.synth_conditional_shift
    add("synth_conditional_shift", shift, num_position_qubits=2, shift=1)
    add("line_parents", synthesis.line_parents, num_position_qubits=3, coin="end")
    line = {"edges": [(0, 1), (1, 2)]}
    turns = {"rotations": {0: 0.1, 3: 0.2}, "num_controls": 2}
    add("synth_walsh_ry_tree", synthesis.synth_walsh_ry_tree, **turns, **line)
    zero = synthesis.synth_zero_reflection_tree
    add("synth_zero_reflection_tree", zero, **line, num_qubits=3)


def _payoffs(add):
    call = finance.Call(1.9)
    for name in OF_STRIKES.values():
        kind = getattr(finance, name)
        size = {"size": 2.0} if "Digital" in name else {}
        add(name, kind, **strikes_of(kind, 1.0, 2.8), **size)
    add("Asian", finance.Asian, payoff=call, mean="geometric")
    steps = {"levels": [2.0, 2.1], "coupons": [0.1, 0.2]}
    add("Autocallable", finance.Autocallable, **steps, payoff=call)
    add("Barrier", finance.Barrier, payoff=call, level=2.5, kind="up-and-out")
    for name in ("Basket", "GeometricBasket"):
        add(name, getattr(finance, name), weights=[0.5, 0.5], payoff=call)
    for name in ("BestOf", "WorstOf", "Last", "Spread"):
        add(name, getattr(finance, name), payoff=call)
    add("Breaches", finance.Breaches, payoff=call, level=1.5, kind="below")
    doubled = {"function": np.sum, "values_per_point": 2, "label": "sum"}
    free = ("function", "label")
    add("FunctionPayoff", finance.FunctionPayoff, **doubled, free=free)
    lines = {"breakpoints": [0.0, 1.0], "slopes": [0.0, 1.0, 2.0], "offsets": [0.0, 0.1, 0.2]}
    add("PiecewiseLinear", finance.PiecewiseLinear, **lines, label="line", free=("label",))
    put = finance.Put(1.5)
    add("Portfolio", finance.Portfolio, parts=((1.0, call), (-2.0, put)), cash=1.0)
    rates = {"pca_matrix": [[1.0, 0.0], [0.0, 1.0]], "initial_rates": [0.1, 0.1]}
    add("PresentValue", finance.PresentValue, cash_flow=[1.0, 2.0], **rates)
    market = finance.Market(**MARKET)
    paths = {"spot": 2.0, "method": "pathwise", "bump": 0.01}
    add("delta", finance.delta, payoff=call, **paths)
    add("delta", finance.delta, payoff=call, market=market, method="likelihood-ratio")
    for name in ("gamma", "rho", "theta", "vega"):
        add(name, getattr(finance, name), payoff=call, market=market)


def _markets(add):
    free = {"spot": 2.0, "rate": 0.05, "dividend_yield": 0.01}
    variance = {
        **{"initial_variance": 0.04, "mean_reversion": 1.5, "long_run_variance": 0.05},
        **{"volatility_of_variance": 0.3, "correlation": -0.5},
    }
    jumps = {"jump_intensity": 0.5, "jump_mean": -0.1, "jump_std": 0.2}
    volatility = {"volatility": 0.3}
    add("Market", finance.Market, **MARKET, dividend_yield=0.01)
    two = {**MARKET, "spot": [2.0, 1.0], "volatility": [0.4, 0.3]}
    add("Market", finance.Market, **two, correlation=[[1, 0.5], [0.5, 1]])
    market = finance.Market(**MARKET)
    add("Market.implied_volatility", market.implied_volatility, payoff=finance.Call(2), price=0.2)
    add("Market.greeks", market.greeks, payoff=finance.Call(2))
    add("Market.sample", market.sample, size=3, seed=1)
    for method in ("quantile", "upper_quantile", "share_quantile"):
        function = getattr(market, method)
        add(f"Market.{method}", function, probabilities=[0.1, 0.5])
    add("Market.cdf", market.cdf, prices=np.array([1.0, 2.0]), free=("prices",))
    models = {
        "Bachelier": {**free, **volatility},
        "Heston": {**free, **variance},
        "Merton": {**free, **volatility, **jumps},
        "Bates": {**free, **variance, **jumps},
        "VarianceGamma": {**free, **volatility, "drift": 0.1, "variance_rate": 0.2},
        "CIR": {
            **{"initial_rate": 0.03, "mean_reversion": 0.5, "long_run_rate": 0.04},
            **{"volatility": 0.1, "measure": "forward"},
        },
    }
    public = {getattr(finance, name) for name in finance.__all__ if name not in models}
    kinds = {each for each in public if inspect.isclass(each) and issubclass(each, PriceModel)}
    for kind, example in own_examples(kinds).items():
        models[kind.__name__] = arguments_of(example)
    for name, parameters in models.items():
        model = getattr(finance, name)
        add(name, model, **parameters)
        add(f"{name}.at", model(**parameters).at, maturity=0.5)
    strikes = np.linspace(1.4, 2.8, 8)
    quoted = {"strikes": strikes, "volatilities": np.full(8, 0.3), "forward": 2.0}
    make = finance.from_option_quotes
    add("from_option_quotes", make, **quoted, maturity=0.5, rate=0.01, slow=True)
    reference = {"payoff": finance.Call(2), "market": market, "standard_error": 0.0, "seed": 1}
    add("reference_value", finance.reference_value, **reference)


def _pricing(add):
    call, loader = finance.Call(1.5), QuantumWalkUncertaintyModel(TARGET, seed=1)
    made = {"target": TARGET, "tolerance": 0.1, "seed": 1, "name": "P"}
    add("QuantumWalkUncertaintyModel", QuantumWalkUncertaintyModel, **made, free=("name",))
    for name, make in (
        ("normal", QuantumWalkUncertaintyModel.normal),
        ("lognormal", QuantumWalkUncertaintyModel.lognormal),
    ):
        given = {"num_qubits": 2, "mu": 0.1, "sigma": 0.2, "bounds": (0.5, 2.0), "seed": 1}
        add(f"QuantumWalkUncertaintyModel.{name}", make, **given)
    models = [QuantumWalkUncertaintyModel(TARGET, seed=1) for _ in range(2)]
    add("ProductModel", finance.ProductModel, models=models, most_qubits=5, free=("name",))
    register = finance.PathModel(1, 2, **MARKET)
    parts = {"parts": register._parts, "prices": register.prices}
    add("RegisterModel", finance.RegisterModel, **parts, num_steps=2, most_qubits=5)
    path = {"num_qubits": 1, "num_steps": 2, **MARKET, "grid": "log", "dividend_yield": 0.1}
    add("PathModel", finance.PathModel, **path, most_qubits=5, seed=1)
    two = {**MARKET, "spot": [2.0, 1.0], "volatility": [0.4, 0.3]}
    together = finance.Market(**two)
    factor = {"num_qubits": 1, "market": together, "loadings": [0.7, 0.7]}
    add("FactorModel", finance.FactorModel, **factor, factor_qubits=1, grid="log", seed=1)
    choice = {"encoding": "auto", "payoff_tolerance": 0.0}
    add("OptionPricing", finance.OptionPricing, payoff=call, model=loader, **choice)
    asked = {"accuracy": 0.2, "alpha": 0.1, "epsilon": 0.2, "seed": 1, "max_seconds": 5.0}
    more = {"absolute_accuracy": 0.1, "encoding": "auto", "estimator": "bayes"}
    free = ("reference", "progress", "sampler")
    add("price", finance.price, payoff=call, model=loader, **asked, **more, free=free, slow=True)
    loss = finance.Put(1.5)
    for name in ("expected_shortfall", "value_at_risk"):
        function = getattr(finance, name)
        add(name, function, loss=loss, model=loader, level=0.5, **asked, free=free, slow=True)
    application = finance.OptionPricing(call, loader)
    spent = {"epsilon": 0.1, "alpha": 0.1, "estimator": "bayes", "synthesis_share": 0.05}
    add("resources", finance.resources, application=application, **spent, slow=True)
    bayes = {
        **{"epsilon_target": 0.1, "alpha": 0.1, "shots": 1, "max_power": 5, "max_calls": 100},
        **{"max_circuits": 10, "noise": (0.01, 0.1), "threshold": 0.3, "seed": 1},
    }
    free = ("sampler", "pass_manager", "progress")
    kind = finance.BayesianAmplitudeEstimation
    add("BayesianAmplitudeEstimation", kind, **bayes, free=free)
    robust = {"epsilon_target": 0.1, "alpha": 0.1, "noise": (0.01, 0.1), "flips": (0.01, 0.02)}
    kind = finance.RobustAmplitudeEstimation
    add("RobustAmplitudeEstimation", kind, **robust, free=free)
    (problem,) = application.to_estimation_problems()
    add("power_of", estimation.power_of, problem=problem, k=1, free=("measurement",))
    add("matrix_product_sampler", finance.matrix_product_sampler, seed=1)


def _history(add):
    prices, dates = [1.0, 1.1, 1.05, 1.2], ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-06"]
    days = np.array(dates, "datetime64[D]")
    add(
        "PriceHistory",
        finance.PriceHistory,
        prices=np.array(prices),
        dates=days,
        notes=(),
        free=("notes",),
    )
    history = finance.PriceHistory(np.array(prices), days)
    add("PriceHistory.latest", history.latest, window=2)
    add("PriceHistory.volatility", history.volatility, window=2, periods_per_year=252)
    add("realised_volatility", finance.realised_volatility, prices=prices, periods_per_year=252.0)
    table = {"Date": dates, "Close": prices}
    try:
        from pandas import DataFrame

        frame = DataFrame(table).set_index("Date")
    except ImportError:
        frame = Path(FOLDER.name, "prices.csv")
        rows = [f"{date},{price}" for date, price in zip(dates, prices, strict=True)]
        frame.write_text("\n".join(["Date,Close", *rows]))
    add("read_history", finance.read_history, source=frame, column="Close", decimal=".")
    add("read_prices", finance.read_prices, source=frame, column="Close")


def _credit(add):
    obligors = {
        **{"default_probabilities": [0.1, 0.2], "sensitivities": [0.1, 0.05]},
        "losses_given_default": [1.0, 2.0],
    }
    add("Obligors", finance.Obligors, **obligors)
    for method in ("conditional_probabilities",):
        known = finance.Obligors(**obligors)
        add(f"Obligors.{method}", getattr(known, method), factor=[0.1, 0.2])
    options = {"num_std": 3.0, "conditional": "exact", "tolerance": 1e-2, "most_qubits": 8}
    add("CreditModel", finance.CreditModel, num_qubits=1, **obligors, **options, free=("name",))
    losses = {"losses": [0.0, 1.0], "probabilities": [0.9, 0.1]}
    add("LossDistribution", finance.LossDistribution, **losses)
    distribution = finance.LossDistribution(**losses)
    add("LossDistribution.value_at_risk", distribution.value_at_risk, level=0.95)
    add("LossDistribution.expected_shortfall", distribution.expected_shortfall, level=0.95)


def _devices(add):
    noise = devices.DeviceNoise.depolarising(0.01, 0.001, 0.02)
    chances = {"two_qubit": 0.01, "one_qubit": 0.001, "readout": 0.02}
    add("DeviceNoise.depolarising", devices.DeviceNoise.depolarising, **chances)
    add("DeviceNoise.confusion", noise.confusion, qubits=[0, 1])
    invert = {"up": [0.01, 0.02], "down": [0.02, 0.03], "up_errors": [0.001] * 2}
    kind = devices.ReadoutInversion
    add("ReadoutInversion", kind, **invert, down_errors=[0.001, 0.001])
    counted = {"zeros": {0: 90, 1: 10}, "ones": {1: 80, 0: 20}, "bits": 1}
    add("ReadoutInversion.of_counts", kind.of_counts, **counted)
    add("Mitigation", devices.Mitigation, readout=True, folds=(1, 3), extrapolation="linear")
    series = {"factors": [1, 3], "values": [0.5, 0.4], "standard_errors": [0.01, 0.01]}
    add("extrapolate", devices.extrapolate, **series, method="linear")
    add("fold_two_qubit_gates", devices.fold_two_qubit_gates, circuit=_bell(), factor=3.0)
    add("folding_factor", devices.folding_factor, circuit=_bell(), factor=3.0)
    add(
        "noise_maps",
        devices.noise_maps,
        noise=noise,
        circuit=_bell(),
        needs="qiskit_mitigation",
    )
    backend = GenericBackendV2(3, seed=1)
    on = {"target": TARGET, "backend": backend, "tolerance": 0.1, "trust": 1.0, "seed": 1}
    flags = ("inside_iterates", "refit", "noise")
    add("fit_for", devices.fit_for, **on, free=flags, slow=True)
    measured = _bell()
    measured.measure_all()
    noise = devices.DeviceNoise.depolarising(0.01)
    run = {
        "executor": None,
        "noise": noise,
        "circuit": measured,
        "function": np.ones_like,
        "shots": 10,
    }
    add("estimate_on_executor", devices.estimate_on_executor, **run, factors=(1, 3))


def _bell():
    bell = QuantumCircuit(2)
    bell.h(0)
    bell.cx(0, 1)
    return bell


def _pictures(add):
    free = {"free": ("titles",), "slow": True}
    add("new_axes", visualization.new_axes)
    add("plot_angles", visualization.plot_angles, walk=SIMPLE, **free)
    add("plot_convergence", visualization.plot_convergence, results=FITTED, **free)
    add("plot_loaded_distribution", visualization.plot_loaded_distribution, result=FITTED, **free)
    call, loader = finance.Call(1.5), QuantumWalkUncertaintyModel(TARGET, seed=1)
    add("plot_payoff", visualization.plot_payoff, payoff=call, model=loader, **free)
    square = TargetDistribution([[0.1, 0.2], [0.3, 0.4]], [(0, 1), (0, 1)])
    add(
        "plot_images",
        visualization.plot_images,
        results=[fit(square, seed=1)],
        titles=["x"],
        **free,
    )
    add("plot_walker", visualization.plot_walker, walk=LATTICE, **free)
    add("animate_walker", visualization.animate_walker, walk=LATTICE, interval=100, **free)
    runs = {"runs": {"bayes": [(10.0, 0.1), (20.0, 0.05)]}}
    add("plot_estimation", visualization.plot_estimation, **runs, **free)
    device = GenericBackendV2(3, coupling_map=[[0, 1], [1, 2]], seed=1)
    on = {"circuit": transpile(_bell(), device), "device": device}
    add("plot_walk_layout", visualization.plot_walk_layout, **on, **free)


def _metrics(add):
    p, q = [0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]
    for name in ("hellinger", "kl_divergence", "kolmogorov_smirnov", "total_variation"):
        add(name, getattr(metrics, name), p=p, q=q)
    add("mean_squared_error", metrics.mean_squared_error, p=p, q=q)
    add("fidelity", metrics.fidelity, p=p, amplitudes=[0.5] * 4, free=("amplitudes",))
