"""The mean that a device would measure without end, errors and their mitigation included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw._arrays import Array
from qiskit_ssqw._samplers import Finished
from qiskit_ssqw.devices.mitigated import Readings, systematic_error
from qiskit_ssqw.devices.mitigation import Mitigation
from qiskit_ssqw.devices.noise import MOST_QUBITS, DeviceNoise
from qiskit_ssqw.devices.readout import (
    MOST_LISTED,
    FunctionOfWords,
    ReadoutInversion,
    values_of,
)
from qiskit_ssqw.devices.used import taken_apart
from qiskit_ssqw.devices.words import integers_of_rows

_OFTEN = 10**12
"""Shots that leave next to no chance."""

_NUM_WORDS = 20_000
"""Words that are drawn where there are too many to list."""

_MOST_OF_STATES = 20
"""Most qubits whose state vectors are drawn from; of more, matrix product states."""

_WIDEST_BOND = 256
"""Of these; what it cuts off changes what noise does to a mean, not the mean without noise."""

_DEVIATIONS = 3.0
"""Standard errors in an uncertainty."""


class Expected(NamedTuple):
    """A mean, and what a shot varies about it."""

    mean: float
    variance: float
    """Of the mean, times the number of shots."""
    uncertainty: float = 0.0
    """By how much the mean may be off, however many shots are taken."""


def expected_mean(
    circuit: QuantumCircuit,
    function: FunctionOfWords,
    noise: DeviceNoise,
    mitigation: Mitigation | None,
    ideal: float,
) -> Expected:
    """The mean of a function of measured words on a noisy device.

    Density matrices tell it up to 10 qubits. On more, words are drawn from the circuit without
    errors, with a fixed seed, and read as the device reads them; a gate that errs is taken to leave
    words that are all as likely, and folding gates not to help.

    Args:
        circuit: As it is run; measurements of all its classical bits end it.
        function: Of the words.
        noise: Of the device.
        mitigation: What is done about it.
        ideal: The mean without errors.
    """
    gates, used, measured = taken_apart(circuit)
    if len(used) > MOST_QUBITS:
        lost = float(-np.expm1(-noise.decay(circuit)))
        held = _drawn(gates, [used.index(qubit) for qubit in measured])
        return _Wide(function, noise, measured, mitigation).expected(held, lost, ideal, circuit)
    if mitigation is not None:
        device = ExpectedCounts(noise)
        found = mitigation.estimate(device, circuit, function, shots=_OFTEN, noise=noise)
        lasting = found.systematic_error
        variance = max(found.standard_error**2 - lasting**2, 0.0) * _OFTEN
        return Expected(found.mean, variance, _DEVIATIONS * lasting)
    chances = noise.probabilities(circuit)
    values = function(np.arange(len(chances)))
    mean = float(chances @ values)
    return Expected(mean, float(chances @ (values - mean) ** 2))


@dataclass(frozen=True)
class _Wide:
    """What is read of more qubits than density matrices hold."""

    function: FunctionOfWords
    noise: DeviceNoise
    measured: list[int]
    mitigation: Mitigation | None

    def expected(
        self, held: NDArray[np.bool_], lost: float, ideal: float, circuit: QuantumCircuit
    ) -> Expected:
        """The mean from words that qubits hold without errors.

        Args:
            held: Their bits, shape ``(shots, bits)``.
            lost: Chance that a gate errs.
            ideal: The mean without errors.
            circuit: As it is run.
        """
        rng = np.random.default_rng(0)
        without = values_of(self.function, integers_of_rows(held))
        kept = self._read(held, rng)
        coins = rng.integers(0, 2, held.shape).astype(bool)
        mixed = self._read(coins, rng)
        moved = (1 - lost) * kept + lost * mixed - without  # of the same words: less is left open
        if self._mended:
            moved = lost * (values_of(self.function, integers_of_rows(coins)) - without)
        mean = ideal + float(moved.mean())
        squares = (1 - lost) * (kept - mean) ** 2 + lost * (mixed - mean) ** 2
        growth = 1.0 if self.mitigation is None else self.mitigation.shots_factor(circuit)
        # Flips that are too rare to be drawn are worth the whole range, once.
        span = float(np.ptp(np.concatenate([without, kept, mixed])))
        rare = 0.0 if self._mended else span * min(1 / len(held), float(np.sum(self._flips)))
        parts = (moved.std(ddof=1) / np.sqrt(len(held)), rare, self._systematic_error(held))
        error = np.linalg.norm(parts)
        return Expected(mean, growth * float(squares.mean()), _DEVIATIONS * float(error))

    @property
    def _inversion(self) -> ReadoutInversion | None:
        known = False if self.mitigation is None else self.mitigation.readout
        if isinstance(known, ReadoutInversion):
            return known
        return None if known is False else ReadoutInversion.of(self.noise, self.measured)

    def _systematic_error(self, held: NDArray[np.bool_]) -> float:
        """Of the inversion, where it is known beforehand and may be looked at."""
        if self._inversion is None or len(self.measured) > MOST_LISTED:
            return 0.0
        words, times = np.unique(integers_of_rows(held), return_counts=True)
        read = Readings(1.0, dict(zip(words.tolist(), times.tolist(), strict=True)))
        return systematic_error([read], self.function, self._inversion, np.ones(1))

    @property
    def _mended(self) -> bool:
        """Whether the readout leaves the mean as it is."""
        found = self._inversion
        if found is None or len(self.measured) > MOST_LISTED:
            return found is not None
        return np.allclose(np.stack([found.up, found.down], axis=1), self._flips)

    @property
    def _flips(self) -> Array:
        """Chances to read 1 for 0 and 0 for 1, shape ``(bits, 2)``."""
        return np.array([self.noise.flips(qubit) for qubit in self.measured])

    def _read(self, held: NDArray[np.bool_], rng: np.random.Generator) -> Array:
        """Values of what is read where qubits hold bits, shape ``(shots,)``."""
        if self._inversion is not None and len(self.measured) > MOST_LISTED:
            return values_of(self.function, integers_of_rows(held))
        up, down = self._flips.T
        words = integers_of_rows(held ^ (rng.random(held.shape) < np.where(held, down, up)))
        if self._inversion is None:
            return values_of(self.function, words)
        return self._inversion.inverted(self.function, words)


def _drawn(gates: QuantumCircuit, measured: list[int]) -> NDArray[np.bool_]:
    """Bits that a circuit's qubits hold without errors, shape ``(shots, bits)``."""
    from qiskit_aer import AerSimulator

    circuit = QuantumCircuit(gates.num_qubits, len(measured))
    circuit.compose(gates, inplace=True)
    circuit.measure(measured, range(len(measured)))
    few = gates.num_qubits <= _MOST_OF_STATES
    simulator = AerSimulator(
        method="statevector" if few else "matrix_product_state",
        matrix_product_state_max_bond_dimension=_WIDEST_BOND,
        seed_simulator=0,
    )
    counts = simulator.run(circuit, shots=_NUM_WORDS).result().data(0)["counts"]
    size = len(measured) // 8 + 1
    rows = [list(int(word, 16).to_bytes(size, "little")) for word in counts]
    bits = np.unpackbits(np.array(rows, np.uint8), axis=1, bitorder="little")
    return np.repeat(bits[:, : len(measured)].astype(bool), list(counts.values()), axis=0)


class ExpectedCounts:
    """A sampler that counts each word as often as is expected.

    Args:
        noise: Of the device that it stands for.
    """

    def __init__(self, noise: DeviceNoise) -> None:
        self._noise = noise

    def run(self, pubs: Iterable[Any]) -> Finished:
        """Count the words of circuits."""
        pubs = list(pubs)
        once = {id(circuit): circuit for circuit, _, _ in pubs}  # some come several times
        chances = {
            key: np.maximum(self._noise.probabilities(circuit), 0.0)
            for key, circuit in once.items()
        }
        return Finished(
            [self._result(circuit, chances[id(circuit)], shots) for circuit, _, shots in pubs]
        )

    def _result(self, circuit: QuantumCircuit, chances: Array, shots: int) -> Any:
        counts = np.rint(shots * chances).astype(np.int64)
        (register,) = circuit.cregs
        return SimpleNamespace(data={register.name: _Counts(counts)})


class _Counts:
    """Bits of as many shots as cannot be listed."""

    array = np.zeros((1, 1), dtype=np.uint8)
    num_shots = 0

    def __init__(self, counts: Any) -> None:
        self._counts = counts

    def get_int_counts(self) -> dict[int, int]:
        return {word: int(count) for word, count in enumerate(self._counts) if count}
