"""Stand-ins of one qubit for estimation problems, and a sampler of exact probabilities.

A rotation by ``4 theta`` of one qubit has the outcomes of any Grover operator, good with
``sin((2 k + 1) theta)**2`` after ``k`` iterates.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit_algorithms import EstimationProblem


class Turn(QuantumCircuit):
    """RY on one qubit, whose powers are one gate."""

    def __init__(self, angle: float) -> None:
        super().__init__(1)
        self.ry(angle, 0)
        self._angle = angle

    def power(
        self, power: float, matrix_power: bool = False, annotated: bool = False
    ) -> QuantumCircuit:
        """The rotation by a multiple of the angle."""
        return Turn(self._angle * power)


def stand_in(amplitude: float) -> EstimationProblem:
    """A problem of one qubit with the outcomes of an amplitude."""
    angle = np.arcsin(np.sqrt(amplitude))
    return EstimationProblem(Turn(2 * angle), [0], Turn(4 * angle))


class Coins:
    """A sampler of one-qubit circuits of RY, with new random numbers in each run.

    Args:
        seed: Of its generator.
        decay: Depolarisation of each rotation by ``2 theta``.
        angle: That ``theta``, where there is a decay.
        default_shots: Of circuits that do not say how many.
    """

    def __init__(
        self, seed: Any, *, decay: float = 0.0, angle: float = 1.0, default_shots: int = 100
    ) -> None:
        self._rng, self._decay, self._angle = np.random.default_rng(seed), decay, angle
        self.default_shots = default_shots

    def run(self, pubs: Iterable[Any]) -> SimpleNamespace:
        """Toss each circuit's coin."""
        results = [self._toss(*pub) for pub in pubs]
        return SimpleNamespace(result=lambda: results)

    def _toss(
        self, circuit: QuantumCircuit, _: None = None, shots: int | None = None
    ) -> SimpleNamespace:
        shots = shots or self.default_shots
        turned = sum(step.operation.params[0] for step in circuit.data if step.name == "ry") / 2
        kept = np.exp(-self._decay * turned / self._angle)
        ones = int(self._rng.binomial(shots, (1 - kept * np.cos(2 * turned)) / 2))
        counts = {word: times for word, times in (("0", shots - ones), ("1", ones)) if times}
        bits = SimpleNamespace(get_counts=lambda: counts, num_shots=shots)
        data = SimpleNamespace(values=lambda: [bits], keys=lambda: ["objective"], objective=bits)
        return SimpleNamespace(data=data, metadata={"shots": shots})
