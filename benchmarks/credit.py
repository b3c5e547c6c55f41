"""Measure the credit model beside qiskit-finance's, in its tutorial and on other portfolios.

Run all tables with ``python benchmarks/credit.py``, or some by name: ``models``, ``grids``,
``tutorial``, ``many``.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from instance import count_cx
from numpy.typing import NDArray
from qiskit import QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit.library import IntegerComparator, LinearAmplitudeFunction, WeightedAdder
from qiskit.primitives import StatevectorSampler
from qiskit.quantum_info import Statevector
from qiskit_algorithms import EstimationProblem, IterativeAmplitudeEstimation
from qiskit_finance.circuit.library import GaussianConditionalIndependenceModel
from running import run_tables
from scipy.special import ndtri

from qiskit_ssqw.finance import CreditModel, FunctionPayoff, Obligors, OptionPricing, price
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.obligors import pattern_probabilities
from qiskit_ssqw.metrics import total_variation

LOSSES = [1, 2]
TUTORIAL = Obligors([0.15, 0.25], [0.1, 0.05], LOSSES)
PORTFOLIOS = {
    "tutorial": TUTORIAL,
    "four alike": Obligors([0.02] * 4, 0.2, 1),
    "four": Obligors([0.01, 0.02, 0.05, 0.1], [0.3, 0.2, 0.15, 0.1], [8, 4, 2, 1]),
    "sensitive": Obligors([0.01, 0.02], 0.6, [1, 2]),
}
REACH = 2.0
"""The tutorial's normal_max_value."""
LOSS = FunctionPayoff(lambda losses: losses, label="loss")
BOUND = 2
"""Loss at which the tutorial estimates the distribution function."""
BASIS = ["u", "cx"]
POINTS_OF_A_CELL = 20_000


def theirs(obligors: Obligors, size: int) -> QuantumCircuit:
    chances, shares = obligors.default_probabilities, obligors.sensitivities
    return GaussianConditionalIndependenceModel(size, REACH, list(chances), list(shares))


def ours(obligors: Obligors, size: int, **options: Any) -> CreditModel:
    return CreditModel(
        size,
        obligors.default_probabilities,
        obligors.sensitivities,
        obligors.losses_given_default,
        seed=1,
        **options,
    )


def models() -> None:
    """Loaders: CX, expected loss, and distance of the defaults' distribution from the exact one."""
    print("loader: CX / error of the expected loss, relative / total variation from the exact one")
    heads = ["qiskit-finance", "its angles, our walk", "its grid, right angles", "default"]
    print(f"{'':<12}{'n':>2}" + "".join(f"{head:>27}" for head in heads))
    for title, obligors in PORTFOLIOS.items():
        exact, count = obligors.joint_probabilities(), obligors.num_obligors
        for size in (2, 3, 4):
            cells = []
            for model in (
                theirs(obligors, size),
                ours(obligors, size, num_std=REACH, conditional="linear"),
                ours(obligors, size, num_std=REACH),
                ours(obligors, size),
            ):
                shown = Statevector(model).probabilities(range(size, size + count))
                mean = shown @ ours(obligors, 1).values
                error = mean / obligors.expected_loss - 1
                far = total_variation(shown, exact)
                cells.append(f"{count_cx(model, line=False):>6} /{error:>+9.1e} /{far:>8.1e}")
            print(f"{title:<12}{size:>2}" + " ".join(f"{cell:>27}" for cell in cells), flush=True)


def grids() -> None:
    """Nodes of a quadrature beside equally probable cells, which one H per qubit loads."""
    print("total variation of the defaults from the exact one, and CX of the factor")
    print(f"{'':<12}{'n':>2}{'equal cells':>16}{'quadrature':>16}")
    for title, obligors in PORTFOLIOS.items():
        exact = obligors.joint_probabilities()
        for size in (1, 2, 3, 4):
            model = ours(obligors, size)
            in_cells = pattern_probabilities(_means_in_cells(obligors, size)).mean(axis=1)
            far, near = total_variation(in_cells, exact), model.grid_error()
            cx = model.fit_result.two_qubit_gates
            print(f"{title:<12}{size:>2}{far:>10.1e}, {0:>2} {near:>12.1e}, {cx:>2}", flush=True)


def _means_in_cells(obligors: Obligors, size: int) -> NDArray[np.float64]:
    """Mean default probability of each obligor in each of equally probable cells."""
    fine = (np.arange(2**size * POINTS_OF_A_CELL) + 0.5) / (2**size * POINTS_OF_A_CELL)
    given = obligors.conditional_probabilities(ndtri(fine))
    return given.reshape(obligors.num_obligors, 2**size, POINTS_OF_A_CELL).mean(axis=2)


