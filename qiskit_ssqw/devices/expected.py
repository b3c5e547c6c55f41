"""The mean that a device would measure without end, errors and their mitigation included."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from qiskit import QuantumCircuit

from qiskit_ssqw._samplers import Finished
from qiskit_ssqw.devices.mitigation import Mitigation
from qiskit_ssqw.devices.noise import MOST_QUBITS, DeviceNoise
from qiskit_ssqw.devices.readout import FunctionOfWords
from qiskit_ssqw.devices.used import taken_apart

_OFTEN = 10**12
"""Shots that leave next to no chance."""

_NUM_WORDS = 4096
"""Words that stand for all, where nothing is left but noise."""


class Expected(NamedTuple):
    """A mean, and what a shot varies about it."""

    mean: float
    variance: float | None
    """Of the mean, times the number of shots; ``None`` if that is not known."""


def expected_mean(
    circuit: QuantumCircuit,
    function: FunctionOfWords,
    noise: DeviceNoise,
    mitigation: Mitigation | None,
    ideal: float,
) -> Expected:
    """The mean of a function of measured words on a noisy device.

    Density matrices tell it up to 10 qubits. On more, a gate that errs is taken to leave words that
    are all as likely, and the readout is left out.

    Args:
        circuit: As it is run; measurements of all its classical bits end it.
        function: Of the words.
        noise: Of the device.
        mitigation: What is done about it.
        ideal: The mean without errors.
    """
    _, used, measured = taken_apart(circuit)
    if len(used) <= MOST_QUBITS:
        if mitigation is not None:
            device = ExpectedCounts(noise)
            found = mitigation.estimate(device, circuit, function, shots=_OFTEN, noise=noise)
            return Expected(found.mean, found.standard_error**2 * _OFTEN)
        chances = noise.probabilities(circuit)
        values = function(np.arange(len(chances)))
        mean = float(chances @ values)
        return Expected(mean, float(chances @ (values - mean) ** 2))
    mixed = np.random.default_rng(0).integers(0, 2, (_NUM_WORDS, len(measured)))
    words = (mixed.astype(object) << np.arange(len(measured), dtype=object)).sum(axis=1)
    lost = float(-np.expm1(-noise.decay(circuit)))
    return Expected(ideal + lost * (float(np.mean(function(words))) - ideal), None)


class ExpectedCounts:
    """A sampler that counts each word as often as is expected.

    Args:
        noise: Of the device that it stands for.
    """

    def __init__(self, noise: DeviceNoise) -> None:
        self._noise = noise

    def run(self, pubs: Iterable[Any]) -> Finished:
        """Count the words of circuits."""
        return Finished([self._result(circuit, shots) for circuit, _, shots in pubs])

    def _result(self, circuit: QuantumCircuit, shots: int) -> Any:
        chances = np.maximum(self._noise.probabilities(circuit), 0.0)
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
