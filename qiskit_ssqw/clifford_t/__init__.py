"""Circuits of Clifford and T gates, for error-corrected machines."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.clifford_t.lean import t_lean as t_lean
    from qiskit_ssqw.clifford_t.result import TLeanResult as TLeanResult
    from qiskit_ssqw.clifford_t.synthesis import clifford_t as clifford_t
    from qiskit_ssqw.clifford_t.synthesis import t_count as t_count
    from qiskit_ssqw.clifford_t.synthesis import t_depth as t_depth
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
