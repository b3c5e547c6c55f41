"""Where the errors of a device are stated: targets, and noise models of simulators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from qiskit.providers import BackendV2
from qiskit.transpiler import Target

from qiskit_ssqw._samplers import backend_of, is_sampler, noise_model_of
from qiskit_ssqw.devices.noise import DeviceNoise

_NO_GATES = ("measure", "reset", "delay")

_COIN = 0.5
"""Error of a measurement that is of no use; targets state 1."""


class TargetNoise(DeviceNoise):
    """Errors that a target states, and relaxation while its gates last."""

    def __init__(self, target: Target) -> None:
        self._target = target

    @property
    def num_qubits(self) -> int | None:
        size: int | None = self._target.num_qubits
        return size

    @cached_property
    def exists(self) -> bool:
        errors = (
            getattr(properties, "error", None)
            for name in self._target.operation_names
            for properties in (self._target[name] or {}).values()
        )
        return any(error is not None and error > 0 for error in errors)

    def depolarised(self, name: str, qubits: Sequence[int]) -> float:
        error = self._error(name, tuple(qubits))
        dimension = 2.0 ** len(qubits)
        return min(1.0, error * dimension / (dimension - 1))

    def flips(self, qubit: int) -> tuple[float, float]:
        error = self._error("measure", (qubit,))
        if error >= 1:
            error = _COIN
        return error, error

    def _stated(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        for name in self._target.operation_names:
            if name == "measure" or name not in _NO_GATES:
                yield from ((name, where) for where in self._target[name] or {} if where)

    def _error(self, name: str, qubits: tuple[int, ...]) -> float:
        if name not in self._target.operation_names:
            return 0.0
        entries = self._target[name] or {}
        stated = getattr(entries.get(qubits), "error", None)
        if stated is None:  # a symmetric gate, stated for one direction
            stated = getattr(entries.get(qubits[::-1]), "error", None)
        return 0.0 if stated is None or np.isnan(stated) else float(stated)

    def noise_model(self, qubits: Sequence[int]) -> Any:
        from qiskit_aer.noise import NoiseModel
        from qiskit_aer.noise.device import basic_device_gate_errors

        model = NoiseModel()
        for name, where, error in basic_device_gate_errors(target=self._part(qubits)):
            model.add_quantum_error(error, name, where)
        return model

    def _part(self, qubits: Sequence[int]) -> Target:
        """The target on some qubits only."""
        places = {qubit: place for place, qubit in enumerate(qubits)}
        properties = self._target.qubit_properties
        part = Target(
            num_qubits=len(qubits),
            dt=self._target.dt,
            qubit_properties=None if properties is None else [properties[q] for q in qubits],
        )
        for name in self._target.operation_names:
            kept = {
                tuple(places[qubit] for qubit in where): entry
                for where, entry in (self._target[name] or {}).items()
                if where is not None and set(where) <= places.keys() and name not in _NO_GATES
            }
            if kept:
                part.add_instruction(self._target.operation_from_name(name), kept, name=name)
        return part


class ModelNoise(DeviceNoise):
    """Errors of Aer's noise model.

    Raises:
        ValueError: It has errors of reading several qubits at once.
    """

    def __init__(self, model: Any) -> None:
        joint = next((where for where in model._local_readout_errors if len(where) > 1), None)
        if joint is not None:
            raise ValueError(
                "noise must have readout errors of single qubits, got one of the qubits "
                f"{joint} together"
            )
        self._model = model
        self._known: dict[int, tuple[Any, float]] = {}

    @property
    def exists(self) -> bool:
        return not self._model.is_ideal()

    def depolarised(self, name: str, qubits: Sequence[int]) -> float:
        error = self._quantum_error(name, tuple(qubits))
        if error is None:
            return 0.0
        known, chance = self._known.get(id(error), (None, 0.0))  # many gates share one
        if known is not error:
            chance = _depolarising_part(error, len(qubits))
            self._known[id(error)] = error, chance
        return chance

    def _quantum_error(self, name: str, qubits: tuple[int, ...]) -> Any:
        local = self._model._local_quantum_errors.get(name, {})
        return local.get(qubits) or self._model._default_quantum_errors.get(name)

    def flips(self, qubit: int) -> tuple[float, float]:
        error, (up, down) = self.measurement(qubit)
        if error is None:
            return up, down
        from qiskit.quantum_info import DensityMatrix

        change = 1 - up - down
        zero, one = (DensityMatrix.from_int(bit, 2).evolve(error).probabilities() for bit in (0, 1))
        return up + change * float(zero[1]), down + change * float(one[0])

    def measurement(self, qubit: int) -> tuple[Any, tuple[float, float]]:
        quantum = self._quantum_error("measure", (qubit,))
        error = self._model._local_readout_errors.get((qubit,))
        error = error or self._model._default_readout_error
        if error is None:
            return quantum, (0.0, 0.0)
        (_, up), (down, _) = error.probabilities
        return quantum, (float(up), float(down))

    def _stated(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        model = self._model
        for name, error in model._default_quantum_errors.items():
            yield name, tuple(range(error.num_qubits))
        for name, errors in model._local_quantum_errors.items():
            yield from ((name, qubits) for qubits in errors)
        if model._default_readout_error is not None:
            yield "measure", (0,)
        yield from (("measure", qubits) for qubits in model._local_readout_errors)

    def noise_model(self, qubits: Sequence[int]) -> Any:
        from qiskit_aer.noise import NoiseModel

        places = {qubit: place for place, qubit in enumerate(qubits)}
        model = NoiseModel()
        for name, error in self._model._default_quantum_errors.items():
            model.add_all_qubit_quantum_error(error, name)
        for name, errors in self._model._local_quantum_errors.items():
            for where, error in errors.items():
                if set(where) <= places.keys():
                    model.add_quantum_error(error, name, [places[qubit] for qubit in where])
        return model


def _depolarising_part(error: Any, num_qubits: int) -> float:
    """Chance to depolarise qubits that makes for the average infidelity of an error."""
    from qiskit.quantum_info import average_gate_fidelity

    dimension = 2.0**num_qubits
    return float((1 - average_gate_fidelity(error)) * dimension / (dimension - 1))


def noise_of(source: Any) -> DeviceNoise | None:
    """What a device, or what stands for one, says of its errors, as for `DeviceNoise.of`."""
    if source is None:
        return None
    noise: DeviceNoise
    if isinstance(source, BackendV2):
        return noise_of(_description(source))
    if is_sampler(source):
        model = noise_model_of(source)
        return noise_of(backend_of(source) if model is None else model)
    if isinstance(source, DeviceNoise):
        noise = source
    elif isinstance(source, Target):
        noise = TargetNoise(source)
    elif hasattr(source, "noise_instructions") and not isinstance(source, type):
        noise = ModelNoise(source)
    else:
        raise TypeError(
            "noise must be a DeviceNoise, a Target, a backend, a NoiseModel or a sampler, got "
            f"{source!r}"
        )
    return noise if noise.exists else None


def _description(backend: BackendV2) -> Any:
    """What tells a backend's errors: the noise model of a simulator, the target of a device."""
    if type(backend).__module__.startswith("qiskit_aer"):  # not imported for this question
        return getattr(backend.options, "noise_model", None)
    return backend.target
