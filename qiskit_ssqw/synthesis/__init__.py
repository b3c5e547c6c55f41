"""Circuits for walks: plain gates, no reset, and no ancilla but in the one-hot form."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.synthesis.coins import append_coin as append_coin
    from qiskit_ssqw.synthesis.fourier import synth_lattice_fourier as synth_lattice_fourier
    from qiskit_ssqw.synthesis.fourier import synth_start as synth_start
    from qiskit_ssqw.synthesis.momentum_multiplexer import (
        synth_lattice_multiplexed as synth_lattice_multiplexed,
    )
    from qiskit_ssqw.synthesis.multiplexer import append_multiplexed_ry as append_multiplexed_ry
    from qiskit_ssqw.synthesis.multiplexer import append_walsh_ry as append_walsh_ry
    from qiskit_ssqw.synthesis.multiscale import synth_multiscale as synth_multiscale
    from qiskit_ssqw.synthesis.parity_network import synth_walsh_ry_tree as synth_walsh_ry_tree
    from qiskit_ssqw.synthesis.parity_network import (
        synth_zero_reflection_tree as synth_zero_reflection_tree,
    )
    from qiskit_ssqw.synthesis.parity_tree import line_parents as line_parents
    from qiskit_ssqw.synthesis.parity_tree import synth_lattice_tree as synth_lattice_tree
    from qiskit_ssqw.synthesis.shifts import synth_conditional_shift as synth_conditional_shift
    from qiskit_ssqw.synthesis.shifts import synth_lattice_shifts as synth_lattice_shifts
    from qiskit_ssqw.synthesis.torus import synth_torus_fourier as synth_torus_fourier
    from qiskit_ssqw.synthesis.tree import synth_tree as synth_tree
    from qiskit_ssqw.synthesis.unary import num_unary_ancillas as num_unary_ancillas
    from qiskit_ssqw.synthesis.unary import synth_lattice_unary as synth_lattice_unary
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
