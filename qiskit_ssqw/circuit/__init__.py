"""Gates and circuits that hold a walk."""

from qiskit_ssqw.circuit.distribution import SSQWDistribution
from qiskit_ssqw.circuit.gates import (
    ConditionalShiftGate,
    MultiscaleWalkGate,
    SplitStepGate,
    SplitStepWalkGate,
    TorusWalkGate,
    TreeWalkGate,
)

__all__ = [
    "ConditionalShiftGate",
    "MultiscaleWalkGate",
    "SSQWDistribution",
    "SplitStepGate",
    "SplitStepWalkGate",
    "TorusWalkGate",
    "TreeWalkGate",
]
