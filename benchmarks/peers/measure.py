"""Measure circuits of all peers alike, in the Qiskit of the environment that runs this."""

from __future__ import annotations

import math
import multiprocessing
import signal
import time
from typing import Any

import numpy as np
from adapters.protocol import limit_process
from instance import BASIS, CALL
from qiskit import QuantumCircuit, qasm2, transpile
from qiskit.transpiler import CouplingMap

from qiskit_ssqw import TargetDistribution, metrics

SEEDS = (0, 1, 2)
OUT_OF_TIME = "takes more than"
"""What the failures of too long a build or measurement say."""
PATIENCE = 10
"""Limit of the time that passes, as a multiple of that of the processor time."""
LARGE = 1000
"""Circuits of more CX than this are transpiled with one seed."""


def coupling_maps(num_qubits: int) -> dict[str, CouplingMap | None]:
    """The maps, by the suffix of their columns."""
    return {
        "": None,
        "_line": CouplingMap.from_line(num_qubits),
        "_heavy_hex": CouplingMap.from_heavy_hex(7),
    }


def two_qubit_depth(circuit: QuantumCircuit) -> int:
    return int(circuit.depth(lambda step: len(step.qubits) == 2))


def gates(circuit: QuantumCircuit) -> dict[str, Any]:
    """CX, two-qubit depth and depth on each map: level 3, the seed with the fewest CX."""
    columns: dict[str, Any] = {}
    large = circuit.count_ops().get("cx", 0) > LARGE
    started = time.process_time()
    for suffix, coupling in coupling_maps(circuit.num_qubits).items():
        best = min(
            (
                transpile(
                    circuit,
                    basis_gates=BASIS,
                    coupling_map=coupling,
                    optimization_level=3,
                    seed_transpiler=seed,
                )
                for seed in SEEDS[: 1 if large else None]
            ),
            key=lambda found: (found.num_nonlocal_gates(), two_qubit_depth(found)),
        )
        columns[f"cx{suffix}"] = best.num_nonlocal_gates()
        columns[f"two_qubit_depth{suffix}"] = two_qubit_depth(best)
        columns[f"depth{suffix}"] = best.depth()
    return {**columns, "transpile_seconds": time.process_time() - started}


def loaded(circuit: QuantumCircuit, num_qubits: int) -> np.ndarray:
    """Probabilities of the first qubits, all others traced out."""
    from qiskit_aer import AerSimulator

    saved = circuit.copy()
    saved.save_statevector()
    amplitudes = np.asarray(
        AerSimulator(method="statevector").run(saved).result().data()["statevector"]
    )
    return np.asarray((np.abs(amplitudes) ** 2).reshape(-1, 2**num_qubits).sum(axis=0))


def errors(target: TargetDistribution, found: np.ndarray, priced: bool) -> dict[str, float]:
    """TV, KL, and the error of the call on the grid as a share of its value on the grid."""
    goal = target.probabilities
    columns = {
        "tv": metrics.total_variation(goal, found),
        "kl": metrics.kl_divergence(goal, found),
    }
    if priced:
        payoff = CALL(target.values)
        columns["price_error"] = float(payoff @ found / (payoff @ goal) - 1)
    return columns


def measured(text: str, target: TargetDistribution, priced: bool) -> dict[str, Any]:
    """All columns of a circuit given as OpenQASM 2."""
    circuit = qasm2.loads(text)
    found = loaded(circuit, target.num_qubits)
    return {"qubits": circuit.num_qubits, **errors(target, found, priced), **gates(circuit)}


def _work(pipe: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with who started it
    while True:
        try:
            seconds, *arguments = pipe.recv()
        except EOFError:
            return
        try:
            limit_process("RLIMIT_CPU", math.ceil(time.process_time() + seconds))
            pipe.send(measured(*arguments))
        except Exception as error:  # becomes the row's failure
            pipe.send({"failure": f"measuring: {type(error).__name__}: {error}"})


class Worker:
    """A process that measures, replaced when a circuit takes too long or ends it."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_work, args=(other,), daemon=True)
        self._process.start()
        other.close()

    def measured(self, seconds: float, *arguments: Any) -> dict[str, Any]:
        """The columns, or the failure, of one circuit within some seconds of processor time."""
        try:
            self._pipe.send((seconds, *arguments))
            if self._pipe.poll(PATIENCE * seconds):
                columns: dict[str, Any] = self._pipe.recv()
                return columns
            self._process.kill()
            reason = f"waits for more than {PATIENCE * seconds:g} s"
        except (EOFError, OSError):
            self._process.join()
            out_of_time = self._process.exitcode == -signal.SIGXCPU
            reason = f"{OUT_OF_TIME} {seconds:g} s" if out_of_time else "the process died"
        self._process.join()
        self._start()
        return {"failure": f"measuring: {reason}"}
