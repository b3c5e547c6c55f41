"""Exact lattice walks: coins from spinors, from a chirp, and by Newton's method."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.exact.spinors import strip_layers as strip_layers
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
