"""Qiskit's preset pass manager with the stages of this package."""

from __future__ import annotations

from typing import Any

from qiskit.providers import BackendV2
from qiskit.transpiler import StagedPassManager, Target, generate_preset_pass_manager

from qiskit_ssqw import _validation as check


def generate_walk_pass_manager(
    device: BackendV2 | Target, optimization_level: int = 2, **options: Any
) -> StagedPassManager:
    """Return Qiskit's preset pass manager with the init and layout stages for walks.

    It may serve as ``transpiler`` of qiskit-algorithms' amplitude estimators.

    Args:
        device: A backend, or its target.
        optimization_level: 0 to 3, as for Qiskit's own function.
        options: Further keywords of Qiskit's ``generate_preset_pass_manager``, such as
            ``seed_transpiler``, ``initial_layout`` or ``hls_config``.

    Raises:
        TypeError: ``device`` is neither a backend nor a target.

    Examples:
        >>> from qiskit.providers.fake_provider import GenericBackendV2
        >>> from qiskit.transpiler import CouplingMap
        >>> from qiskit_ssqw import SSQWDistribution
        >>> from qiskit_ssqw.transpiler import generate_walk_pass_manager
        >>> backend = GenericBackendV2(9, coupling_map=CouplingMap.from_line(9), seed=1)
        >>> pass_manager = generate_walk_pass_manager(backend, 3, seed_transpiler=1)
        >>> compiled = pass_manager.run(SSQWDistribution.ansatz(4, 4, coins="ry"))
        >>> compiled.count_ops()["cx"]
        73
    """
    if isinstance(device, BackendV2):
        options["backend"] = device
    elif isinstance(device, Target):
        options["target"] = device
    else:
        raise TypeError(f"device must be a backend or a target, got {device!r}")
    optimization_level = check.integer(
        optimization_level, "optimization_level", minimum=0, maximum=3
    )
    stages = {"init_method": "ssqw", "layout_method": "ssqw"}
    return generate_preset_pass_manager(optimization_level, **{**stages, **options})
