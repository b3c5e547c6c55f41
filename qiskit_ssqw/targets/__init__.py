"""Discretised distributions to load."""

from qiskit_ssqw.targets.checks import GridWarning
from qiskit_ssqw.targets.distribution import TargetDistribution

__all__ = ["GridWarning", "TargetDistribution"]
