"""Any circuit that loads a distribution, seen in one way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qiskit import QuantumCircuit, transpile

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.circuit import WalkGate
from qiskit_ssqw.circuit.reading import (
    MOST_QUBITS,
    gates_of,
    read_probabilities,
    refuse_free_parameters,
    refuse_non_gates,
)
from qiskit_ssqw.finance.gates import BASIS, count_two_qubit_gates
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.registers import Law, Price, Register
from qiskit_ssqw.markets.base import PriceDistribution
from qiskit_ssqw.targets import TargetDistribution

_ROUNDING = 1e-8


@dataclass(frozen=True)
class Points:
    """All points of a model, listed."""

    values: Array
    """Grid points, shape ``(2**n,)`` or ``(2**n, d)``."""
    target: Array
    """Probabilities that it should load, shape ``(2**n,)``."""
    loaded: Array
    """Probabilities that it loads."""


@dataclass(frozen=True)
class RegisterLaws:
    """Registers on a loader's qubits, what prices are on them, and their laws."""

    registers: tuple[Register, ...]
    prices: tuple[Price, ...]
    target: Law
    loaded: Law

    def prices_at(self, integers: NDArray[np.integer]) -> Array:
        """Prices where the registers hold these integers, as a payoff takes them.

        Args:
            integers: Shape ``(N, number of registers)``.

        Returns:
            Shape ``(N,)`` of one price, ``(N, d)`` of several.
        """
        columns = [price.at(integers) for price in self.prices]
        return columns[0] if len(columns) == 1 else np.stack(columns, axis=-1)


@dataclass(frozen=True)
class Loader:
    """A loader whose value qubits come first, least significant first, and then its coins."""

    circuit: QuantumCircuit
    num_value_qubits: int
    """Number of qubits that hold the grid point."""
    points: Points | None
    """All grid points, or ``None`` where there are too many."""
    on_registers: RegisterLaws | None
    """The same as registers, if the model has them."""
    market: PriceDistribution | None
    """Where the distribution comes from, if the model knows."""
    num_steps: int | None
    """Number of times of the path, if the values are paths."""

    @property
    def values(self) -> Array:
        """Grid points, shape ``(2**n,)`` or ``(2**n, d)``."""
        return self._listed.values

    @property
    def target(self) -> Array:
        """Probabilities that it should load, shape ``(2**n,)``."""
        return self._listed.target

    @property
    def loaded(self) -> Array:
        """Probabilities that it loads."""
        return self._listed.loaded

    @property
    def _listed(self) -> Points:
        if self.points is None:
            raise ValueError(
                f"all points of the model's {self.num_value_qubits} qubits would have to be "
                "listed, which are too many: price takes payoffs of sums over registers, and a "
                "larger most_qubits of the model allows more"
            )
        return self.points

    @property
    def num_values(self) -> int:
        """How many prices there are at each point."""
        if self.points is None and self.on_registers is not None:
            return len(self.on_registers.prices)
        return 1 if self.values.ndim == 1 else self.values.shape[1]

    def prices_of(self, words: NDArray[np.uint8]) -> Array:
        """Prices at some points, of which no others are listed.

        Args:
            words: What the value qubits hold, one column for each, shape ``(N, n)``.

        Returns:
            Shape ``(N,)`` of one price, ``(N, d)`` of several.
        """
        if self.points is not None:
            return np.asarray(self.points.values[_integers(words)])
        if self.on_registers is None:
            raise ValueError("the loader has neither points nor registers")
        registers = self.on_registers.registers
        held = [_integers(words[:, register.qubits]) for register in registers]
        return self.on_registers.prices_at(np.stack(held, axis=-1))

    @property
    def iterate_cx(self) -> int:
        """About how many CX a Grover iterate takes without the payoff: twice the loader, and S0."""
        return 2 * count_two_qubit_gates(self.circuit) + 6 * int(self.circuit.num_qubits)

    @property
    def num_coins(self) -> int:
        """Number of qubits that are traced out."""
        return int(self.circuit.num_qubits) - self.num_value_qubits

    @property
    def spot(self) -> float | None:
        """Price today of a single asset, if the model knows it."""
        return self.market.spot if self.market and self.market.num_assets == 1 else None

    def check_payoff(self, payoff: Payoff) -> None:
        """Raise a `ValueError` if a payoff is of a path or a market, and this is another."""
        if payoff.needs_path and self.num_values > 1 and self.num_steps is None:
            raise ValueError(
                f"the {payoff.name} is paid on a path, but the model's {self.num_values} "
                "values per point are no times of one: use PathModel (a circuit of your own says "
                "num_steps), or a payoff of several assets such as Basket"
            )
        if self.market is not None:
            payoff.check_market(self.market)


