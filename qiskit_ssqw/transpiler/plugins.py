"""High-level-synthesis plugins of this package's gates, found by Qiskit through entry points.

Qiskit imports this module whenever it builds a transpiler, so it imports nothing of its own until a
gate is to be synthesised.
"""

from __future__ import annotations

from typing import Any, ClassVar

from qiskit import QuantumCircuit
from qiskit.circuit import Operation
from qiskit.transpiler import CouplingMap, Target
from qiskit.transpiler.passes.synthesis.plugin import HighLevelSynthesisPlugin


class GateSynthesis(HighLevelSynthesisPlugin):
    """Synthesis of a gate by one method; subclasses name it."""

    method: ClassVar[str]

    def run(
        self,
        high_level_object: Operation,
        coupling_map: CouplingMap | None = None,
        target: Target | None = None,
        qubits: list[int] | None = None,
        **options: Any,
    ) -> QuantumCircuit | None:
        """Return a circuit for the gate, or None where the method does not apply.

        Args:
            high_level_object: The gate, or anything that has its name and parameters.
            coupling_map: Pairs of qubits of the device that have a two-qubit gate.
            target: The device.
            qubits: The device's qubits on which the gate acts, if they are chosen already.
            options: Those of the method, and what Qiskit adds.
        """
        from qiskit_ssqw.transpiler.methods import synthesise

        return synthesise(self.method, high_level_object, coupling_map, target, qubits, options)


class DefaultSynthesis(GateSynthesis):
    """The method for the lattice walk, ``ssqw_walk``, that is cheapest on the device."""

    method = "default"


class FourierSynthesis(GateSynthesis):
    """Couplings of the coin to every bit of the momentum, for all-to-all connected qubits."""

    method = "fourier"


class LineSynthesis(GateSynthesis):
    """Neighbour gates on a line of qubits; option ``coin``, its place: ``"end"``, ``"middle"``."""

    method = "line"


class TreeSynthesis(GateSynthesis):
    """Neighbour gates on a tree of qubits; option ``parents``, by default from the device."""

    method = "tree"


class UnarySynthesis(GateSynthesis):
    """One qubit for each site and coin value, which takes clean ancillas and little depth."""

    method = "unary"


class MultiplexedSynthesis(GateSynthesis):
    """One rotation of the coin multiplexed by momentum, whatever the number of steps."""

    method = "multiplexed"


class ShiftsSynthesis(GateSynthesis):
    """Multi-controlled X gates, for which Qiskit uses the ancillas that it finds."""

    method = "shifts"


class WalshRotationSynthesis(GateSynthesis):
    """For ``walsh_ry``, the rotation by a payoff: parities along a tree of neighbours."""

    method = "walsh_ry"


class ZeroReflectionSynthesis(GateSynthesis):
    """For ``zero_reflection``, of the Grover operator: parities along a tree of neighbours."""

    method = "zero_reflection"
