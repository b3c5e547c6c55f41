"""Sample the sites of a walk whose angles are bound at the last moment."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import ClassicalRegister
from qiskit.primitives import StatevectorSampler
from qiskit.transpiler import generate_preset_pass_manager

from qiskit_ssqw.circuit.distribution import SSQWDistribution
from qiskit_ssqw.walks import Walk

Array = NDArray[np.float64]

_PLAIN_GATES = ["cx", "rx", "ry", "rz"]


class WalkSampling:
    """The measured circuit of a walk, transpiled once.

    Args:
        walk: The structure.
        sampler: A ``SamplerV2``, or None for a ``StatevectorSampler`` seeded for each call.
        shots: Samples per call.
        pass_manager: Transpiles the circuit; by default for the sampler's backend if it names one,
            or else to plain gates.
        seed: For the default sampler.
    """

    def __init__(self, walk: Walk, sampler: Any, shots: int, pass_manager: Any, seed: int) -> None:
        self._sampler, self._shots, self._seed = sampler, shots, seed
        circuit = SSQWDistribution.parametrised(walk)
        qubits = circuit.value_qubits
        circuit.add_register(ClassicalRegister(len(qubits), "site"))
        circuit.measure(qubits, range(len(qubits)))
        if pass_manager is None:
            backend = getattr(sampler, "backend", None)
            backend = backend() if callable(backend) else backend  # a method in the IBM runtime
            kind = {"basis_gates": _PLAIN_GATES} if backend is None else {"backend": backend}
            pass_manager = generate_preset_pass_manager(optimization_level=1, **kind)
        places = {parameter: place for place, parameter in enumerate(circuit.parameters)}
        self._circuit = pass_manager.run(circuit)
        self._kept = [places[parameter] for parameter in self._circuit.parameters]
        self._sites = 2 ** len(qubits)

    def __call__(self, angles: Array, call: int) -> Array:
        """Sampled frequencies of the sites.

        Args:
            angles: Parameters of the walk.
            call: Number of the call, part of the default sampler's seed.
        """
        sampler = self._sampler
        if sampler is None:
            seed = np.random.SeedSequence([self._seed, call]).generate_state(1)
            sampler = StatevectorSampler(seed=int(seed[0]))
        job = sampler.run([(self._circuit, angles[self._kept])], shots=self._shots)
        counts = job.result()[0].data.site.get_int_counts()
        frequencies = np.zeros(self._sites)
        frequencies[list(counts)] = list(counts.values())
        frequencies /= frequencies.sum()
        return frequencies