def tutorial() -> None:
    """The tutorial's A operators with either model, and `price` in their place."""
    exact = TUTORIAL.loss_distribution()
    below = float(exact.probabilities[exact.losses <= BOUND].sum())
    print(f"exact, without a grid: expected loss {exact.expected_loss:.6f}, ", end="")
    print(f"P(loss <= {BOUND}) {below:.6f}")
    print("A operator: CX of it and of the Grover operator; iterative estimation, epsilon 0.01")
    for title, model in {
        "qiskit-finance": theirs(TUTORIAL, 2),
        "its angles, our walk": ours(TUTORIAL, 2, num_std=REACH, conditional="linear"),
        "its grid, right angles": ours(TUTORIAL, 2, num_std=REACH),
        "default": ours(TUTORIAL, 2),
    }.items():
        shown = Statevector(model).probabilities(range(2, 4))
        values = np.array([0, 1, 2, 3])
        print(f"{title}: loads {shown @ values:.6f} and {shown[values <= BOUND].sum():.6f}")
        for what, problem in (("loss", loss_problem(model)), ("cdf", cdf_problem(model))):
            result = estimate(problem)
            low, high = result.confidence_interval_processed
            print(
                f"  {what:<5} A {count_cx(problem.state_preparation, line=False):>4}, Grover "
                f"{count_cx(problem.grover_operator, line=False):>4}, qubits "
                f"{problem.state_preparation.num_qubits}, estimate "
                f"{result.estimation_processed:.4f} [{low:.4f}, {high:.4f}], "
                f"{result.num_oracle_queries} calls",
                flush=True,
            )
    model = ours(TUTORIAL, 2)
    for what, payoff in (("loss", LOSS), ("cdf", FunctionPayoff(lambda x: x <= BOUND))):
        result = price(payoff, model, seed=1)
        low, high = result.interval
        print(
            f"price {what}: Grover {result.iterate_two_qubit_gates}, qubits {result.num_qubits}, "
            f"estimate {result.estimate:.4f} [{low:.4f}, {high:.4f}], {result.oracle_calls} calls"
        )


def many() -> None:
    """The expected loss of more and more obligors, the factor on 2 qubits."""
    print("expected loss: CX of the Grover operator, level 1; price at two payoff tolerances")
    print(f"{'k':>3}{'tutorial':>10}{'0':>8}{'1e-3':>8}")
    for count in (2, 4, 6, 8, 10, 12):
        obligors = Obligors([0.02] * count, 0.2)
        problem = loss_problem(theirs(obligors, 2), [1] * count)
        other = count_two_qubit_gates(problem.grover_operator, optimization_level=1)
        cells = [
            OptionPricing(
                LOSS, ours(obligors, 2), payoff_tolerance=error
            ).count_iterate_two_qubit_gates()
            for error in (0, 1e-3)
        ]
        print(f"{count:>3}{other:>10}{cells[0]:>8}{cells[1]:>8}", flush=True)


def loss_problem(model: QuantumCircuit, amounts: list[int] = LOSSES) -> EstimationProblem:
    """The tutorial's expected loss: weighted adder, then small angles."""
    adder = WeightedAdder(2 + len(amounts), [0, 0, *amounts])
    function = LinearAmplitudeFunction(
        adder.num_sum_qubits,
        slope=[1],
        offset=[0],
        domain=(0, 2**adder.num_sum_qubits - 1),
        image=(0, sum(amounts)),
        rescaling_factor=0.25,
        breakpoints=[0],
    )
    state, total, carry, objective = _registers(model, adder)
    circuit = QuantumCircuit(state, objective, total, carry)
    circuit.append(model.to_gate(), state)
    circuit.append(adder.to_gate(), [*state, *total, *carry])
    circuit.append(function.to_gate(), [*total, *objective])
    circuit.append(adder.to_gate().inverse(), [*state, *total, *carry])
    return _problem(circuit, model.num_qubits, function.post_processing)


def cdf_problem(model: QuantumCircuit) -> EstimationProblem:
    """The tutorial's distribution function: weighted adder, then a comparator."""
    adder = WeightedAdder(2 + len(LOSSES), [0, 0, *LOSSES])
    comparator = IntegerComparator(adder.num_sum_qubits, BOUND + 1, geq=False)
    state, total, carry, objective = _registers(model, adder)
    circuit = QuantumCircuit(state, objective, total, carry)
    circuit.append(model.to_gate(), state)
    circuit.append(adder.to_gate(), [*state, *total, *carry])
    ancillas = carry[: comparator.num_ancillas]
    circuit.append(comparator.to_gate(), [*total, *objective, *ancillas])
    circuit.append(adder.to_gate().inverse(), [*state, *total, *carry])
    return _problem(circuit, model.num_qubits, None)


def _registers(model: QuantumCircuit, adder: WeightedAdder) -> list[QuantumRegister]:
    sizes = {
        "state": model.num_qubits,
        "sum": adder.num_sum_qubits,
        "carry": adder.num_carry_qubits + adder.num_control_qubits,
        "objective": 1,
    }
    return [QuantumRegister(size, name) for name, size in sizes.items()]


def _problem(circuit: QuantumCircuit, objective: int, post_processing: Any) -> EstimationProblem:
    plain = transpile(circuit, basis_gates=BASIS, optimization_level=1)
    return EstimationProblem(plain, [objective], post_processing=post_processing)


def estimate(problem: EstimationProblem) -> Any:
    sampler = StatevectorSampler(default_shots=100, seed=75)
    return IterativeAmplitudeEstimation(0.01, 0.05, sampler=sampler).estimate(problem)


TABLES = {"models": models, "grids": grids, "tutorial": tutorial, "many": many}

if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)
    run_tables(TABLES)
