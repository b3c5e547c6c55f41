"""Gates that Qiskit's exporters can write with free parameters."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from qiskit.circuit import Gate, Parameter


class ParametrisedGate(Gate):
    """A gate whose parameters are integers, which tell its structure, and then angles.

    Qiskit's OpenQASM exporters pair the parameters of a gate with the sorted free ones of its
    definition, as if each parameter were an angle of its own.
    """

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Any:
        """Copy the gate, as each composition of circuits does: numbers need no copies."""
        memo = {} if memo is None else memo
        memo[id(self.params)] = list(self.params)
        return super().__deepcopy__(memo)

    @property
    @abstractmethod
    def _header(self) -> int:
        """How many parameters come before the angles."""

    def _qasm_decomposition(self) -> Gate:
        """Return what the exporters, which ask for it by this name, write in place of the gate.

        Its definition has one parameter for each of the gate's, numbered in their order, so that
        the written gate may be called with numbers, free parameters and expressions alike.
        """
        if not self.definition.parameters:
            return self
        header, count = self._header, len(self.params)
        numbered = [Parameter(f"p{place:06d}") for place in range(count)]
        general = self.copy()
        general.params = [*self.params[:header], *numbered[header:]]
        general.definition = None
        written = Gate(self.name, self.num_qubits, list(self.params), self.label)
        written.definition = general.definition
        # Integers are in the definition's structure; a parameter without effect stands for each.
        written.definition.global_phase += sum(unused - unused for unused in numbered[:header])
        return written
