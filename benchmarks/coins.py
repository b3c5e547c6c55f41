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
from qiskit.quantum_info import Statevector
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


class StandIn(EstimationProblem):
    """A problem of one qubit with the outcomes of an amplitude."""

    def __init__(self, amplitude: float, post_processing: Any = None) -> None:
        self._amplitude = amplitude
        angle = np.arcsin(np.sqrt(amplitude))
        super().__init__(Turn(2 * angle), [0], Turn(4 * angle), post_processing)

    def rescale(self, scaling_factor: float) -> StandIn:
        """One whose amplitude is smaller."""
        return StandIn(scaling_factor**2 * self._amplitude, self.post_processing)


stand_in = StandIn


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
        results = [self._sampled(*pub) for pub in map(_as_pub, pubs)]
        return SimpleNamespace(result=lambda: results)

    def _sampled(
        self, circuit: QuantumCircuit, _: None = None, shots: int | None = None
    ) -> SimpleNamespace:
        shots = shots or self.default_shots
        (register,) = circuit.cregs
        counts = {word: times for word, times in self._drawn(circuit, shots).items() if times}
        bits = SimpleNamespace(get_counts=lambda: counts, num_shots=shots)
        fields = {register.name: bits, "values": lambda: [bits], "keys": lambda: [register.name]}
        return SimpleNamespace(data=SimpleNamespace(**fields), metadata={"shots": shots})

    def _drawn(self, circuit: QuantumCircuit, shots: int) -> dict[str, int]:
        """How often each word is read."""
        ones = int(self._rng.binomial(shots, self._chance(circuit)))
        width = circuit.num_clbits
        return {"0" * width: shots - ones, "1" * width: ones}

    def _chance(self, circuit: QuantumCircuit) -> float:
        """Probability of 1."""
        turned = sum(step.operation.params[0] for step in circuit.data if step.name == "ry") / 2
        kept = np.exp(-self._decay * turned / self._angle)
        return float((1 - kept * np.cos(2 * turned)) / 2)


class Circuits(Coins):
    """A sampler of the exact probabilities of any circuit, as good (all bits 1) or not."""

    def _chance(self, circuit: QuantumCircuit) -> float:
        return float(np.clip(word_chances(circuit)[-1], 0, 1))


class Words(Coins):
    """The same, which tells all words apart."""

    def _drawn(self, circuit: QuantumCircuit, shots: int) -> dict[str, int]:
        chances = self._chances(circuit)
        counts = self._rng.multinomial(shots, chances / chances.sum()).tolist()
        return {f"{word:0{circuit.num_clbits}b}": times for word, times in enumerate(counts)}

    def _chances(self, circuit: QuantumCircuit) -> np.ndarray:
        return word_chances(circuit)


class Phases(Words):
    """The same for phase estimation of a stand-in, by formula."""

    def _chances(self, circuit: QuantumCircuit) -> np.ndarray:
        turn = next(step.operation.params[0] for step in circuit.data if step.name == "ry")
        bits = circuit.num_clbits
        angles = np.pi * np.arange(2**bits) / 2**bits
        chances = (fejer(angles - turn / 2, 2**bits) + fejer(angles + turn / 2, 2**bits)) / 2
        # The first bit is the most significant one.
        return chances.reshape((2,) * bits).transpose().ravel()


def fejer(angles: np.ndarray, size: int) -> np.ndarray:
    """Chance to read a phase that is so far off (Brassard et al., quant-ph/0005055, lemma 10)."""
    sines = np.sin(angles)
    is_hit = np.abs(sines) < 1e-12
    return np.where(is_hit, 1.0, (np.sin(size * angles) / (size * sines + is_hit)) ** 2)


def word_chances(circuit: QuantumCircuit) -> np.ndarray:
    """Probability of each word of the bits of a circuit that ends with its measurements."""
    places = {bit: index for index, bit in enumerate(circuit.clbits)}
    measured = [step for step in circuit.data if step.name == "measure"]
    ordered = sorted(measured, key=lambda step: places[step.clbits[0]])
    qubits = [circuit.find_bit(step.qubits[0]).index for step in ordered]
    state = Statevector(circuit.remove_final_measurements(inplace=False))
    return state.probabilities(qubits)


def _as_pub(pub: Any) -> tuple[Any, ...]:
    return pub if isinstance(pub, tuple) else (pub,)
