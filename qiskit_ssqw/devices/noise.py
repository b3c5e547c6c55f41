"""What is known of a device's errors: `DeviceNoise`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property, reduce
from typing import Any

import numpy as np
from qiskit import QuantumCircuit

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.devices.used import check_device, taken_apart

MOST_QUBITS = 10
"""Most qubits whose density matrices are simulated."""

DRIFT = 0.2
"""Share of the errors that a device may not state rightly."""

_ONE_QUBIT_SHARE = 0.1
"""Error of a gate on one qubit in units of that of one on two, where it is not given."""

_GATES = {
    1: ["u", "u2", "u3", "r", "rx", "ry", "sx", "sxdg", "x", "y", "h"],
    2: ["cx", "cz", "ecr", "cy", "cp", "rxx", "ryy", "rzz", "rzx", "swap"],
}
"""Gates that err where nothing else is said; turns about z are done in software."""

_READOUT = "measurements"
_MEANING = ("chance to depolarise", "chance to be read wrongly")


class DeviceNoise(Tabular, ABC):
    """What is known of the errors of a device's gates and measurements.

    `of` reads it from what describes a device, `depolarising` makes it up. Gates are looked at as
    if their errors depolarised their qubits; `probabilities` simulates them as they are described.

    Examples:
        >>> from qiskit import QuantumCircuit
        >>> from qiskit_ssqw.devices import DeviceNoise
        >>> noise = DeviceNoise.depolarising(0.01)
        >>> bell = QuantumCircuit(2)
        >>> _ = bell.h(0), bell.cx(0, 1)
        >>> round(noise.decay(bell), 5)
        0.01105
        >>> bell.measure_all()
        >>> noise.probabilities(bell).round(4).tolist()
        [0.4975, 0.0025, 0.0025, 0.4975]
        >>> noise
        <DeviceNoise: gates on 1 qubit 0.001, gates on 2 qubits 0.01>
    """

    @staticmethod
    def of(source: Any) -> DeviceNoise | None:
        """What a device, or what stands for one, says of its errors.

        Args:
            source: A ``Target``, a backend, Aer's ``NoiseModel``, a sampler, whose backend counts,
                or what this returns.

        Returns:
            ``None`` if there is no noise, or nobody says it.

        Raises:
            TypeError: It is something else.
        """
        from qiskit_ssqw.devices.sources import noise_of

        return noise_of(source)

    @staticmethod
    def depolarising(
        two_qubit: float, one_qubit: float | None = None, readout: float = 0.0
    ) -> DeviceNoise:
        """The same errors everywhere.

        Args:
            two_qubit: Chance that a gate on two qubits depolarises them.
            one_qubit: The same of other rotations than about z; by default a tenth of it.
            readout: Chance that a measurement is wrong.

        Raises:
            TypeError: One is no number.
            ValueError: One is not at least 0 and below 1, or ``readout`` above 0.5.
        """
        from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error

        from qiskit_ssqw.devices.sources import ModelNoise

        if one_qubit is None:
            one_qubit = _ONE_QUBIT_SHARE * check.number(two_qubit, "two_qubit")
        chances = {"two_qubit": two_qubit, "one_qubit": one_qubit, "readout": readout}
        for name, chance in chances.items():
            below = 0.5 if name == "readout" else 1.0
            chances[name] = check.number(chance, name)
            if not 0 <= chances[name] < below:
                raise ValueError(f"{name} must be at least 0 and below {below:g}, got {chance}")
        model, readout = NoiseModel(), chances["readout"]
        for size, name in ((1, "one_qubit"), (2, "two_qubit")):
            if chances[name]:
                error = depolarizing_error(chances[name], size)
                model.add_all_qubit_quantum_error(error, _GATES[size])
        if readout:
            flips = [[1 - readout, readout], [readout, 1 - readout]]
            model.add_all_qubit_readout_error(ReadoutError(flips))
        return ModelNoise(model)

    @property
    def num_qubits(self) -> int | None:
        """Of the device; ``None`` if that is not known."""
        return None

    @property
    @abstractmethod
    def exists(self) -> bool:
        """Whether there is any."""

    @abstractmethod
    def depolarised(self, name: str, qubits: Sequence[int]) -> float:
        """Chance that a gate depolarises its qubits, which makes for its average infidelity.

        Args:
            name: Of the gate.
            qubits: Where it acts.
        """

    @abstractmethod
    def flips(self, qubit: int) -> tuple[float, float]:
        """Chance to read 1 where a qubit is 0, and 0 where it is 1."""

    @abstractmethod
    def noise_model(self, qubits: Sequence[int]) -> Any:
        """Aer's model of some qubits, which are numbered anew in this order."""

    def decay(self, circuit: QuantumCircuit) -> float:
        """Minus the logarithm of the chance that no gate of a circuit depolarises its qubits.

        Args:
            circuit: As it is run, on the device's qubits.

        Raises:
            ValueError: It has more qubits than the device, or errors of two-qubit gates are stated,
                but of none that it has.
        """
        check_device(circuit, self.num_qubits, self._two_qubit_gates)
        where = {qubit: place for place, qubit in enumerate(circuit.qubits)}
        chances = np.array(
            [
                self.depolarised(step.operation.name, [where[qubit] for qubit in step.qubits])
                for step in circuit.data
                if step.operation.name not in ("measure", "barrier", "delay")
            ]
        )
        return float(-np.log1p(-np.minimum(chances, 1 - 1e-9)).sum()) if len(chances) else 0.0

    def confusion(self, qubits: Sequence[int]) -> Array:
        """Chances of what is read, given what some qubits hold.

        Args:
            qubits: The first is the least significant.

        Returns:
            Shape ``(2**k, 2**k)``; column ``j`` is the law of what is read where they hold ``j``.
        """
        known = [
            check.integer(qubit, "a qubit", minimum=0) for qubit in check.sequence(qubits, "qubits")
        ]
        if not known:
            raise ValueError("qubits must name at least one, got none")
        matrices = [flip_matrix(self.flips(qubit)) for qubit in reversed(known)]
        return reduce(lambda high, low: np.asarray(np.kron(high, low), dtype=float), matrices)

    def misread(self, probabilities: Array, qubits: Sequence[int]) -> Array:
        """What is read where some qubits hold a distribution.

        Args:
            probabilities: Shape ``(2**k,)``, the first qubit least significant.
            qubits: Where they are on the device.
        """
        return bit_by_bit(probabilities, [flip_matrix(self.flips(qubit)) for qubit in qubits])

    def measurement(self, qubit: int) -> tuple[Any, tuple[float, float]]:
        """What goes wrong where a qubit is measured; its parts make the chances of `flips`.

        Args:
            qubit: On the device.

        Returns:
            A quantum error before it, or ``None``, and chances to flip what is found, as `flips`.
        """
        return None, self.flips(qubit)

    def probabilities(self, circuit: QuantumCircuit) -> Array:
        """What the measurements at the end of a circuit return, exactly.

        Args:
            circuit: As it is run, on the device's qubits, of which at most 10 are used.

        Returns:
            Shape ``(2**num_clbits,)``, the first bit least significant.

        Raises:
            ValueError: It uses more qubits, does not end with measurements of all its bits,
                measures a qubit twice, or is refused by `decay`.
        """
        check_device(circuit, self.num_qubits, self._two_qubit_gates)
        gates, active, measured = taken_apart(circuit)
        if len(set(measured)) < len(measured):
            raise ValueError(f"each qubit must be measured at most once, got {measured}")
        if len(active) > MOST_QUBITS:
            raise ValueError(
                f"density matrices are simulated on at most {MOST_QUBITS} qubits, got {len(active)}"
            )
        from qiskit_aer import AerSimulator

        measurements = [self.measurement(qubit) for qubit in measured]
        for qubit, (error, _) in zip(measured, measurements, strict=True):
            if error is not None:
                gates.append(error, [active.index(qubit)])
        gates.save_probabilities([active.index(qubit) for qubit in measured], label="chances")
        simulator = AerSimulator(method="density_matrix", noise_model=self.noise_model(active))
        result = simulator.run(gates, shots=1).result()
        held = np.asarray(result.data(0)["chances"], dtype=float)
        return bit_by_bit(held, [flip_matrix(flips) for _, flips in measurements])

    @abstractmethod
    def _stated(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Gates and measurements by name and qubits, as far as their errors are stated."""

    @cached_property
    def _two_qubit_gates(self) -> frozenset[str]:
        """Those whose errors are stated."""
        found: set[str] = set()
        for name, qubits in self._stated():
            if len(qubits) == 2 and name not in found and self.depolarised(name, qubits) > 0:
                found.add(name)
        return frozenset(found)

    def _errors(self) -> dict[str, Array]:
        """Chances of errors of what errs, by kind, ascending."""
        found: dict[str, list[float]] = {}
        for name, qubits in self._stated():
            if name == "measure":
                kind, chance = _READOUT, float(np.mean(self.flips(qubits[0])))
            else:
                kind, chance = _kind(len(qubits)), self.depolarised(name, qubits)
            if chance > 0:
                found.setdefault(kind, []).append(chance)
        return {kind: np.sort(found[kind]) for kind in sorted(found)}

    def __repr__(self) -> str:
        errors = (f"{kind} {np.median(chances):.2g}" for kind, chances in self._errors().items())
        return f"<DeviceNoise: {', '.join(errors)}>"

    def _heading(self) -> str:
        return "errors of a device, medians"

    def _rows(self) -> list[Row]:
        return [
            (kind, float(np.median(chances)), f"{_MEANING[kind == _READOUT]}{_worst(chances)}")
            for kind, chances in self._errors().items()
        ]


def flip_matrix(flips: tuple[float, float]) -> Array:
    """Chances of what is read of a qubit, in columns by what it holds."""
    up, down = flips
    return np.array([[1 - up, down], [up, 1 - down]])


def bit_by_bit(table: Array, matrices: Sequence[Array] | Array) -> Array:
    """Apply a matrix to each bit of the words of a table, the first one least significant."""
    tensor = table.reshape((2,) * len(matrices))
    for axis, matrix in zip(reversed(range(len(matrices))), matrices, strict=True):
        tensor = np.moveaxis(np.tensordot(matrix, tensor, (1, axis)), 0, axis)
    return tensor.ravel()


def _kind(num_qubits: int) -> str:
    return f"gates on {num_qubits} qubit{'s' * (num_qubits > 1)}"


def _worst(chances: Array) -> str:
    """The largest chance, if it is not that of all."""
    return f", at most {chances[-1]:.2g}" if chances[-1] > chances[0] else ""
