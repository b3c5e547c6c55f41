"""The zero reflection as one gate, so that the transpiler may choose its circuit."""

from __future__ import annotations

from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.synthesis import synth_mcx_1_clean_kg24

from qiskit_ssqw import _validation as check


class ZeroReflectionGate(Gate):
    """``1 - 2 |0><0|`` on some qubits, perhaps with the help of a clean ancilla, the last qubit.

    On a device the qubits are taken to lie on a line, but for the last reflected one, a
    neighbour of one in the middle, as those of `WalshRYGate`.

    Args:
        num_reflected: Number of qubits that are reflected, at least 2.
        ancilla: Whether there is an ancilla: with more than 3 reflected qubits it makes the gate
            cheaper, ``6 k - 6`` CX for ``k`` controls.
        label: Label in drawings.

    Raises:
        TypeError: ``num_reflected`` is not an integer, or ``ancilla`` not a bool.
        ValueError: ``num_reflected`` is below 2.
    """

    def __init__(self, num_reflected: int, ancilla: bool = False, label: str | None = None) -> None:
        size = check.integer(num_reflected, "num_reflected", minimum=2)
        super().__init__(
            "zero_reflection", size + check.flag(ancilla, "ancilla"), [int(ancilla)], label
        )

    @property
    def num_reflected(self) -> int:
        """Number of qubits that are reflected."""
        return int(self.num_qubits - self.params[0])

    def inverse(self, annotated: bool = False) -> ZeroReflectionGate:
        """Return the gate itself."""
        gate: ZeroReflectionGate = self.copy()
        return gate

    def _define(self) -> None:
        target = self.num_reflected - 1
        circuit = QuantumCircuit(self.num_qubits, name=self.name)
        circuit.x(range(target + 1))
        circuit.h(target)
        if self.num_qubits > self.num_reflected and target > 2:
            circuit.compose(synth_mcx_1_clean_kg24(target), inplace=True)
        else:
            circuit.mcx(list(range(target)), target)
        circuit.h(target)
        circuit.x(range(target + 1))
        self.definition = circuit
