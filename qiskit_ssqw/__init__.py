"""Load probability distributions with split-step quantum walks, and price options with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit_ssqw._lazy import importer

if TYPE_CHECKING:
    from qiskit_ssqw._samplers import RepeatedSeedWarning
    from qiskit_ssqw.circuit import SSQWDistribution
    from qiskit_ssqw.finance import QuantumWalkUncertaintyModel
    from qiskit_ssqw.fitting import FitResult, fit, fit_many
    from qiskit_ssqw.targets import TargetDistribution
    from qiskit_ssqw.walks import MultiscaleWalk, SplitStepWalk

__version__ = "0.1.0"

__all__ = [
    "FitResult",
    "MultiscaleWalk",
    "QuantumWalkUncertaintyModel",
    "RepeatedSeedWarning",
    "SSQWDistribution",
    "SplitStepWalk",
    "TargetDistribution",
    "fit",
    "fit_many",
]

_HOMES = {
    "FitResult": "fitting",
    "MultiscaleWalk": "walks",
    "QuantumWalkUncertaintyModel": "finance",
    "RepeatedSeedWarning": "_samplers",
    "SSQWDistribution": "circuit",
    "SplitStepWalk": "walks",
    "TargetDistribution": "targets",
    "fit": "fitting",
    "fit_many": "fitting",
}


__getattr__ = importer(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
