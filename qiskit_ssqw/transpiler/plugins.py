"""High-level-synthesis plugins of this package's gates, found by Qiskit through entry points.

Qiskit imports this module whenever it builds a transpiler, so it imports nothing of its own until a
gate is to be synthesised.
"""

from __future__ import annotations

from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, ClassVar

from qiskit import QuantumCircuit
from qiskit.circuit import Operation
from qiskit.transpiler import CouplingMap, Target
from qiskit.transpiler.passes.synthesis.plugin import HighLevelSynthesisPlugin

if TYPE_CHECKING:
    from qiskit_ssqw.transpiler.methods import Task


class WalkSynthesis(HighLevelSynthesisPlugin):
    """Synthesis of the lattice walk, ``ssqw_walk``.

    Subclasses say by what method, or have a method `build` of their own.
    """

    method: ClassVar[str]
    """``"module:function"`` of a ``Task`` of ``transpiler.methods`` to a circuit, or None."""

    def build(self, task: Task) -> QuantumCircuit | None:
        """Return a circuit, or None where the method does not apply.

        Args:
            task: The walk, not inverted, and all that is known of where it will run.
        """
        circuit: QuantumCircuit | None = resolve_name(self.method)(task)
        return circuit

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

        return synthesise(self.build, high_level_object, coupling_map, target, qubits, options)


class DefaultSynthesis(WalkSynthesis):
    """The method that is cheapest on the device."""

    method = "qiskit_ssqw.transpiler.methods:default"


class FourierSynthesis(WalkSynthesis):
    """Couplings of the coin to every bit of the momentum, for all-to-all connected qubits."""

    method = "qiskit_ssqw.transpiler.methods:fourier"


class LineSynthesis(WalkSynthesis):
    """Neighbour gates on a line of qubits; option ``coin``, its place: ``"end"``, ``"middle"``."""

    method = "qiskit_ssqw.transpiler.methods:line"


class TreeSynthesis(WalkSynthesis):
    """Neighbour gates on a tree of qubits; option ``parents``, by default from the device."""

    method = "qiskit_ssqw.transpiler.methods:tree"


class UnarySynthesis(WalkSynthesis):
    """One qubit for each site and coin value, which takes clean ancillas and little depth."""

    method = "qiskit_ssqw.transpiler.methods:unary"


class MultiplexedSynthesis(WalkSynthesis):
    """One rotation of the coin multiplexed by momentum, whatever the number of steps."""

    method = "qiskit_ssqw.transpiler.methods:multiplexed"


class ShiftsSynthesis(WalkSynthesis):
    """Multi-controlled X gates, for which Qiskit uses the ancillas that it finds."""

    method = "qiskit_ssqw.transpiler.methods:shifts"


class OnTreeSynthesis(HighLevelSynthesisPlugin):
    """Synthesis of a gate by parities along a tree of neighbours; subclasses say of which gate."""

    method: ClassVar[str]
    """``"module:function"`` of the operation, the pairs of neighbours and the qubits."""

    def run(
        self,
        high_level_object: Operation,
        coupling_map: CouplingMap | None = None,
        target: Target | None = None,
        qubits: list[int] | None = None,
        **options: Any,
    ) -> QuantumCircuit | None:
        """Return a circuit, or None where all qubits are neighbours; arguments as for walks."""
        from qiskit_ssqw.transpiler.shapes import limiting_graph

        graph = limiting_graph(coupling_map)
        return (
            None if graph is None else resolve_name(self.method)(high_level_object, graph, qubits)
        )


class WalshRotationSynthesis(OnTreeSynthesis):
    """For ``walsh_ry``, the rotation by a payoff."""

    method = "qiskit_ssqw.transpiler.rotations:rotate"


class ZeroReflectionSynthesis(OnTreeSynthesis):
    """For ``zero_reflection``, of the Grover operator."""

    method = "qiskit_ssqw.transpiler.rotations:reflect"