def as_loader(model: Any, values: ArrayLike | None = None) -> Loader:
    """Read off a model what pricing needs.

    What it loads is computed from its circuit: from the angles of walks, and from the state vector
    of anything else, such as a model with gates added to it.

    Args:
        model: A circuit with attributes ``values`` and ``probabilities``, such as
            `QuantumWalkUncertaintyModel` or qiskit-finance's distributions, or an
            `SSQWDistribution` and ``values``. An `SSQWDistribution` is its own target. A circuit
            may also name its ``value_qubits``, least significant first, if it has others, and say
            of values of several numbers that they are paths, by their number ``num_steps``. One
            of more than ``most_qubits``, 20 by default, has ``registers``, ``prices`` and laws, as
            `RegisterModel`.
        values: Grid points of a model that does not know them, or others than its own; its market
            does not count then.

    Raises:
        TypeError: The model is no circuit, or nobody gives its values.
        ValueError: Values, probabilities and qubits do not match, there are more than 20, or the
            circuit has free parameters or does not consist of gates.
    """
    if isinstance(model, Loader):
        return model
    if not isinstance(model, QuantumCircuit):
        is_target = isinstance(model, TargetDistribution)
        advice = ": take QuantumWalkUncertaintyModel(target)" if is_target else ""
        raise TypeError(f"model must be a circuit that loads a distribution, got {model!r}{advice}")
    refuse_free_parameters(model, "the model")
    value_qubits = _value_qubits(model)
    most = getattr(model, "most_qubits", MOST_QUBITS)
    has_registers = values is None and hasattr(model, "registers")
    is_listed = (model.num_qubits if has_registers else len(value_qubits)) <= most
    if not is_listed and not has_registers:
        advice = "a model of registers, such as ProductModel or PathModel, may have more"
        if values is not None and hasattr(model, "registers"):
            advice = "leave out values=, one for each of them"
        raise ValueError(
            f"pricing lists all grid points, of at most {most} qubits, got {len(value_qubits)}: "
            + advice
        )
    if has_registers and not is_listed:
        widest = max(register.num_qubits for register in model.registers)
        if widest > max(most, MOST_QUBITS):
            raise ValueError(
                f"pricing lists what each register stands for, of at most {MOST_QUBITS} qubits, "
                f"got {widest}: take a grid of fewer qubits, whose error is next to nothing already"
            )
    circuit = _values_first(model, value_qubits)
    points = _points(model, values, circuit, len(value_qubits)) if is_listed else None
    return Loader(
        circuit=circuit,
        num_value_qubits=len(value_qubits),
        points=points,
        on_registers=_on_registers(model, value_qubits, is_listed) if has_registers else None,
        market=getattr(model, "market", None) if values is None else None,
        num_steps=_num_steps(model, points),
    )


def _points(
    model: QuantumCircuit, values: ArrayLike | None, circuit: QuantumCircuit, size: int
) -> Points:
    points = check.real_array(_of(model, "values") if values is None else values, "values")
    if points.ndim == 2 and points.shape[1] == 1:
        points = points[:, 0]
    target = _target(model, points, size)
    return Points(points, target, read_probabilities(circuit, range(size)))


