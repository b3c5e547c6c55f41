"""The mathematics of exact lattice walks: coins from spinors, from a chirp, by Newton's method."""

from qiskit_ssqw.exact.spinors import strip_layers

__all__ = ["strip_layers"]
