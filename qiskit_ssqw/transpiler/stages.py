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
    """Choose the line or tree with the fewest errors; if there is none, route, then choose.

    What is not on edges of the device is routed by Qiskit, as at level 2 or above, whatever the
    level; the routed circuit is then moved to where the device makes the fewest errors.
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
        moved = ConditionalController(ApplyLayout(), condition=_has_post_layout)
        return PassManager(
            [
                WalkLayout(device),
                ConditionalController(embed, condition=_has_layout),
                ConditionalController([routed, WalkPostLayout(device), moved], condition=_is_left),
            ]
        )


def _is_left(properties: Any) -> bool:
    """Whether Qiskit's passes are to find a layout."""
    return not _has_layout(properties)


def _has_post_layout(properties: Any) -> bool:
    return properties["post_layout"] is not None


def _has_layout(properties: Any) -> bool:
    return properties["layout"] is not None


def _default_stage(stage: str, config: PassManagerConfig, level: int | None) -> Any:
    """Qiskit's own stage."""
    return PassManagerStagePluginManager().get_passmanager_stage(
        stage, "default", config, optimization_level=level
    )
