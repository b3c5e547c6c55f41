"""The sampler that every estimation goes through: it prepares, runs and counts circuits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qiskit import QuantumCircuit
from qiskit.primitives import BaseSamplerV2, SamplerPubResult
from qiskit.primitives.containers.sampler_pub import SamplerPub
from qiskit_algorithms import AlgorithmError

from qiskit_ssqw._samplers import Finished, FreshSeeds, backend_of, default_shots
from qiskit_ssqw.circuit.sampling import default_pass_manager
from qiskit_ssqw.finance.gates import BASIS, count_two_qubit_gates, is_plain
from qiskit_ssqw.fitting.record import progress_bar

DEFAULT_SHOTS = 100
"""Of samplers that do not name a default."""

_MOST_CIRCUITS = 2000
"""Iterative estimation takes dozens; with few shots it can stay at one power for ever."""


class Meter(BaseSamplerV2):
    """A sampler that counts the shots and two-qubit gates of what it passes on.

    Args:
        sampler: Runs the circuits.
        shots: Shots of a circuit that does not say how many; by default as many as the sampler
            takes then, or 100 if it does not tell.
        pass_manager: What its method ``run`` makes of a circuit is run. By default a circuit with
            gates that the sampler's backend does not have, or that are no plain one- and two-qubit
            gates if it names none, is transpiled.
        seed: Of that transpilation.
        progress: Whether a bar counts the circuits; needs tqdm.
    """

    def __init__(
        self,
        sampler: Any,
        *,
        shots: int | None = None,
        pass_manager: Any = None,
        seed: int | None = None,
        progress: bool = False,
    ) -> None:
        self._sampler, self._pass_manager, self._seed = sampler, pass_manager, seed
        example = sampler.example if isinstance(sampler, FreshSeeds) else sampler
        self._example, self._backend = example, backend_of(example)
        self.default_shots = shots or default_shots(example) or DEFAULT_SHOTS
        """Shots of a circuit that does not say how many."""
        self._own_pass_manager: Any = None
        self._progress = progress
        self._bar: Any = None
        self._circuits = 0
        self.shots = 0
        """Shots of all circuits so far."""
        self.two_qubit_gates = 0
        """Two-qubit gates of all circuits so far, times their shots."""

    def run(self, pubs: Iterable[Any], *, shots: int | None = None) -> Finished:
        """Run circuits on the sampler, and wait for the results.

        Raises:
            AlgorithmError: The sampler fails.
            RuntimeError: An estimator asks for circuits without end.
        """
        passed = [self._prepared(SamplerPub.coerce(pub, shots)) for pub in pubs]
        try:
            results = [_with_shots(result) for result in self._sampler.run(passed).result()]
        except Exception as error:
            circuits = [circuit for circuit, _, _ in passed]
            raise AlgorithmError(
                f"{type(self._example).__name__} failed at circuit {self._circuits} of the "
                f"estimation, {max(circuit.num_qubits for circuit in circuits)} qubits and "
                f"{max(circuit.num_nonlocal_gates() for circuit in circuits):,} gates on several "
                f"of them: {type(error).__name__}: {error}"
            ) from error
        return Finished(results)

    def close(self) -> None:
        """Take the progress bar away."""
        if self._bar is not None:
            self._bar.close()

    def _prepared(self, pub: SamplerPub) -> tuple[QuantumCircuit, None, int]:
        """A circuit as it is run, and how often; it counts from here on."""
        circuit, times = self._transpiled(pub.circuit), pub.shots or self.default_shots
        self._circuits += 1
        if self._circuits > _MOST_CIRCUITS:
            raise RuntimeError(
                f"amplitude estimation makes no progress in {_MOST_CIRCUITS} circuits of "
                f"{times} shots: take more shots"
            )
        self.shots += times
        self.two_qubit_gates += times * count_two_qubit_gates(circuit)
        if self._progress and self._bar is None:
            self._bar = progress_bar("estimation", "circuits")
        if self._bar is not None:
            self._bar.update()
        return circuit, None, times

    def _transpiled(self, circuit: QuantumCircuit) -> QuantumCircuit:
        if self._pass_manager is not None:
            return self._pass_manager.run(circuit)
        if self._takes(circuit):
            return circuit
        if self._own_pass_manager is None:
            self._own_pass_manager = default_pass_manager(self._example, BASIS, self._seed)
        return self._own_pass_manager.run(circuit)

    def _takes(self, circuit: QuantumCircuit) -> bool:
        """Whether the sampler takes a circuit as it is."""
        if self._backend is None:
            return is_plain(circuit)
        return all(
            step.operation.name == "barrier"
            or self._backend.target.instruction_supported(
                step.operation.name, tuple(circuit.find_bit(qubit).index for qubit in step.qubits)
            )
            for step in circuit.data
        )


def _with_shots(result: SamplerPubResult) -> SamplerPubResult:
    """A result whose metadata say the number of shots, which estimators look up."""
    taken = next(iter(result.data.values())).num_shots
    return SamplerPubResult(result.data, {**result.metadata, "shots": taken})
