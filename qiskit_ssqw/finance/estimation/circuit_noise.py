"""What the noise of a device does to the circuits of an amplitude estimation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from qiskit import QuantumCircuit
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.devices import DeviceNoise
from qiskit_ssqw.devices.noise import DRIFT, MOST_QUBITS
from qiskit_ssqw.devices.used import taken_apart
from qiskit_ssqw.finance.estimation.powers import power_of
from qiskit_ssqw.finance.estimation.schedule import Decaying
from qiskit_ssqw.finance.gates import count_two_qubit_gates

Prepare = Callable[[QuantumCircuit], QuantumCircuit]
Fit = Callable[[Sequence[int], Array, Sequence[int]], Sequence[float]]
"""The amplitudes that an estimator may find from powers, the chances that their circuits are good,
and their two-qubit gates."""

_COPING = 0.05
"""Chance of an error in the deepest circuit up to which estimators that know of none are believed
to find the right angle; beyond, its aliases may be taken for it."""

_MISFIT = 0.2
"""Share of what noise makes of a chance that moves estimators, where nobody simulates it: as much
as nine in ten were moved by (python benchmarks/devices.py misfit)."""

_TELLS_DECAY = 2.0
"""Power without which an amplitude and a decay are not told apart."""

_DECAYS = (0.3, 1.5)
"""Bounds of the decay that is seen, in units of that of all gates: not every error reaches what is
measured; 0.5 to 0.95 in the circuits of options."""

_MOST_WORK = 3e8
"""Gates times entries of a density matrix, of all circuits that are simulated: some 10 seconds."""

_NUM_POWERS = 8


@dataclass(frozen=True)
class CircuitNoise:
    """What noise does to the powers of a problem's Grover operator, as they are run.

    Args:
        problem: The problem.
        noise: Of the device.
        prepare: Makes of a circuit what is run.
    """

    problem: EstimationProblem
    noise: DeviceNoise
    prepare: Prepare

    @cached_property
    def preparation(self) -> float:
        """Minus the logarithm of the chance that no gate of A errs."""
        return self.noise.decay(self._measured(0))

    @cached_property
    def iterate(self) -> float:
        """The same of each Grover iterate."""
        return max(self.noise.decay(self._measured(1)) - self.preparation, 0.0)

    @property
    def decay(self) -> float:
        """``kappa``: the same of each of the ``2 k + 1`` state preparations of a power."""
        return (self.preparation + self.iterate) / 3

    @property
    def flips(self) -> tuple[float, float]:
        """Chances to read a bad state as good, and a good one as bad, with one objective."""
        return self._flips[0] if len(self._flips) == 1 else (0.0, 0.0)

    @cached_property
    def _flips(self) -> list[tuple[float, float]]:
        """Chances to misread each objective."""
        _, _, measured = taken_apart(self._measured(0))
        return [self.noise.flips(qubit) for qubit in measured]

    @property
    def decaying(self) -> Decaying:
        """What is left of the circuits: they pay up to ``2 k + 1 <= 1 / (2 kappa)``."""
        if self.decay == 0:
            return Decaying(np.inf, 0.0, (0.0, 0.0), self.flips)
        low, high = _DECAYS
        deepest = max(_TELLS_DECAY, float(np.floor((0.5 / self.decay - 1) / 2)))
        return Decaying(deepest, self.decay, (low * self.decay, high * self.decay), self.flips)

    def lost(self, power: float) -> float:
        """Chance that a circuit errs."""
        return float(-np.expm1(-self.preparation - power * self.iterate))

    def unaware(self, amplitude: float, power: float) -> float:
        """How far the amplitude may be off for estimators that know nothing of noise.

        Args:
            amplitude: About what will be found.
            power: The largest power.
        """
        shift = self.lost(power) / 2 + sum(map(max, self._flips))
        if shift > _COPING / 2:
            return 1.0
        return _moved(amplitude, float(np.arcsin(np.sqrt(shift))) / (2 * power + 1))

    def aware(self, amplitude: float, power: int, fit: Fit) -> float:
        """How far the amplitude is off for estimators that know of a decay.

        That is what they make of the exact chances of a few powers, as far as density matrices
        tell these. If they tell none, a fifth of what noise does to a chance is taken for
        unexplained.

        Args:
            amplitude: What a perfect estimation finds without noise.
            power: The largest power.
            fit: What they may find.
        """
        steps = np.geomspace(1, power + 1, _NUM_POWERS)  # even ones leave aliases of the angle
        powers = self._simulated(np.unique(np.floor(steps + 1e-9).astype(int) - 1).tolist())
        if powers:
            chances = np.array([self.chance(power) for power in powers])
            gates = [count_two_qubit_gates(self._measured(power)) for power in powers]
            shifts = [abs(found - amplitude) for found in fit(powers, chances, gates)]
            return (1 + DRIFT) * max(shifts)
        unexplained = _MISFIT * self.lost(power) / 2
        return _moved(amplitude, float(np.arcsin(np.sqrt(unexplained))) / (2 * power + 1))

    def _simulated(self, powers: list[int]) -> list[int]:
        """Powers whose circuits density matrices can follow, the first two at least, or none.

        A turn that errors add to each iterate is seen in shallow circuits, too, and what a decay
        does not explain is the larger there.

        Args:
            powers: Of the Grover operator, ascending.
        """
        _, used, _ = taken_apart(self._measured(1))
        work = len(self._measured(1).data) * 4.0 ** len(used) * np.cumsum(np.maximum(powers, 1))
        within = int(np.sum(work <= _MOST_WORK))
        if len(used) > MOST_QUBITS or within < min(2, len(powers)):
            return []
        return powers[:within]

    def chance(self, power: int) -> float:
        """The exact chance that a power's circuit is good.

        Args:
            power: Of the Grover operator.

        Raises:
            ValueError: It uses more qubits than are simulated.
        """
        found = self.noise.probabilities(self._measured(power))
        bits = len(self.problem.objective_qubits)
        good = [self.problem.is_good_state(f"{word:0{bits}b}") for word in range(len(found))]
        return float(found[good].sum())

    def _measured(self, power: int) -> QuantumCircuit:
        """The measured circuit of a power as it is run."""
        known: dict[int, QuantumCircuit] = self._known
        if power not in known:
            known[power] = self.prepare(power_of(self.problem, power, measurement=True))
        return known[power]

    @cached_property
    def _known(self) -> dict[int, QuantumCircuit]:
        return {}


def _moved(amplitude: float, angle: float) -> float:
    """How far an amplitude moves with its angle, at most."""
    return float(min(2 * np.sqrt(amplitude * (1 - amplitude)) * angle + angle**2, 1.0))
