"""Fit walks to targets."""

from qiskit_ssqw.fitting.checkpoint import CheckpointWarning
from qiskit_ssqw.fitting.continuous import ContinuousFit, fit_continuous
from qiskit_ssqw.fitting.entry import fit
from qiskit_ssqw.fitting.many import fit_many
from qiskit_ssqw.fitting.record import FitStep
from qiskit_ssqw.fitting.result import FitResult
from qiskit_ssqw.fitting.shortest import fit_fewest_steps
from qiskit_ssqw.fitting.variational import Variational

__all__ = [
    "CheckpointWarning",
    "ContinuousFit",
    "FitResult",
    "FitStep",
    "Variational",
    "fit",
    "fit_continuous",
    "fit_fewest_steps",
    "fit_many",
]
