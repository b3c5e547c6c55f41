"""Circuits as a sampler runs them: as they are, laid out for its backend, or unrolled."""

from __future__ import annotations

from typing import Any

from qiskit import QuantumCircuit

from qiskit_ssqw._samplers import backend_of, is_twirled
from qiskit_ssqw.circuit.sampling import default_pass_manager, takes_anywhere
from qiskit_ssqw.finance.gates import BASIS, count_two_qubit_gates, is_plain
from qiskit_ssqw.finance.running.turning import simulated

KEPT_CIRCUITS = 16
"""Circuits that are not prepared again where they come again."""

_TWIRLED_BASIS = ["rz", "sx", "x", "cx"]
"""Gates of devices. The executor of the IBM runtime (0.51) simulates twirled circuits of others
wrongly: TV 0.5 for a loader of U and CX."""


class Preparation:
    """Prepares circuits for a sampler, each once.

    Args:
        sampler: What is prepared for, whose backend and options count.
        pass_manager: What its method ``run`` makes of a circuit is run. By default a circuit with
            gates that the sampler's backend does not have, or that are no plain one- and two-qubit
            gates if it names none, is transpiled.
        seed: Of that transpilation.
    """

    def __init__(self, sampler: Any, pass_manager: Any, seed: int | None) -> None:
        self._sampler, self.pass_manager, self.seed = sampler, pass_manager, seed
        self.backend = backend_of(sampler)
        self._is_twirled = is_twirled(sampler)
        self._basis = _TWIRLED_BASIS if self._is_twirled else BASIS
        self._anywhere = self.backend is None or takes_anywhere(self.backend, self._basis)
        self._target: Any = None
        self._own_pass_manager: Any = None
        self._known: dict[int, tuple[QuantumCircuit, QuantumCircuit, int]] = {}

    @property
    def unrolls(self) -> bool:
        """Whether all that a circuit may need is to be unrolled, wherever its qubits lie."""
        return self.pass_manager is None and self._anywhere

    def ready(self, circuit: QuantumCircuit) -> tuple[QuantumCircuit, int]:
        """A circuit as it is run and its two-qubit gates, from before if it came just before."""
        known = self._known.get(id(circuit))
        if known is None:
            ready = simulated(circuit)
            if ready is None:
                prepared = self._prepared(circuit)
                ready = prepared, count_two_qubit_gates(prepared)
            known = circuit, *ready
            if len(self._known) >= KEPT_CIRCUITS:
                self._known.pop(next(iter(self._known)))
            self._known[id(circuit)] = known
        return known[1:]

    def transpiled(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """What the default pass manager makes of a circuit."""
        if self._own_pass_manager is None:
            self._own_pass_manager = default_pass_manager(self._sampler, self._basis, self.seed)
        return self._own_pass_manager.run(circuit)

    def _prepared(self, circuit: QuantumCircuit) -> QuantumCircuit:
        self._check_size(circuit)
        if self.pass_manager is not None:
            return self.pass_manager.run(circuit)
        return circuit if self._takes(circuit) else self.transpiled(circuit)

    def _check_size(self, circuit: QuantumCircuit) -> None:
        """Raise if the device has too few qubits."""
        size = getattr(self.backend, "num_qubits", None)
        limited = size is not None and self.backend.coupling_map is not None
        if limited and circuit.num_qubits > size:
            raise ValueError(
                f"the circuits take {circuit.num_qubits} qubits, the sampler's backend has {size}"
            )

    def _takes(self, circuit: QuantumCircuit) -> bool:
        """Whether the sampler takes a circuit as it is."""
        if self._is_twirled and self._anywhere:
            return set(circuit.count_ops()) <= {*self._basis, "measure", "barrier"}
        if self.backend is None:
            return is_plain(circuit)
        if self._target is None:  # some backends make a new one each time
            self._target = self.backend.target
        places = {qubit: index for index, qubit in enumerate(circuit.qubits)}
        used = {
            (step.operation.name, tuple(places[qubit] for qubit in step.qubits))
            for step in circuit.data
        }
        return all(
            name == "barrier" or self._target.instruction_supported(name, where)
            for name, where in used
        )


class Unchanged:
    """A pass manager that changes nothing."""

    def run(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """Return the circuit."""
        return circuit
