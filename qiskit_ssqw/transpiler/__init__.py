"""Transpiler plugins and passes that fit walks to a device's coupling map.

Qiskit imports this package whenever it builds a transpiler, so names are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit_ssqw._lazy import importer

if TYPE_CHECKING:
    from qiskit_ssqw.transpiler.fusion import FuseWalkSteps
    from qiskit_ssqw.transpiler.layout import WalkLayout
    from qiskit_ssqw.transpiler.pass_manager import generate_walk_pass_manager

__all__ = ["FuseWalkSteps", "WalkLayout", "generate_walk_pass_manager"]

__getattr__ = importer(
    __name__,
    {
        "FuseWalkSteps": "fusion",
        "WalkLayout": "layout",
        "generate_walk_pass_manager": "pass_manager",
    },
)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
