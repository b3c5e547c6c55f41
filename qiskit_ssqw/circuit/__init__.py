"""Gates and circuits that hold a walk."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.circuit.distribution import SSQWDistribution as SSQWDistribution
    from qiskit_ssqw.circuit.drawing import legible as legible
    from qiskit_ssqw.circuit.gates import ConditionalShiftGate as ConditionalShiftGate
    from qiskit_ssqw.circuit.gates import SplitStepGate as SplitStepGate
    from qiskit_ssqw.circuit.reflection_gate import ZeroReflectionGate as ZeroReflectionGate
    from qiskit_ssqw.circuit.rotation_gate import WalshRYGate as WalshRYGate
    from qiskit_ssqw.circuit.walk_gates import *  # noqa: F403, all that it defines
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
