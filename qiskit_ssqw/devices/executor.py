"""Twirled readout and amplified errors (TREX and PEA) on the executor of the IBM runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from qiskit import QuantumCircuit

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.devices.extrapolation import Extrapolation, ExtrapolationName, extrapolate
from qiskit_ssqw.devices.mitigated import MitigatedMean, notes_of
from qiskit_ssqw.devices.noise import DeviceNoise
from qiskit_ssqw.devices.readout import MOST_LISTED, FunctionOfWords, values_of
from qiskit_ssqw.devices.used import taken_apart
from qiskit_ssqw.synthesis.multiplexer import walsh_transform

_SHOTS_AT_ONCE = 64
"""Shots of each randomisation."""

_LEAST_RANDOMISATIONS = 8
"""Fewer tell no standard error."""


def estimate_on_executor(
    executor: Any,
    circuit: QuantumCircuit,
    function: FunctionOfWords,
    *,
    shots: int,
    noise: Any = None,
    factors: Sequence[float] = (1, 3),
    extrapolation: ExtrapolationName = "linear",
    trex: bool = True,
) -> MitigatedMean:
    """Estimate the mean of a function of measured words with the tools of qiskit-mitigation.

    Measurements are twirled with ``trex``: the readout is calibrated along and divided out,
    correlated flips included (van den Berg et al., arXiv:2012.09738). With several factors gates
    are twirled, Paulis are inserted at random, as often as makes a known noise so many times
    stronger (PEA, Kim et al., Nature 618, 500), and the mean is extrapolated to none. Standard
    errors are those between randomisations, and hold the calibration's. All is one job.

    Args:
        executor: An ``Executor`` of qiskit-ibm-runtime, on a device or a simulator.
        circuit: As for `Mitigation.estimate`; at most 20 bits. Measured is each of its qubits.
        function: As for `Mitigation.estimate`.
        shots: Of all circuits, calibration included, down to whole randomisations.
        noise: That of the two-qubit gates, as for `DeviceNoise.of`, taken as depolarising; by
            default what the executor's backend says. Or a mapping with a ``PauliLindbladMap`` for
            each layer of ``PEA().find_unique_layers(circuit)``, as ``NoiseLearnerV3`` learns them.
        factors: Strengths of the noise; 1 first, growing.
        extrapolation: As for `extrapolate`.
        trex: Whether readout is mitigated.

    Raises:
        ImportError: qiskit-mitigation is not installed.
        TypeError: The executor has no method ``run``, ``shots`` is no integer, or ``noise`` is
            something else.
        ValueError: Factors do not begin with 1 or do not grow, several need ``noise``, shots are
            too few, or the circuit measures nothing or too much.
    """
    check.one_of(extrapolation, get_args(ExtrapolationName), "extrapolation")
    qubits = taken_apart(circuit)[2]
    if len(qubits) > MOST_LISTED:
        raise ValueError(f"at most {MOST_LISTED} bits can be measured, got {len(qubits)}")
    places = check.real_array(factors, "factors", shape=(None,))
    if not len(places) or places[0] != 1 or np.any(np.diff(places) <= 0):
        raise ValueError(f"factors must begin with 1 and grow, got {factors!r}")
    if len(places) > 1 and not isinstance(noise, Mapping):
        noise = DeviceNoise.of(executor if noise is None else noise)
        if noise is None:
            raise ValueError(
                "noise must be known to be amplified, and nothing is: give it, or factors=(1,)"
            )
    randomisations = check.integer(shots, "shots", minimum=0) // (
        _SHOTS_AT_ONCE * (len(places) + trex)
    )
    if randomisations < _LEAST_RANDOMISATIONS:
        least = _LEAST_RANDOMISATIONS * _SHOTS_AT_ONCE * (len(places) + trex)
        raise ValueError(f"shots must be at least {least}, got {shots}")
    if not callable(getattr(executor, "run", None)):
        raise TypeError(f"executor must have a method run, got {executor!r}")
    table = values_of(function, np.arange(2 ** len(qubits)))
    read = _run(executor, circuit, qubits, randomisations, places, noise, trex)
    return read.mean(table, extrapolation)


@dataclass(frozen=True)
class _Read:
    """Words of each randomisation as shares of all words, shape ``(factors, runs, words)``."""

    factors: Array
    shares: Array
    calibration: Array | None
    """The same of qubits that hold 0, shape ``(runs, words)``."""

    def mean(self, table: Array, method: ExtrapolationName) -> MitigatedMean:
        spectrum = walsh_transform(table)
        read = self.calibration
        fidelities: Array = np.ones(len(table)) if read is None else _walsh(read.mean(axis=0))
        means = self.shares @ _walsh(spectrum / fidelities)
        runs = means.shape[1]
        values, errors = means.mean(axis=1), means.std(axis=1, ddof=1) / np.sqrt(runs)
        found: Extrapolation | None = None
        weights = np.ones(1)
        if len(values) > 1:
            found = extrapolate(self.factors.tolist(), values, errors, method=method)
            weights = np.array(found.weights)
        parts = [float(np.linalg.norm(weights * errors))]
        if read is not None:  # by how much each run of the calibration moves the mean
            held = _walsh(weights @ self.shares.mean(axis=1))
            moved = read @ _walsh(spectrum * held / fidelities**2)
            parts.append(float(moved.std(ddof=1) / np.sqrt(len(moved))))
        raw = self.shares[0] @ table
        shots = _SHOTS_AT_ONCE * runs * len(values)
        return MitigatedMean(
            float(weights @ values),
            float(np.linalg.norm(parts)),
            float(raw.mean()),
            float(raw.std(ddof=1) / np.sqrt(runs * len(values))),
            shots,
            found,
            () if found is None else tuple(notes_of(found, errors[0] / np.sqrt(len(errors)))),
        )


def _run(
    executor: Any,
    circuit: QuantumCircuit,
    qubits: Sequence[int],
    randomisations: int,
    factors: Array,
    noise: Any,
    trex: bool,
) -> _Read:
    theirs = _qiskit_mitigation()
    amplified = len(factors) > 1
    task = theirs.PEA() if amplified else theirs.MitigationTask()
    calibration = theirs.TREX() if trex else None
    options: dict[str, Any] = {}
    if amplified:
        maps = noise_maps(noise, circuit) if isinstance(noise, DeviceNoise) else dict(noise)
        options = {"noise_maps": maps, "noise_factors": factors.tolist()}
    program = task.prepare(
        circuit,
        [_all_z(circuit.num_qubits, qubits)],
        None,
        trex=calibration,
        shots_per_randomization=_SHOTS_AT_ONCE,
        num_randomizations=randomisations,
        **options,
    )
    if calibration is not None:
        program = calibration.prepare(randomisations, program)
    results = executor.run(program).result()
    shares = _shares(results[0], qubits).reshape(len(factors), randomisations, -1)
    return _Read(factors, shares, _shares(results[1], qubits) if trex else None)


def noise_maps(noise: DeviceNoise, circuit: QuantumCircuit) -> dict[str, Any]:
    """Generators of what depolarises the layers of a circuit, by the names that PEA gives them.

    Args:
        noise: Of the device. Gates that depolarise two qubits with chance ``p`` have the rate
            ``-log(1 - p) / 16`` for each of 15 Paulis.
        circuit: As it is run.

    Raises:
        ImportError: qiskit-mitigation is not installed.
        TypeError: The noise or the circuit is something else.
    """
    check.instance(noise, DeviceNoise, "noise")
    check.instance(circuit, QuantumCircuit, "circuit")
    theirs = _qiskit_mitigation()
    from qiskit.quantum_info import PauliLindbladMap
    from samplomatic import InjectNoise
    from samplomatic.utils import get_annotation

    where = {qubit: place for place, qubit in enumerate(circuit.qubits)}
    maps = {}
    for layer in theirs.PEA().find_unique_layers(circuit):
        injected = get_annotation(layer.operation, InjectNoise)
        if injected is None:
            continue
        body = layer.operation.body
        outer = dict(zip(body.qubits, (where[qubit] for qubit in layer.qubits), strict=True))
        order = sorted(outer.values())  # a map counts a layer's qubits in this order
        terms = []
        for step in body.data:
            if len(step.qubits) == 2 and step.operation.name != "barrier":
                pair = [outer[qubit] for qubit in step.qubits]
                rate = -np.log1p(-min(noise.depolarised(step.operation.name, pair), 1 - 1e-9)) / 16
                terms += _depolarising([order.index(qubit) for qubit in pair], float(rate))
        maps[injected.ref] = PauliLindbladMap.from_sparse_list(terms, num_qubits=len(order))
    return maps


def _qiskit_mitigation() -> Any:
    try:
        import qiskit_mitigation
    except ImportError as error:
        raise ImportError(
            "TREX and PEA need qiskit-mitigation: pip install qiskit-ssqw[mitigation]"
        ) from error
    return qiskit_mitigation


def _depolarising(pair: list[int], rate: float) -> list[tuple[str, list[int], float]]:
    """All Paulis on two qubits but the identity, each with a rate."""
    single = [(a, [qubit], rate) for qubit in pair for a in "XYZ"]
    return single + [(a + b, pair, rate) for a in "XYZ" for b in "XYZ"]


def _all_z(num_qubits: int, qubits: Sequence[int]) -> Any:
    """An observable whose basis is that of the measurements."""
    from qiskit.quantum_info import SparsePauliOp

    place = sorted(set(qubits))
    return SparsePauliOp.from_sparse_list([("Z" * len(place), place, 1.0)], num_qubits)


def _shares(item: Any, qubits: Sequence[int]) -> Array:
    """Shares of all words of some qubits in each run, shape ``(runs, words)``."""
    read = np.asarray(item["_meas"])
    flips = item.get("measurement_flips._meas")
    if flips is not None:
        read = read ^ np.asarray(flips)
    words = (read[..., list(qubits)] * (1 << np.arange(len(qubits)))).sum(axis=-1)
    runs = words.reshape(-1, words.shape[-1])
    size = 2 ** len(qubits)
    flat = runs + size * np.arange(len(runs))[:, None]
    counts = np.bincount(flat.ravel(), minlength=size * len(runs)).reshape(-1, size)
    return np.asarray(counts / runs.shape[1])


def _walsh(table: Array) -> Array:
    """Sums of a table with the signs of all parities, shape ``(2**k,)``."""
    return np.asarray(len(table) * walsh_transform(table))
