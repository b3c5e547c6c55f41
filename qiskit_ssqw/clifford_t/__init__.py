"""Circuits of Clifford and T gates, for error-corrected machines."""

from qiskit_ssqw.clifford_t.lean import t_lean
from qiskit_ssqw.clifford_t.result import TLeanResult
from qiskit_ssqw.clifford_t.synthesis import clifford_t, t_count, t_depth

__all__ = ["TLeanResult", "clifford_t", "t_count", "t_depth", "t_lean"]
