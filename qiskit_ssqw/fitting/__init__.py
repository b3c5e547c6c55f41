"""Fit walks to targets."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.fitting.checkpoint import CheckpointWarning as CheckpointWarning
    from qiskit_ssqw.fitting.continuous import ContinuousFit as ContinuousFit
    from qiskit_ssqw.fitting.continuous import fit_continuous as fit_continuous
    from qiskit_ssqw.fitting.entry import fit as fit
    from qiskit_ssqw.fitting.many import fit_many as fit_many
    from qiskit_ssqw.fitting.record import FitStep as FitStep
    from qiskit_ssqw.fitting.result import FitResult as FitResult
    from qiskit_ssqw.fitting.shortest import fit_fewest_steps as fit_fewest_steps
    from qiskit_ssqw.fitting.variational import Variational as Variational
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
