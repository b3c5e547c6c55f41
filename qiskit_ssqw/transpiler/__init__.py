"""Transpiler plugins and passes that fit walks to a device's coupling map.

Qiskit imports this package whenever it builds a transpiler, so names are imported on first use.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.transpiler.fusion import FuseWalkSteps as FuseWalkSteps
    from qiskit_ssqw.transpiler.layout import WalkLayout as WalkLayout
    from qiskit_ssqw.transpiler.pass_manager import (
        generate_walk_pass_manager as generate_walk_pass_manager,
    )
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
