"""What Qiskit 3 breaks in qiskit-finance and qiskit-algorithms, tried out on Qiskit 2.

Qiskit announces what it will remove in 3.0. Each neighbour is run here with these warnings
collected, then imported in a process where the announced names are gone; then our prices are
estimated without them, qiskit-algorithms being imported before. Run with
``python benchmarks/qiskit_3.py``.
"""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator

import numpy as np
from running import run_script

_MODULES = (
    "qiskit_algorithms",
    "qiskit_finance.circuit.library",
    "qiskit_finance.applications.estimation",
    "qiskit_optimization.problems",
    "qiskit_optimization.algorithms",
    "qiskit_aer",
    "qiskit_ssqw.circuit",
    "qiskit_ssqw.transpiler",
    "qiskit_ssqw.finance.uncertainty_model",
    "qiskit_ssqw.finance.pricing",
)


def announced() -> list[str]:
    """Names of ``qiskit.circuit.library`` that are announced to go in Qiskit 3."""
    from qiskit.circuit import library

    return [
        name
        for name, found in vars(library).items()
        if inspect.isclass(found)
        and (issubclass(found, library.BlueprintCircuit) or _is_announced(found.__init__))
    ]


def _is_announced(function: Callable) -> bool:
    _, mark, note = (function.__doc__ or "").partition("deprecated::")
    return bool(mark) and "3.0" in note


def examples() -> Iterator[tuple[str, Callable[[], object]]]:
    """Everything that qiskit-finance's tutorials on prices and risk make and run."""
    from qiskit.circuit.library import LinearAmplitudeFunction
    from qiskit.primitives import StatevectorSampler
    from qiskit_algorithms import (
        AmplitudeEstimation,
        EstimationProblem,
        FasterAmplitudeEstimation,
        IterativeAmplitudeEstimation,
        MaximumLikelihoodAmplitudeEstimation,
    )
    from qiskit_finance.applications.estimation import (
        EuropeanCallDelta,
        EuropeanCallPricing,
        FixedIncomePricing,
    )
    from qiskit_finance.circuit import library as theirs

    from qiskit_ssqw import QuantumWalkUncertaintyModel
    from qiskit_ssqw.finance import BayesianAmplitudeEstimation, Call, OptionPricing, price

    bounds, square = (1.2, 2.8), [(0, 0.12), (0, 0.24)]
    sampler = StatevectorSampler(seed=np.random.default_rng(1))
    walk = QuantumWalkUncertaintyModel.lognormal(3, 0.69, 0.0175, bounds, seed=1)
    pair = QuantumWalkUncertaintyModel.normal(
        [2, 2], [0.12, 0.24], 0.01 * np.eye(2), square, tolerance=0.01, seed=1
    )
    problem = OptionPricing(Call(1.9), walk).to_estimation_problem()
    bare = EstimationProblem(problem.state_preparation, problem.objective_qubits)

    yield "NormalDistribution", lambda: theirs.NormalDistribution(3)
    yield "LogNormalDistribution", lambda: theirs.LogNormalDistribution(3)
    yield "UniformDistribution", lambda: theirs.UniformDistribution(3)
    yield (
        "GaussianConditionalIndependenceModel",
        lambda: theirs.GaussianConditionalIndependenceModel(2, 2, [0.15, 0.25], [0.1, 0.05]),
    )
    yield "EuropeanCallPricing", lambda: EuropeanCallPricing(3, 1.9, 0.25, bounds, walk)
    yield "EuropeanCallDelta", lambda: EuropeanCallDelta(3, 1.9, bounds, walk)
    yield (
        "FixedIncomePricing",
        lambda: FixedIncomePricing([2, 2], np.eye(2), [0, 0], [1.0, 2.0], 0.125, square, pair),
    )
    yield "LinearAmplitudeFunction", lambda: LinearAmplitudeFunction(2, 1, 0, (0, 3), (0, 3))
    yield "EstimationProblem.grover_operator", lambda: bare.grover_operator
    for made in (
        AmplitudeEstimation(3, sampler=sampler),
        IterativeAmplitudeEstimation(0.05, 0.05, sampler=sampler),
        MaximumLikelihoodAmplitudeEstimation(2, sampler=sampler),
        FasterAmplitudeEstimation(0.05, 2, sampler=sampler),
        BayesianAmplitudeEstimation(0.05, seed=1),
    ):
        yield f"{type(made).__name__}, our problem", lambda made=made: made.estimate(problem)
    yield "OptionPricing", lambda: OptionPricing(Call(1.9), walk).to_estimation_problem()
    yield "price", lambda: price(Call(1.9), walk, accuracy=0.05, seed=1)


def warned(run: Callable[[], object]) -> list[str]:
    """The classes and functions of Qiskit that it warns about."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run()
    told = [str(one.message) for one in caught if issubclass(one.category, DeprecationWarning)]
    found = [re.search(r"``(?:\w+\.)*(\w+)\.__init__|``(?:\w+\.)*(\w+)", one) for one in told]
    return sorted({match[1] or match[2] for match in found if match})


def remove() -> dict[str, type]:
    """Take the announced names away from this process, and return them."""
    from qiskit.circuit import library

    gone = {name: getattr(library, name) for name in announced()}
    for name, found in gone.items():
        delattr(library, name)
        if name != "BlueprintCircuit":  # whose own module asks for it
            delattr(sys.modules[found.__module__], name)
    return gone


def rehearse(module: str) -> None:
    """Print which of the names a module needs to be imported."""
    from qiskit.circuit import library

    gone, needed = remove(), []
    while name := missing(module):
        needed.append(name)
        setattr(library, name, gone[name])
        setattr(sys.modules[gone[name].__module__], name, gone[name])
    print(f"{module:<40} {', '.join(needed) or 'nothing'}")


def missing(module: str) -> str:
    """The first name that an import lacks."""
    try:
        importlib.import_module(module)
    except ImportError as error:
        return re.findall(r"cannot import name '(\w+)'", str(error))[0]
    return ""


def rehearse_prices() -> None:
    """Estimate a price by every estimator without what Qiskit will remove."""
    import qiskit_algorithms  # noqa: F401

    from qiskit_ssqw import QuantumWalkUncertaintyModel
    from qiskit_ssqw.finance import Call, price

    remove()
    walk = QuantumWalkUncertaintyModel.lognormal(3, 0.69, 0.0175, (1.2, 2.8), seed=1)
    for estimator in ("bayes", "rae", "iae", "mlae", "fae", "ae", "sampling"):
        options = {"accuracy": 0.05, "seed": 1, "estimator": estimator}
        attempt(estimator, lambda o=options: f"{price(Call(1.9), walk, **o).estimate:.4f}")


def attempt(name: str, run: Callable[[], str]) -> None:
    """Print what comes of it, or what could not be imported."""
    try:
        told = run()
    except ImportError as error:
        told = str(error).split(" (")[0]
    print(f"{name:<40} {told}")


def main() -> None:
    """Print all tables, or rehearse the module that is named, or prices."""
    if sys.argv[1:]:
        rehearse_prices() if sys.argv[1] == "prices" else rehearse(sys.argv[1])
        return
    print(f"announced: {', '.join(announced())}\n")
    for name, run in examples():
        print(f"{name:<52} {', '.join(warned(run)) or 'nothing'}")
    print()
    for module in (*_MODULES, "prices"):
        command = [sys.executable, "-W", "ignore", __file__, module]
        subprocess.run(command, check=True, start_new_session=True)  # Ctrl-C is for this one


if __name__ == "__main__":
    run_script(main)
