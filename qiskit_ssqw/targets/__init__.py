"""Discretised distributions to load."""

from qiskit_ssqw.targets.checks import GridWarning
from qiskit_ssqw.targets.distribution import TargetDistribution
from qiskit_ssqw.targets.state import TargetState

__all__ = ["GridWarning", "TargetDistribution", "TargetState"]
