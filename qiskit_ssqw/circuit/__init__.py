"""Gates and circuits that hold a walk."""

from qiskit_ssqw.circuit.distribution import SSQWDistribution
from qiskit_ssqw.circuit.drawing import legible
from qiskit_ssqw.circuit.gates import ConditionalShiftGate, SplitStepGate
from qiskit_ssqw.circuit.reflection_gate import ZeroReflectionGate
from qiskit_ssqw.circuit.rotation_gate import WalshRYGate
from qiskit_ssqw.circuit.walk_gates import (
    MultiscaleWalkGate,
    SplitStepWalkGate,
    TorusWalkGate,
    TreeWalkGate,
    WalkGate,
)

__all__ = [
    "ConditionalShiftGate",
    "MultiscaleWalkGate",
    "SSQWDistribution",
    "SplitStepGate",
    "SplitStepWalkGate",
    "TorusWalkGate",
    "TreeWalkGate",
    "WalkGate",
    "WalshRYGate",
    "ZeroReflectionGate",
    "legible",
]
