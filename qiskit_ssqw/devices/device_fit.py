"""The outcome of a fit for a device."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from qiskit import QuantumCircuit
from qiskit.transpiler import Target

from qiskit_ssqw import metrics
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.circuit import SSQWDistribution
from qiskit_ssqw.devices.compiling import LEVEL, PlacedPassManager
from qiskit_ssqw.devices.noise import DeviceNoise
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import MultiscaleWalk

if TYPE_CHECKING:
    from qiskit_ssqw.finance import QuantumWalkUncertaintyModel

_ROOM = 1.05
"""By how much the tolerance of the model exceeds the walk's distance, which is meant."""


@dataclass(frozen=True, eq=False)
class DeviceFit(Tabular):
    """A walk, its place on a device, and what is predicted to be read there.

    All distances are predicted from the errors that the device states, without a shot.
    """

    walk: MultiscaleWalk
    """The walk; if it was refitted, the device's errors are part of what it loads."""
    target: TargetDistribution
    """What should be read."""
    initial_layout: tuple[int, ...]
    """The device's qubit of each of the walk's qubits, least significant first."""
    compiled: QuantumCircuit
    """The device's circuit: loader and measurements, these left out for use inside iterates."""
    probabilities: Array = field(repr=False)
    """What is read, or held where measurements are left out, shape ``(2**n,)``."""
    without_refit: float
    """Total variation of the same place before the angles made up for errors."""
    by_default: float | None
    """That of a fit to the tolerance where Qiskit puts it; ``None`` if nobody computed it."""
    if_overstated: tuple[float, float] | None
    """Total variation with and without the refit if all errors were half of what is stated."""
    message: str
    """How the numbers were found."""
    device: Target = field(repr=False)
    """The device."""
    noise: DeviceNoise = field(repr=False)
    """Its errors."""
    optimization_level: int
    """Qiskit's level at which it was compiled: 1 keeps the gates that a refit was made for."""
    seed: int | None = None
    """Seed of the fits."""

    @property
    def total_variation(self) -> float:
        """Total variation distance between target and what is read."""
        target = self.target.probabilities.ravel()
        return 0.5 * float(np.abs(self.probabilities - target).sum())

    @property
    def ideal_total_variation(self) -> float:
        """That of the walk on a machine without errors."""
        return metrics.total_variation(self.target.probabilities.ravel(), self.walk.probabilities())

    @property
    def two_qubit_gates(self) -> int:
        """Two-qubit gates of the compiled circuit."""
        return sum(len(step.qubits) == 2 for step in self.compiled.data)

    @cached_property
    def loader(self) -> SSQWDistribution:
        """The walk as a circuit, not compiled, made once: copy it to change it."""
        return SSQWDistribution(self.walk)

    @cached_property
    def pass_manager(self) -> PlacedPassManager:
        """Compiles circuits that begin with the loader's qubits.

        The loader stays at its place. So does a refitted one, whose angles are for that place, in
        circuits that have further qubits; these go otherwise where Qiskit puts them if they are
        predicted to err less there.
        """
        return PlacedPassManager(
            self.device,
            self.initial_layout,
            self.optimization_level,
            noise=self.noise,
            may_move=self.optimization_level == LEVEL,
        )

    @cached_property
    def model(self) -> QuantumWalkUncertaintyModel:
        """The walk as a model for `qiskit_ssqw.finance.price`, made once: copy it to change it.

        Its tolerance is the walk's own distance, so that it does not warn of what is meant.
        """
        from qiskit_ssqw.finance import QuantumWalkUncertaintyModel  # a layer above this one

        tolerance = min(max(_ROOM * self.ideal_total_variation, 1e-9), 0.999)
        return QuantumWalkUncertaintyModel(self.target, walk=self.walk, tolerance=tolerance)

    def _heading(self) -> str:
        return f"fit for a device, total variation {self.total_variation:.2e}"

    def _rows(self) -> list[Row]:
        rows: list[Row] = [
            ("walk", repr(self.walk), ""),
            ("places", ", ".join(map(str, self.initial_layout)), "of the least significant first"),
            ("two-qubit gates", self.two_qubit_gates, "compiled"),
            ("total variation", f"{self.total_variation:.2e}", "predicted"),
            ("  without refit", f"{self.without_refit:.2e}", "at the same place"),
            ("  without errors", f"{self.ideal_total_variation:.2e}", "of the walk itself"),
        ]
        if self.by_default is not None:
            rows.append(
                ("  by default", f"{self.by_default:.2e}", "a plain fit where Qiskit puts it")
            )
        if self.if_overstated is not None:
            refit, plain = self.if_overstated
            remark = f"{plain:.2e} without refit"
            rows.append(("  if errors are half", f"{refit:.2e}", remark))
        return rows

    def _note(self) -> str:
        return self.message
