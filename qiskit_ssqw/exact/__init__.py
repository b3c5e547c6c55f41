"""Exact lattice walks: coins from spinors, from a chirp, and by Newton's method."""

from qiskit_ssqw.exact.spinors import strip_layers

__all__ = ["strip_layers"]
