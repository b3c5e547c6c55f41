"""Prepare circuits for a sampler, and sample the sites of a walk whose angles are bound late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qiskit.circuit import ClassicalRegister
from qiskit.primitives import StatevectorSampler
from qiskit.transpiler import generate_preset_pass_manager

from qiskit_ssqw._arrays import Array
from qiskit_ssqw._samplers import backend_of, is_sampler, make_sampler
from qiskit_ssqw.circuit.distribution import SSQWDistribution
from qiskit_ssqw.walks import Walk

_PLAIN_GATES = ["cx", "rx", "ry", "rz"]


def default_pass_manager(sampler: Any, basis_gates: Sequence[str], seed: int | None) -> Any:
    """A pass manager that prepares circuits for a sampler.

    Args:
        sampler: The circuits are laid out for its backend, if it names one.
        basis_gates: What circuits are unrolled to where the backend, if any, takes these gates on
            all its qubits.
        seed: Of the layout.
    """
    backend = backend_of(sampler)
    anywhere = backend is None or takes_anywhere(backend, basis_gates)
    kind = {"basis_gates": basis_gates} if anywhere else {"backend": backend}
    return generate_preset_pass_manager(optimization_level=1, seed_transpiler=seed, **kind)


def takes_anywhere(backend: Any, basis_gates: Sequence[str]) -> bool:
    """Whether a backend takes some gates on all its qubits."""
    return backend.coupling_map is None and set(basis_gates) <= set(backend.operation_names)


class WalkSampling:
    """The measured circuit of a walk, transpiled once.

    Args:
        walk: The structure.
        sampler: A ``SamplerV2``, or a function of seed that makes one, which is called for each
            call with another seed; None for ``StatevectorSampler``.
        shots: Samples per call.
        pass_manager: Transpiles the circuit; by default as `default_pass_manager`.
        seed: Of the samplers that are made, and of the default pass manager.
    """

    def __init__(self, walk: Walk, sampler: Any, shots: int, pass_manager: Any, seed: int) -> None:
        self._sampler = StatevectorSampler if sampler is None else sampler
        self._shots, self._seed = shots, seed
        circuit = SSQWDistribution.parametrised(walk)
        qubits = circuit.value_qubits
        circuit.add_register(ClassicalRegister(len(qubits), "site"))
        circuit.measure(qubits, range(len(qubits)))
        if pass_manager is None:
            pass_manager = default_pass_manager(self._sampler_of(0), _PLAIN_GATES, self._seed_of(0))
        places = {parameter: place for place, parameter in enumerate(circuit.parameters)}
        self._circuit = pass_manager.run(circuit)
        self._kept = [places[parameter] for parameter in self._circuit.parameters]
        self._sites = 2 ** len(qubits)

    def __call__(self, angles: Array, call: int) -> Array:
        """Sampled frequencies of the sites.

        Args:
            angles: Parameters of the walk.
            call: Number of the call, part of the seed of a sampler that is made for it.
        """
        sampler = self._sampler_of(call)
        job = sampler.run([(self._circuit, angles[self._kept])], shots=self._shots)
        counts = job.result()[0].data.site.get_int_counts()
        frequencies = np.zeros(self._sites)
        frequencies[list(counts)] = list(counts.values())
        frequencies /= frequencies.sum()
        return frequencies

    def _sampler_of(self, call: int) -> Any:
        if is_sampler(self._sampler):
            return self._sampler
        return make_sampler(self._sampler, self._seed_of(call))

    def _seed_of(self, call: int) -> int:
        return int(np.random.SeedSequence([self._seed, call]).generate_state(1)[0])
