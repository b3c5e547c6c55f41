"""Any circuit that loads a distribution, seen in one way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qiskit import QuantumCircuit, transpile

from qiskit_ssqw import _validation as check
from qiskit_ssqw.circuit import WalkGate
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.market import Market

_ROUNDING = 1e-8


@dataclass(frozen=True)
class Loader:
    """A loader whose value qubits come first, least significant first, and then its coins."""

    circuit: QuantumCircuit
    values: NDArray[np.float64]
    """Grid points, shape ``(2**n,)`` or ``(2**n, d)``."""
    target: NDArray[np.float64]
    """Probabilities that it should load, shape ``(2**n,)``."""
    loaded: NDArray[np.float64]
    """Probabilities that it loads."""
    market: Market | None
    """Where the distribution comes from, if the model knows."""
    num_steps: int | None
    """Number of times of the path, if the values are paths."""

    @property
    def num_value_qubits(self) -> int:
        """Number of qubits that hold the grid point."""
        return len(self.target).bit_length() - 1

    @property
    def iterate_cx(self) -> int:
        """About how many CX a Grover iterate takes without the payoff: twice the loader, and S0."""
        return 2 * count_two_qubit_gates(self.circuit) + 6 * int(self.circuit.num_qubits)

    @property
    def num_coins(self) -> int:
        """Number of qubits that are traced out."""
        return int(self.circuit.num_qubits) - self.num_value_qubits


def as_loader(model: Any, values: ArrayLike | None = None) -> Loader:
    """Read off a model what pricing needs.

    Args:
        model: A circuit with attributes ``values`` and ``probabilities``, such as
            `QuantumWalkUncertaintyModel` or qiskit-finance's distributions, or an
            `SSQWDistribution` and ``values``. An `SSQWDistribution` is its own target.
        values: Grid points of a model that does not know them, or others than its own; its market
            does not count then.

    Raises:
        TypeError: The model is no circuit, or nobody gives its values.
        ValueError: Values, probabilities and qubits do not match.
    """
    if isinstance(model, Loader):
        return model
    if not isinstance(model, QuantumCircuit):
        raise TypeError(f"model must be a circuit that loads a distribution, got {model!r}")
    points = check.real_array(_of(model, "values") if values is None else values, "values")
    if points.ndim == 2 and points.shape[1] == 1:
        points = points[:, 0]
    target = check.real_array(_of(model, "probabilities"), "probabilities").ravel()
    size = len(target).bit_length() - 1
    if len(target) != 2**size or points.ndim not in (1, 2) or len(points) != len(target):
        raise ValueError(
            f"the model has {len(target)} probabilities, and values of shape {points.shape}"
        )
    loaded = getattr(model, "loaded_probabilities", target)
    loaded = check.real_array(loaded, "loaded_probabilities", shape=target.shape)
    for name, weights in {"probabilities": target, "loaded_probabilities": loaded}.items():
        if weights.min() < 0 or abs(weights.sum() - 1) > _ROUNDING:
            raise ValueError(
                f"{name} must not be negative and must sum to 1, got a sum of "
                f"{weights.sum():g} and a least value of {weights.min():g}"
            )
    value_qubits = list(getattr(model, "value_qubits", range(model.num_qubits)))
    if len(value_qubits) != size:
        raise ValueError(
            f"the model has {len(value_qubits)} value qubits, but {len(target)} probabilities "
            f"need {size}"
        )
    return Loader(
        circuit=_values_first(model, value_qubits),
        values=points,
        target=target,
        loaded=loaded,
        market=getattr(model, "market", None) if values is None else None,
        num_steps=None if points.ndim == 1 else getattr(model, "num_steps", None),
    )


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
    own = all(WalkGate.from_operation(step.operation) is not None for step in model.data)
    plain = model if own else transpile(model, basis_gates=["u", "cx"], optimization_level=1)
    circuit = QuantumCircuit(model.num_qubits, name="loader")
    circuit.compose(plain, [places[qubit] for qubit in range(model.num_qubits)], inplace=True)
    return circuit
