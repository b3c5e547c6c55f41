"""Circuits that are run as one job, and what is read of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives import BitArray

from qiskit_ssqw._samplers import RepeatedSeedWarning
from qiskit_ssqw._stack import level_outside
from qiskit_ssqw.devices.mitigated import Readings

_MANY_SHOTS = 100
"""So many do not come in the same order twice."""


@dataclass(frozen=True)
class Runs:
    """Circuits of one job, and what is read of each.

    Attributes:
        folded: Circuits and the factors of their two-qubit gates, as often as they are run.
        calibrations: None, or two: where all qubits are 0, and where all are 1.
        shots: Of each circuit.
    """

    folded: list[tuple[QuantumCircuit, float]]
    calibrations: list[QuantumCircuit]
    shots: int

    @property
    def pubs(self) -> list[tuple[QuantumCircuit, None, int]]:
        """What a sampler is given."""
        circuits = [circuit for circuit, _ in self.folded] + self.calibrations
        return [(circuit, None, self.shots) for circuit in circuits]

    def readings(self, results: list[Any]) -> tuple[list[Readings], dict[int, int], dict[int, int]]:
        """Words of each factor, and those of the calibrations.

        Args:
            results: One per circuit.
        """
        bits = [
            bits_of(circuit, result)
            for (circuit, _, _), result in zip(self.pubs, results, strict=True)
        ]
        if len(self.folded) > 1 and self.folded[0] == self.folded[1]:
            _warn_of_copies(bits[:2])
        counts: list[dict[int, int]] = [each.get_int_counts() for each in bits]
        added: dict[float, dict[int, int]] = {}
        for (_, factor), read in zip(self.folded, counts, strict=False):
            total = added.setdefault(factor, {})
            for word, times in read.items():
                total[word] = total.get(word, 0) + times
        zeros, ones = counts[len(self.folded) :] or ({}, {})
        return [Readings(factor, total) for factor, total in added.items()], zeros, ones


def bits_of(circuit: QuantumCircuit, result: Any) -> Any:
    """What was read of all registers, the first least significant."""
    names = [register.name for register in circuit.cregs]
    return result.data[names[0]] if len(names) == 1 else result.join_data(names)


def _warn_of_copies(bits: list[Any]) -> None:
    """Warn if two runs of a circuit drew the same random numbers, as far as their order is told.

    Warns:
        RepeatedSeedWarning: They did.
    """
    if not all(isinstance(each, BitArray) for each in bits):
        return
    first, second = bits
    varies = len(np.unique(first.array, axis=0)) > 1
    if varies and first.num_shots >= _MANY_SHOTS and np.array_equal(first.array, second.array):
        warnings.warn(
            "The sampler begins each circuit of a job with the same seed, so the standard error is "
            "too small. Give it no seed.",
            RepeatedSeedWarning,
            stacklevel=level_outside(),
        )
