"""Quantum walks as frozen NumPy data."""

from qiskit_ssqw.walks.base import Walk
from qiskit_ssqw.walks.kinds import WalkKind, kind_of, register_walk_kind, walk_kinds
from qiskit_ssqw.walks.lattice import SplitStepWalk
from qiskit_ssqw.walks.multiscale import MultiscaleWalk
from qiskit_ssqw.walks.torus import TorusWalk
from qiskit_ssqw.walks.tree import TreeWalk

__all__ = [
    "MultiscaleWalk",
    "SplitStepWalk",
    "TorusWalk",
    "TreeWalk",
    "Walk",
    "WalkKind",
    "kind_of",
    "register_walk_kind",
    "walk_kinds",
]
