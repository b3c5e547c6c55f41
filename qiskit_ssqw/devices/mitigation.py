"""Means of measured words, with what errors make of them taken back: `Mitigation`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from qiskit import QuantumCircuit

from qiskit_ssqw import _validation as check
from qiskit_ssqw.devices.extrapolation import (
    ExtrapolationName,
    check_factors,
    weights_of,
)
from qiskit_ssqw.devices.folding import fold_two_qubit_gates, folding_factor
from qiskit_ssqw.devices.mitigated import MitigatedMean, combined
from qiskit_ssqw.devices.noise import DeviceNoise
from qiskit_ssqw.devices.readout import FunctionOfWords, ReadoutInversion
from qiskit_ssqw.devices.runs import Runs
from qiskit_ssqw.devices.used import taken_apart

ReadoutName = Literal["calibrated", "mthree"]

_MOST_REPEATS = 6
"""Of a circuit, in units of the one that is run least."""

_LEAST_BESIDE_CALIBRATION = 4
"""Circuits beside the two that calibrate the readout."""


@dataclass(frozen=True)
class Mitigation:
    """What is done about a device's errors where means of measured words are wanted.

    Readout is inverted, and two-qubit gates are folded, so that their errors can be extrapolated to
    none. Both assume that errors are stochastic and the same in all circuits; twirling, an option
    of the samplers of the IBM runtime, makes coherent errors so. Errors of other gates stay.

    Attributes:
        readout: ``True``: inverted with the chances of flips that the device states. ``False``: as
            it is read. ``"calibrated"``: with chances measured along, by two circuits in the same
            job. ``"mthree"``: with those that mthree measures on the sampler's backend, or that a
            ``M3Mitigation`` knows already. A `ReadoutInversion`, or for each classical bit the
            chances to read 1 for 0 and 0 for 1.
        folds: How often the two-qubit gates are done: 1, and 3, 5, ... to extrapolate; numbers in
            between fold a share of the gates. ``(1,)``: as they are.
        extrapolation: ``"linear"`` or ``"richardson"``, as for `extrapolate`.

    Raises:
        TypeError: ``readout`` is something else, or a factor is no number.
        ValueError: ``folds`` does not begin with 1 or does not grow, there is no such name, or
            chances cannot be inverted.

    Examples:
        >>> from qiskit import QuantumCircuit
        >>> from qiskit_aer import AerSimulator
        >>> from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error
        >>> from qiskit_aer.primitives import SamplerV2
        >>> from qiskit_ssqw.devices import Mitigation
        >>> errors = NoiseModel()
        >>> errors.add_all_qubit_quantum_error(depolarizing_error(0.02, 2), "cx")
        >>> errors.add_all_qubit_readout_error(ReadoutError([[0.98, 0.02], [0.03, 0.97]]))
        >>> backend = AerSimulator(noise_model=errors)
        >>> bell = QuantumCircuit(2)
        >>> _ = bell.h(0), bell.cx(0, 1), bell.measure_all()
        >>> result = Mitigation().estimate(
        ...     SamplerV2.from_backend(backend, seed=1),
        ...     bell,
        ...     lambda words: (words == 1) | (words == 2),
        ...     shots=100_000,
        ... )
        >>> bool(result.unmitigated > 0.04), bool(abs(result.mean) < 3 * result.standard_error)
        (True, True)
    """

    readout: Any = True
    folds: Sequence[float] = (1, 3)
    extrapolation: ExtrapolationName = "linear"

    def __post_init__(self) -> None:
        check.one_of(self.extrapolation, get_args(ExtrapolationName), "extrapolation")
        folds = check.real_array(self.folds, "folds", shape=(None,))
        if not len(folds) or folds[0] != 1 or np.any(np.diff(folds) <= 0):
            raise ValueError(f"folds must begin with 1 and grow, got {self.folds!r}")
        object.__setattr__(self, "folds", tuple(folds.tolist()))
        object.__setattr__(self, "readout", _checked(self.readout))

    def estimate(
        self,
        sampler: Any,
        circuit: QuantumCircuit,
        function: FunctionOfWords,
        *,
        shots: int,
        noise: Any = None,
    ) -> MitigatedMean:
        """Estimate the mean of a function of measured words without the device's errors.

        All circuits are one job of equal shots, so runtime samplers of any kind take them. The less
        folded ones come several times, as often as makes the standard error least.

        Args:
            sampler: A ``SamplerV2``. It must run circuits as they are.
            circuit: Compiled for its backend; measurements of all its classical bits end it.
            function: Takes words, an array of integers whose least significant bit is the first
                classical bit, and returns their numbers.
            shots: Of all circuits together.
            noise: What ``readout=True`` inverts, as for `DeviceNoise.of`; by default what the
                sampler's backend says.

        Warns:
            RepeatedSeedWarning: The sampler draws the same numbers for each circuit.

        Raises:
            TypeError: ``shots`` is no integer, or ``noise`` is something else.
            ValueError: There are fewer than two shots for each circuit, the circuit is not compiled
                or measures nothing, or what ``readout`` needs is not known.
            ImportError: mthree is not installed and wanted.
        """
        qubits = taken_apart(circuit)[2]
        runs = self._runs(circuit, shots)
        inversion = self._inversion(sampler, qubits, noise)  # fails before anything is run
        results = list(sampler.run(runs.pubs).result())
        readings, zeros, ones = runs.readings(results)
        along = self.readout == "calibrated"
        if along:
            inversion = ReadoutInversion.of_counts(zeros, ones, len(qubits))
        found = combined(readings, function, inversion, self.extrapolation, len(qubits))
        return replace(found, systematic_error=0.0) if along else found

    def resolved(self, sampler: Any, circuit: QuantumCircuit, noise: Any = None) -> Mitigation:
        """The same with the chances of flips that are known, or measured, before circuits are run.

        Args:
            sampler: As for `estimate`, as all arguments.
            circuit: Whose measured qubits count.
            noise: What ``readout=True`` inverts.

        Raises:
            ImportError: mthree is not installed and wanted.
            ValueError: What ``readout`` needs is not known.
        """
        inversion = self._inversion(sampler, taken_apart(circuit)[2], noise)
        return self if inversion is None else replace(self, readout=inversion)

    def circuits(self, circuit: QuantumCircuit) -> list[QuantumCircuit]:
        """The circuits that are run, each as often as it comes.

        Args:
            circuit: As for `estimate`.
        """
        return [circuit for circuit, _ in self._folded(circuit)] + self._calibrations(circuit)

    def shots_factor(self, circuit: QuantumCircuit) -> float:
        """How many times the shots of the circuit alone all take, to be as sure of the mean.

        Args:
            circuit: As for `estimate`.
        """
        folded = [factor for _, factor in self._folded(circuit)]
        factors, repeats = np.unique(folded, return_counts=True)
        alone = len(factors) == 1
        weights = np.ones(1) if alone else weights_of(factors, self.extrapolation)
        circuits = len(folded) + len(self._calibrations(circuit))
        return circuits * float(np.sum(weights**2 / repeats))

    def _runs(self, circuit: QuantumCircuit, shots: int) -> Runs:
        folded, calibrations = self._folded(circuit), self._calibrations(circuit)
        least = len(folded) + len(calibrations)
        each = check.integer(shots, "shots", minimum=0) // least
        if each < 2:
            raise ValueError(f"shots must be at least 2 for each of {least} circuits, got {shots}")
        return Runs(folded, calibrations, each)

    def _folded(self, circuit: QuantumCircuit) -> list[tuple[QuantumCircuit, float]]:
        """Circuits and their factors, as often as they are run."""
        factors = sorted({folding_factor(circuit, factor) for factor in self.folds})
        folded = [fold_two_qubit_gates(circuit, factor) for factor in factors]
        repeats = self._repeats(np.array(factors))
        return [
            run
            for run, times in zip(zip(folded, factors, strict=True), repeats, strict=True)
            for _ in range(times)
        ]

    def _repeats(self, factors: Any) -> list[int]:
        """How often each circuit is run, in proportion to its weight in the result."""
        shares = np.ones(1)
        if len(factors) > 1:
            weights = np.abs(weights_of(check_factors(factors), self.extrapolation))
            shares = np.clip(np.rint(weights / weights.min()), 1, _MOST_REPEATS)
        if self.readout == "calibrated":
            shares = shares * np.ceil(_LEAST_BESIDE_CALIBRATION / shares.sum())
        return [int(share) for share in shares]

    def _calibrations(self, circuit: QuantumCircuit) -> list[QuantumCircuit]:
        """Circuits that leave all measured qubits 0, and bring all to 1."""
        if self.readout != "calibrated":
            return []
        qubits = taken_apart(circuit)[2]
        made = [circuit.copy_empty_like() for _ in range(2)]
        for qubit in sorted(set(qubits)):
            made[1].x(qubit)
        for one in made:
            one.global_phase = 0
            one.measure(qubits, range(len(qubits)))
        return made

    def _inversion(self, sampler: Any, qubits: list[int], noise: Any) -> ReadoutInversion | None:
        """How the readout is inverted, if that is known beforehand."""
        if self.readout is False or self.readout == "calibrated":
            return None
        if self.readout is True:
            known = DeviceNoise.of(sampler if noise is None else noise)
            if known is None:
                raise ValueError(
                    "readout=True inverts the flips that a device states, and nothing is known of "
                    'them: give noise, or readout="calibrated", which measures them, or '
                    "readout=False"
                )
            return ReadoutInversion.of(known, qubits)
        if isinstance(self.readout, ReadoutInversion):
            if len(self.readout.up) != len(qubits):
                raise ValueError(
                    f"readout must have chances for each of {len(qubits)} classical bits, got "
                    f"{len(self.readout.up)}"
                )
            return self.readout
        from qiskit_ssqw.devices.calibration import calibrated_by_mthree

        return calibrated_by_mthree(self.readout, sampler, qubits)


def _checked(readout: Any) -> Any:
    if isinstance(readout, (bool, ReadoutInversion)) or hasattr(readout, "single_qubit_cals"):
        return readout
    if isinstance(readout, str):
        return check.one_of(readout, get_args(ReadoutName), "readout")
    try:
        chances = check.real_array(readout, "readout", shape=(None, 2))
    except TypeError:
        raise TypeError(
            "readout must be True, False, 'calibrated', 'mthree', a M3Mitigation, a "
            f"ReadoutInversion or chances of flips, got {readout!r}"
        ) from None
    return ReadoutInversion(*chances.T.tolist())
