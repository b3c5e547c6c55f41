"""Discretised distributions to load."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.targets.checks import GridWarning as GridWarning
    from qiskit_ssqw.targets.distribution import TargetDistribution as TargetDistribution
    from qiskit_ssqw.targets.state import TargetState as TargetState
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
