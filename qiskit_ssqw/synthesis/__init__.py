"""Circuits for walks: plain gates, no reset, and no ancilla but in the one-hot form."""

from qiskit_ssqw.synthesis.coins import append_coin
from qiskit_ssqw.synthesis.fourier import synth_lattice_fourier, synth_start
from qiskit_ssqw.synthesis.momentum_multiplexer import synth_lattice_multiplexed
from qiskit_ssqw.synthesis.multiplexer import append_multiplexed_ry, append_walsh_ry
from qiskit_ssqw.synthesis.multiscale import synth_multiscale
from qiskit_ssqw.synthesis.parity_network import (
    synth_walsh_ry_tree,
    synth_zero_reflection_tree,
)
from qiskit_ssqw.synthesis.parity_tree import line_parents, synth_lattice_tree
from qiskit_ssqw.synthesis.shifts import (
    synth_conditional_shift,
    synth_lattice_shifts,
)
from qiskit_ssqw.synthesis.torus import synth_torus_fourier
from qiskit_ssqw.synthesis.tree import synth_tree
from qiskit_ssqw.synthesis.unary import num_unary_ancillas, synth_lattice_unary

__all__ = [
    "append_coin",
    "append_multiplexed_ry",
    "append_walsh_ry",
    "line_parents",
    "num_unary_ancillas",
    "synth_conditional_shift",
    "synth_lattice_fourier",
    "synth_lattice_multiplexed",
    "synth_lattice_shifts",
    "synth_lattice_tree",
    "synth_lattice_unary",
    "synth_multiscale",
    "synth_start",
    "synth_torus_fourier",
    "synth_tree",
    "synth_walsh_ry_tree",
    "synth_zero_reflection_tree",
]
