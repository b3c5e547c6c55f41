"""The papers' procedure: an optimiser that sees the walk only through samples."""

from qiskit_ssqw.fitting.variational.solver import Variational

__all__ = ["Variational"]
