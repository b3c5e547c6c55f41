"""Load probability distributions with split-step quantum walks, and price options with them."""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from qiskit_ssqw._samplers import RepeatedSeedWarning as RepeatedSeedWarning
    from qiskit_ssqw.circuit import SSQWDistribution as SSQWDistribution
    from qiskit_ssqw.finance import QuantumWalkUncertaintyModel as QuantumWalkUncertaintyModel
    from qiskit_ssqw.fitting import FitResult as FitResult
    from qiskit_ssqw.fitting import fit as fit
    from qiskit_ssqw.fitting import fit_many as fit_many
    from qiskit_ssqw.targets import TargetDistribution as TargetDistribution
    from qiskit_ssqw.walks import MultiscaleWalk as MultiscaleWalk
    from qiskit_ssqw.walks import SplitStepWalk as SplitStepWalk
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
