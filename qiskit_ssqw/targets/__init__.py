"""Discretised distributions to load."""

from qiskit_ssqw.targets.distribution import TargetDistribution

__all__ = ["TargetDistribution"]
