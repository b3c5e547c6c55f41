"""The search for a walk, its place on a device, and its angles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit

from qiskit_ssqw._arrays import Array
from qiskit_ssqw._threads import one_blas_thread
from qiskit_ssqw.circuit import SSQWDistribution
from qiskit_ssqw.devices.channels import Channels
from qiskit_ssqw.devices.compiling import LEVEL, PlacedPassManager, default_compiled
from qiskit_ssqw.devices.device_fit import DeviceFit
from qiskit_ssqw.devices.gate_errors import GateErrors
from qiskit_ssqw.devices.native import NativeGates
from qiskit_ssqw.devices.noise import DRIFT, MOST_QUBITS
from qiskit_ssqw.devices.noisy_walk import NoisyWalk
from qiskit_ssqw.devices.placement import placements
from qiskit_ssqw.devices.refit import distance, moments_of, refitted
from qiskit_ssqw.devices.response import Response
from qiskit_ssqw.fitting import fit
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import MultiscaleWalk, Walk, kind_of

MOST_REFITTED = 8
"""Most qubits whose angles are refitted; each more takes five times as long."""

_LOOSER, _LOOSEST = 3, 0.15
"""Tolerances grow by this factor, up to the latter, for walks of fewer gates."""
_FINALISTS = 3
"""Walks that are refitted for a while before one of them is chosen."""
_PLACES = 2
"""Places of each walk that compete."""
_AWHILE, _LONG = 30, 200
"""Iterations of each descent."""
_HALF = 0.5


class _Rival(NamedTuple):
    """A walk at a place, and how far what is read there is from the target."""

    predicted: float
    walk: MultiscaleWalk
    places: tuple[int, ...]


@dataclass(frozen=True)
class DeviceSearch:
    """What is asked of a fit for a device, as `fit_for` describes it, checked."""

    target: TargetDistribution
    gates: NativeGates
    walk: MultiscaleWalk | None
    tolerance: float
    inside_iterates: bool
    refit: bool
    trust: float
    seed: int

    @one_blas_thread()
    def run(self) -> DeviceFit:
        """Choose, place, refit and predict."""
        plain = self._fits()
        walks = [flips(walk) for walk in plain if (flips := kind_of(walk).find("flips"))]
        best = self._best([rival for walk in walks for rival in self._placed(walk)])
        walk = self._refitted(best) if self.refit else best.walk
        before = self._read(best.walk, best.places)
        noise = self.gates.noise
        after = before if walk is best.walk else self._read(walk, best.places)
        return DeviceFit(
            walk=walk,
            target=self.target,
            initial_layout=best.places,
            compiled=self._compiled(walk, best.places, measured=not self.inside_iterates),
            probabilities=after,
            without_refit=distance(before, self._wanted),
            by_default=self._by_default(plain[0]),
            if_overstated=self._if_overstated(walk, best) if self.refit else None,
            message=self._message(),
            device=self.gates.target,
            noise=noise.whole if isinstance(noise, GateErrors) else noise,
            optimization_level=self._level,
            seed=self.seed,
        )

    def _fits(self) -> list[Walk]:
        """Walks of fewer and fewer gates, the closest first."""
        if self.walk is not None:
            return [self.walk]
        tolerances = [self.tolerance]
        while _LOOSER * tolerances[-1] < _LOOSEST:
            tolerances.append(_LOOSER * tolerances[-1])
        found: dict[int, Walk] = {}
        for tolerance in tolerances:
            walk = fit(self.target, tolerance=tolerance, seed=self.seed).walk
            found.setdefault(walk.two_qubit_gates, walk)
        if not all(kind_of(walk).find("flips") for walk in found.values()):
            size = self.target.num_qubits
            budget = max(0, min(2 * size, 2**size - 3))  # fewer gates than the tree has
            walk = fit(self.target, max_two_qubit_gates=budget, seed=self.seed).walk
            found.setdefault(walk.two_qubit_gates, walk)
        return list(found.values())

    def _placed(self, walk: MultiscaleWalk) -> list[_Rival]:
        """A walk at its best places."""
        found = placements(Response.of(walk), self._wanted, self.gates, mended=self.refit)
        return [_Rival(predicted, walk, places) for predicted, places in found[:_PLACES]]

    def _best(self, rivals: list[_Rival]) -> _Rival:
        """The rival that is read best, of those that look best."""
        if not rivals:
            raise ValueError(
                f"the device has no line of {self.target.num_qubits} qubits that interact"
            )
        likely = sorted(rivals, key=lambda rival: rival.predicted)[:_FINALISTS]
        if self.target.num_qubits > MOST_QUBITS:
            return likely[0]
        return min((self._tried(rival) for rival in likely), key=lambda rival: rival.predicted)

    def _tried(self, rival: _Rival) -> _Rival:
        """The same with a better prediction."""
        noisy, angles = self._noisy(rival), rival.walk.parameters
        read = noisy.probabilities(angles)
        left = distance(read, self._wanted)
        if self.refit:
            _, left = refitted(noisy, angles, self._wanted, self._moments, iterations=_AWHILE)
            left = float(np.hypot(left, DRIFT * distance(read, rival.walk.probabilities())))
        return rival._replace(predicted=left)

    def _refitted(self, best: _Rival) -> MultiscaleWalk:
        """The walk with angles for the device."""
        angles, _ = refitted(
            self._noisy(best),
            best.walk.parameters,
            self._wanted,
            self._moments,
            iterations=_LONG,
        )
        return best.walk.with_parameters(angles)

    def _if_overstated(self, walk: MultiscaleWalk, best: _Rival) -> tuple[float, float]:
        """Total variation with and without the refit if errors are half of what is stated."""
        noisy = NoisyWalk(walk, best.places, self._channels, _HALF)
        refit, plain = (
            distance(noisy.probabilities(one.parameters), self._wanted) for one in (walk, best.walk)
        )
        return refit, plain

    def _by_default(self, walk: Walk) -> float | None:
        """Total variation of a walk where Qiskit puts it."""
        if self.target.num_qubits > MOST_QUBITS:
            return None
        circuit = _measured(walk)
        try:
            compiled = default_compiled(circuit, self.gates.target)
            read: Array = self.gates.noise.probabilities(compiled)
        except ValueError:  # it was routed through more qubits
            return None
        return distance(read, self._wanted)

    def _noisy(self, rival: _Rival) -> NoisyWalk:
        return NoisyWalk(rival.walk, rival.places, self._channels, self.trust)

    def _read(self, walk: MultiscaleWalk, places: tuple[int, ...]) -> Array:
        """What is read of a walk."""
        if walk.num_qubits > MOST_QUBITS:
            return Response.of(walk).read(places, self.gates)
        return self.gates.noise.probabilities(self._compiled(walk, places))

    def _compiled(
        self, walk: Walk, places: tuple[int, ...], *, measured: bool = True
    ) -> QuantumCircuit:
        circuit = _measured(walk) if measured else SSQWDistribution(walk)
        return PlacedPassManager(self.gates.target, places, self._level).run(circuit)

    def _message(self) -> str:
        size = self.target.num_qubits
        how = "Predicted by density matrices of the compiled circuit"
        if size > MOST_QUBITS:
            how = f"Predicted to first order, as density matrices take at most {MOST_QUBITS} qubits"
        if self.refit:
            rest = (
                "the angles make up for errors, so use this walk for samples of the loader, not "
                "inside Grover iterates"
            )
        elif self.inside_iterates:
            rest = "without errors of measurement and without a refit, for use inside iterates"
        elif size > MOST_REFITTED:
            rest = f"there is no refit beyond {MOST_REFITTED} qubits"
        else:
            rest = "there was no refit"
        return f"{how}; {rest}."

    @cached_property
    def _moments(self) -> Array:
        return moments_of(self.target)

    @cached_property
    def _channels(self) -> Channels:
        return Channels(self.gates)

    @property
    def _level(self) -> int:
        """A refit is made for the gates of the walk, which level 1 does not replace."""
        return 1 if self.refit else LEVEL

    @property
    def _wanted(self) -> Array:
        return self.target.probabilities.ravel()


def _measured(walk: Walk) -> QuantumCircuit:
    """The loader of a walk, measured."""
    circuit = SSQWDistribution(walk)
    values = circuit.value_qubits
    circuit.add_register(ClassicalRegister(len(values), "value"))
    circuit.measure(values, range(len(values)))
    return circuit