def _on_registers(
    model: QuantumCircuit, value_qubits: list[int], is_listed: bool
) -> RegisterLaws | None:
    """The model's registers, on the qubits that they have where value qubits come first."""
    try:
        loaded = model.loaded_law
    except ValueError:  # a changed circuit, whose points tell what it loads if they are listed
        if is_listed:
            return None
        raise
    places = {qubit: place for place, qubit in enumerate(value_qubits)}
    registers = tuple(
        replace(register, qubits=tuple(places[qubit] for qubit in register.qubits))
        for register in model.registers
    )
    return RegisterLaws(registers, tuple(model.prices), model.target_law, loaded)


def _integers(words: NDArray[np.uint8]) -> NDArray[np.int64]:
    """What the bits of each row make up, the first one least significant."""
    return np.asarray(words @ (1 << np.arange(words.shape[1], dtype=np.int64)))


def _value_qubits(model: QuantumCircuit) -> list[int]:
    qubits = list(getattr(model, "value_qubits", range(model.num_qubits)))
    if len(set(qubits)) < len(qubits) or not set(qubits) <= set(range(model.num_qubits)):
        raise ValueError(
            f"value_qubits must be different qubits of the model's {model.num_qubits}, got {qubits}"
        )
    return qubits


def _target(model: QuantumCircuit, points: Array, size: int) -> Array:
    """The probabilities that the model should load, which fit its values and qubits."""
    given = _of(model, "probabilities")
    target = check.not_negative(given, "probabilities").ravel()
    bits = len(target).bit_length() - 1
    if len(target) != 2**bits or points.ndim not in (1, 2) or len(points) != len(target):
        raise ValueError(
            f"the model has {len(target)} probabilities, and values of shape {points.shape}"
        )
    if abs(target.sum() - 1) > max(_ROUNDING, check.rounding(given)):
        raise ValueError(f"probabilities must sum to 1, got a sum of {target.sum():g}")
    if size != bits:
        raise ValueError(
            f"the model has {size} value qubits, but {len(target)} probabilities need {bits}: "
            "if it has others, its attribute value_qubits names those that hold the value"
        )
    return target


def _num_steps(model: QuantumCircuit, points: Points | None) -> int | None:
    """Number of times of the path, if each point is one."""
    steps = getattr(model, "num_steps", None)
    if points is None or steps is None:
        return None if steps is None else int(steps)
    is_path = points.values.ndim == 2 and steps == points.values.shape[1]
    return int(steps) if is_path else None


def _of(model: QuantumCircuit, name: str) -> Any:
    found = getattr(model, name, None)
    if found is None:
        advice = ": give values=, its grid points" if name == "values" else ""
        raise TypeError(f"the model, a {type(model).__name__}, has no {name}{advice}")
    return found


def _values_first(model: QuantumCircuit, value_qubits: list[int]) -> QuantumCircuit:
    """The circuit with its value qubits first; foreign instructions as plain gates.

    qiskit-finance's loaders hold multiplexer instructions, on which Aer's pass managers crash.
    """
    coins = sorted(set(range(model.num_qubits)) - set(value_qubits))
    places = {qubit: place for place, qubit in enumerate([*value_qubits, *coins])}
    own = all(WalkGate.from_operation(step.operation) is not None for step in gates_of(model))
    plain = model if own else transpile(model, basis_gates=BASIS, optimization_level=1)
    refuse_non_gates(plain, "the model")
    gates = QuantumCircuit.from_instructions(
        gates_of(plain), qubits=plain.qubits, global_phase=plain.global_phase
    )
    circuit = QuantumCircuit(model.num_qubits, name="loader")
    return circuit.compose(gates, [places[qubit] for qubit in range(model.num_qubits)])
