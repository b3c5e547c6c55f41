"""Quantum walks as frozen NumPy data."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.walks.base import Walk as Walk
    from qiskit_ssqw.walks.kinds import WalkKind as WalkKind
    from qiskit_ssqw.walks.kinds import kind_of as kind_of
    from qiskit_ssqw.walks.kinds import register_walk_kind as register_walk_kind
    from qiskit_ssqw.walks.kinds import walk_kinds as walk_kinds
    from qiskit_ssqw.walks.lattice import SplitStepWalk as SplitStepWalk
    from qiskit_ssqw.walks.multiscale import MultiscaleWalk as MultiscaleWalk
    from qiskit_ssqw.walks.torus import TorusWalk as TorusWalk
    from qiskit_ssqw.walks.tree import TreeWalk as TreeWalk
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
