"""Exact lattice walks: coins found by Newton's method from a chirp."""

from qiskit_ssqw.fitting.exact.search import chirped, exact_angles, shortest_exact_walk
from qiskit_ssqw.fitting.exact.spinors import strip_layers

__all__ = ["chirped", "exact_angles", "shortest_exact_walk", "strip_layers"]
