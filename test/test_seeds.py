"""Every ``seed=`` of the package takes integers of any size, and refuses the rest alike."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest
from qiskit.providers.fake_provider import GenericBackendV2

import qiskit_ssqw
from qiskit_ssqw import (
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    TargetDistribution,
    fit,
    fit_many,
)
from qiskit_ssqw.clifford_t import t_lean
from qiskit_ssqw.devices import fit_for
from qiskit_ssqw.finance import (
    Asian,
    BayesianAmplitudeEstimation,
    Call,
    Market,
    PathModel,
    PriceDistribution,
    RobustAmplitudeEstimation,
    expected_shortfall,
    from_option_quotes,
    matrix_product_sampler,
    price,
    reference_value,
    value_at_risk,
)
from qiskit_ssqw.fitting import Variational, fit_fewest_steps

pytestmark = pytest.mark.filterwarnings(
    "ignore::qiskit_ssqw.finance.PriceAccuracyWarning",
    "ignore::qiskit_ssqw.finance.RiskWarning",
)

MARKET = {"spot": 2.0, "volatility": 0.4, "rate": 0.05, "maturity": 0.25}
TARGET = TargetDistribution([0.1, 0.2, 0.4, 0.3], (0, 3))
WALK = SplitStepWalk.template(2, 1, coins="ry")
QUOTES = from_option_quotes([1.8, 2.0, 2.2], volatilities=[0.4] * 3, forward=2.0, maturity=0.5)
DEVICE = GenericBackendV2(3, seed=1)
MODEL = QuantumWalkUncertaintyModel(TARGET, seed=1)


def variational(seed, resume=None):
    method = Variational(shots=10, max_evaluations=2)
    return fit(TARGET, walk=WALK, method=method, resume=resume, seed=seed)


TAKES_A_SEED = {
    "fit": lambda seed: fit(TARGET, seed=seed),
    "fit, variational": variational,
    "fit, exact": lambda seed: fit(TARGET, method="exact", seed=seed),
    "fit, budget": lambda seed: fit(TARGET, max_two_qubit_gates=1, seed=seed),
    "fit_many": lambda seed: fit_many([TARGET], seed=seed),
    "fit_fewest_steps": lambda seed: fit_fewest_steps(TARGET, max_steps=1, seed=seed),
    "QuantumWalkUncertaintyModel": lambda seed: QuantumWalkUncertaintyModel(TARGET, seed=seed),
    "PathModel": lambda seed: PathModel(2, 2, **MARKET, seed=seed),
    "price": lambda seed: price(Call(1.5), MODEL, epsilon=0.2, seed=seed),
    "BayesianAmplitudeEstimation": lambda seed: BayesianAmplitudeEstimation(0.1, seed=seed),
    "value_at_risk": lambda seed: value_at_risk(Call(1.5), MODEL, epsilon=0.02, seed=seed),
    "expected_shortfall": lambda seed: expected_shortfall(
        Call(1.5), MODEL, epsilon=0.02, accuracy=0.5, seed=seed
    ),
    "RobustAmplitudeEstimation": lambda seed: RobustAmplitudeEstimation(0.1, seed=seed),
    "fit_for": lambda seed: fit_for(TARGET, DEVICE, seed=seed),
    "matrix_product_sampler": matrix_product_sampler,
    "t_lean": lambda seed: t_lean(TARGET, tolerance=0.05, attempts=1, seed=seed),
    "Market.sample": lambda seed: Market(**MARKET).sample(3, seed=seed),
    "PriceDistribution.sample": lambda seed: PriceDistribution.sample(
        Market(**MARKET), 3, seed=seed
    ),
    "QuotedPrices.sample": lambda seed: QUOTES.sample(3, seed=seed),
    "reference_value": lambda seed: reference_value(Call(2.0), Market(**MARKET), seed=seed),
    "reference_value, simulated": lambda seed: reference_value(
        Asian(Call(2.0)), Market(**MARKET), num_steps=2, seed=seed
    ),
}


@pytest.mark.parametrize("seed", [0, 2**32, 2**70, np.int64(5), None])
@pytest.mark.parametrize("name", TAKES_A_SEED)
def test_integers_of_any_size(name, seed):
    TAKES_A_SEED[name](seed)


@pytest.mark.parametrize(
    ("seed", "error", "message"),
    [
        (1.5, TypeError, r"seed must be an integer, got 1\.5"),
        (2.0, TypeError, r"seed must be an integer, got 2\.0"),
        (True, TypeError, "seed must be an integer, got True"),
        ("1", TypeError, "seed must be an integer, got '1'"),
        ([1, 2], TypeError, r"seed must be an integer, got \[1, 2\]"),
        (-1, ValueError, "seed must be at least 0, got -1"),
    ],
)
@pytest.mark.parametrize("name", TAKES_A_SEED)
def test_anything_else_is_refused(name, seed, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        TAKES_A_SEED[name](seed)


def test_large_seeds_differ():
    """They are not cut off at some number of bits."""
    for name in ("fit, variational", "price"):
        first, again, other = (TAKES_A_SEED[name](seed) for seed in (2**70, 2**70, 2**70 + 2**64))
        assert first == again
        assert first.seed == 2**70
        assert first != other


def test_seeds_of_resumed_fits():
    begun = variational(1)
    for seed in (1.0, True):
        with pytest.raises(TypeError, match=f"seed must be an integer, got {seed}"):
            variational(seed, resume=begun)


def test_nothing_is_left_out():
    """All public names with a parameter ``seed`` are tested here."""
    found = set()
    packages = [
        m.name for m in pkgutil.walk_packages(qiskit_ssqw.__path__, "qiskit_ssqw.") if m.ispkg
    ]
    for package in map(importlib.import_module, ["qiskit_ssqw", *packages]):
        for name in getattr(package, "__all__", ()):
            found |= {
                place for place, thing in members(name, getattr(package, name)) if seeded(thing)
            }
    reported = {  # of what was run
        "DeviceFit",
        "FitResult",
        "PricingResult",
        "RiskResult",
        "TLeanResult",
        "Variational.run",
    }
    assert found - reported == {name.split(",")[0] for name in TAKES_A_SEED} - {"PathModel"}


def members(name, thing):
    yield name, thing
    if inspect.isclass(thing):
        for method, function in inspect.getmembers(thing, inspect.isfunction):
            if not method.startswith("_"):
                yield f"{name}.{method}", function


def seeded(thing):
    try:
        return "seed" in inspect.signature(thing).parameters
    except (TypeError, ValueError):
        return False
