"""Measure a circuit, and average a function of what is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit

from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import brief
from qiskit_ssqw.devices import Mitigation
from qiskit_ssqw.devices.expected import Expected, expected_mean
from qiskit_ssqw.devices.used import taken_apart
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.means import Mean
from qiskit_ssqw.finance.running.meter import Meter
from qiskit_ssqw.finance.running.runner import Runner
from qiskit_ssqw.finance.running.times import duration, seconds_per_iterate
from qiskit_ssqw.finance.words import Words, of_numbers, words_of

MOST_SHOTS = 10_000_000
"""That are taken unless more are asked for."""

_SHOTS_AT_ONCE = 1_000_000
"""Of a simulator that is made for them; Aer lists the word of each shot in half a gigabyte."""

_SECONDS_PER_SHOT_AND_QUBIT = 2.5e-7
"""On a simulator, from 5 to 20 qubits, as measured."""

_SECONDS_OF_PRODUCTS = 3e-6
"""The same of one that holds matrix product states, from 24 to 80 qubits."""

PayoffOfWords = Callable[[Words], Array]
"""What is paid where the measured qubits hold each of some words."""


class SampledRun:
    """Measures loaders, and counts what that takes.

    Args:
        sampler: As for `Runner`, or a runner.
        mitigation: What is done about a device's errors.
        **options: As for `Runner`; the shots are all of them.

    Raises:
        TypeError: The sampler is something else, or a number is none.
        ValueError: A number is out of range.
    """

    name = "sampling"

    def __init__(
        self, sampler: Any = None, *, mitigation: Mitigation | None = None, **options: Any
    ) -> None:
        self.runner = runner = Runner.of(sampler, **options)
        """Runs the circuits."""
        self._meter, self._noise = runner.meter, runner.noise
        self._shots, self._most = runner.shots, runner.most_seconds
        if mitigation is not None and not isinstance(mitigation, Mitigation):
            raise TypeError(f"mitigation must be a Mitigation, got {mitigation!r}")
        self._two_qubit_gates = 0  # of circuits that were mitigated
        self._resolved: dict[tuple[int, ...], Mitigation] = {}
        self._mitigation = None if runner.is_noiseless else mitigation

    @property
    def is_mitigated(self) -> bool:
        """Whether errors are taken back."""
        return self._mitigation is not None

    @property
    def two_qubit_gates(self) -> int:
        """Two-qubit gates of all circuits so far, times their shots."""
        return self._meter.two_qubit_gates + self._two_qubit_gates

    def mean(self, measured: QuantumCircuit, paid: PayoffOfWords, shots: int) -> Mean:
        """Average what is paid over shots of a circuit, without the errors that are mitigated.

        Args:
            measured: It ends with measurements, as `with_measurements` makes it.
            paid: What is averaged.
            shots: How many.

        Raises:
            AlgorithmError: The sampler fails.
        """
        try:
            if self._mitigation is None:
                return measured_mean(self._meter, measured, paid, shots)
            runner, ready = self._meter.as_it_is, self._meter.prepared(measured)
            found = self._mitigation_of(ready, self._mitigation).estimate(
                runner,
                ready,
                of_numbers(paid, measured.num_clbits),
                shots=shots,
                noise=self._noise,
            )
            self._two_qubit_gates += runner.two_qubit_gates
            return Mean(found.mean, found.standard_error, shots, notes=found.notes)
        finally:
            self._meter.close()

    def expected(
        self, measured: QuantumCircuit, paid: PayoffOfWords, ideal: float
    ) -> Expected | None:
        """The mean that the device's errors make, those that are mitigated taken back.

        Args:
            measured: As for `mean`; the same object is prepared once.
            paid: What is averaged.
            ideal: The mean without errors.

        Returns:
            ``None`` if nobody knows of errors.
        """
        if self._noise is None:
            return None
        ready = self._meter.prepared(measured)
        function = of_numbers(paid, measured.num_clbits)
        mitigation = self._mitigation
        if mitigation is not None:
            mitigation = self._mitigation_of(ready, mitigation)
        return expected_mean(ready, function, self._noise, mitigation, ideal)

    def _mitigation_of(self, ready: QuantumCircuit, mitigation: Mitigation) -> Mitigation:
        """With the readout of the measured qubits, which is calibrated once."""
        qubits = tuple(taken_apart(ready)[2])
        if qubits not in self._resolved:
            self._resolved[qubits] = mitigation.resolved(self._meter.as_it_is, ready, self._noise)
        return self._resolved[qubits]

    def shots_within(self, needed: int, circuit: QuantumCircuit) -> tuple[int, list[str]]:
        """How many shots to take, and why they are fewer than needed.

        Args:
            needed: So many reach the error asked for.
            circuit: What is measured.

        Raises:
            ValueError: Those that were given take longer than is allowed, or one alone does.
        """
        width = int(circuit.num_qubits)
        products = self._meter.holds_products(width)
        each = width * (_SECONDS_OF_PRODUCTS if products else _SECONDS_PER_SHOT_AND_QUBIT)
        once = seconds_per_iterate(
            count_two_qubit_gates(circuit),
            width,
            products=products,
            noisy_shots=None if self._noise is None else self._shots or min(needed, MOST_SHOTS),
        )
        seconds = once + (self._shots or 1) * each
        if seconds > self._most:
            raise ValueError(
                f"{self._shots or 1:,} shots of the loader's {width} qubits take some "
                f"{duration(seconds)} on a simulator, more than max_seconds={self._most:g}: take "
                "fewer shots, or raise max_seconds"
            )
        if self._shots is not None:
            return self._shots, []
        most = int(min(MOST_SHOTS, (self._most - once) / each))
        if needed <= most:
            return needed, []
        limit = "are taken at most" if most == MOST_SHOTS else "are what max_seconds allows"
        return most, [
            f"The error asked for needs about {brief(needed)} shots, and {most:,} {limit} unless "
            "more are given: amplitude estimation takes fewer calls."
        ]


def measured_mean(
    meter: Meter, measured: QuantumCircuit, payoff_of_words: PayoffOfWords, shots: int
) -> Mean:
    """Average a function of what is read over shots of a circuit.

    Args:
        meter: Runs it.
        measured: It ends with measurements.
        payoff_of_words: What is averaged; it is asked for the words that were read, once each.
        shots: How many, of one job of a sampler, or a million at a time of samplers that are made.

    Raises:
        AlgorithmError: The sampler fails.
    """
    values, counts = [], []
    for part in _parts(shots, _SHOTS_AT_ONCE if meter.makes_samplers else shots):
        (result,) = meter.run([(measured, None, part)]).result()
        words, times = words_of(next(iter(result.data.values())))
        values.append(payoff_of_words(words))
        counts.append(times)
    return Mean.of(np.concatenate(values), np.concatenate(counts))


def with_measurements(circuit: QuantumCircuit, qubits: Sequence[int]) -> QuantumCircuit:
    """A circuit that measures some of its qubits, the first bit's first."""
    measured = circuit.copy()
    register = ClassicalRegister(len(qubits), "value")
    measured.add_register(register)
    measured.measure(qubits, register)
    return measured


def _parts(total: int, largest: int) -> list[int]:
    """A number in parts of a size, but for the last."""
    full, rest = divmod(total, largest)
    return [largest] * full + [rest] * (rest > 0)
