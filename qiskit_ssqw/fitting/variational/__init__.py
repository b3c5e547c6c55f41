"""The papers' procedure: an optimiser that sees the walk only through samples."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.fitting.variational.solver import Variational as Variational
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
