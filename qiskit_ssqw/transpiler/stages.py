"""Stages of Qiskit's preset pass managers, found through entry points."""

from __future__ import annotations

from typing import Any

from qiskit.passmanager import ConditionalController
from qiskit.transpiler import PassManager, PassManagerConfig
from qiskit.transpiler.preset_passmanagers.plugin import (
    PassManagerStagePlugin,
    PassManagerStagePluginManager,
)


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
    """Choose the line or tree with the fewest errors; Qiskit's own layout if there is none."""

    def pass_manager(
        self, pass_manager_config: PassManagerConfig, optimization_level: int | None = None
    ) -> PassManager:
        """Return the stage for a configuration."""
        from qiskit.transpiler.passes import (
            ApplyLayout,
            EnlargeWithAncilla,
            FullAncillaAllocation,
        )

        from qiskit_ssqw.transpiler.layout import WalkLayout

        default = _default_stage("layout", pass_manager_config, optimization_level)
        device = pass_manager_config.target or pass_manager_config.coupling_map
        if pass_manager_config.initial_layout is not None or device is None:
            return default
        embed = [FullAncillaAllocation(device), EnlargeWithAncilla(), ApplyLayout()]
        found = ConditionalController(embed, condition=_has_layout)
        otherwise = ConditionalController(
            default.to_flow_controller(), condition=lambda properties: not _has_layout(properties)
        )
        return PassManager([WalkLayout(device), found, otherwise])


def _has_layout(properties: Any) -> bool:
    return properties["layout"] is not None


def _default_stage(stage: str, config: PassManagerConfig, level: int | None) -> Any:
    """Qiskit's own stage."""
    return PassManagerStagePluginManager().get_passmanager_stage(
        stage, "default", config, optimization_level=level
    )
