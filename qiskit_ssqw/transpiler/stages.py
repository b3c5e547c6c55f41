"""Stages of Qiskit's preset pass managers, found through entry points."""

from __future__ import annotations

from typing import Any

from qiskit.passmanager import ConditionalController
from qiskit.transpiler import PassManager, PassManagerConfig
from qiskit.transpiler.preset_passmanagers.plugin import (
    PassManagerStagePlugin,
    PassManagerStagePluginManager,
)

_LEAST_LEVEL = 2
"""Level of Qiskit's layout from which on it looks for few SWAPs by many trials."""


class WalkInitStage(PassManagerStagePlugin):
    """Make one gate of a walk that is written step by step, then do what Qiskit does."""

    def pass_manager(
        self, pass_manager_config: PassManagerConfig, optimization_level: int | None = None
    ) -> PassManager:
        """Return the stage for a configuration."""
        from qiskit_ssqw.transpiler.fusion import FuseWalkSteps

        zero = bool(pass_manager_config.qubits_initially_zero)
        stage = PassManager([FuseWalkSteps(qubits_initially_zero=zero)])
        default = _default_stage("init", pass_manager_config, optimization_level)
        return stage if default is None else stage + default


class WalkLayoutStage(PassManagerStagePlugin):
    """Choose the place with the fewest errors; for a circuit that needs SWAPs, after routing it.

    It is Qiskit that routes, as at level 2 or above, whatever the level.
    """

    def pass_manager(
        self, pass_manager_config: PassManagerConfig, optimization_level: int | None = None
    ) -> PassManager:
        """Return the stage for a configuration."""
        from qiskit.transpiler.passes import ApplyLayout, EnlargeWithAncilla, FullAncillaAllocation

        from qiskit_ssqw.transpiler.layout import WalkLayout, WalkPostLayout

        device = pass_manager_config.target or pass_manager_config.coupling_map
        if pass_manager_config.initial_layout is not None or device is None:
            return _default_stage("layout", pass_manager_config, optimization_level)
        embed = [FullAncillaAllocation(device), EnlargeWithAncilla(), ApplyLayout()]
        level = max(optimization_level or 0, _LEAST_LEVEL)
        routed = _default_stage("layout", pass_manager_config, level).to_flow_controller()
        moved = ConditionalController(ApplyLayout(), condition=lambda found: found["post_layout"])
        otherwise = [routed, WalkPostLayout(device), moved]
        return PassManager(
            [
                WalkLayout(device),
                ConditionalController(embed, condition=lambda found: found["layout"]),
                ConditionalController(otherwise, condition=lambda found: not found["layout"]),
            ]
        )


def _default_stage(stage: str, config: PassManagerConfig, level: int | None) -> Any:
    """Qiskit's own stage."""
    return PassManagerStagePluginManager().get_passmanager_stage(
        stage, "default", config, optimization_level=level
    )
