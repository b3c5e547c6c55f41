"""Problems of one qubit with the outcomes of any Grover operator, and a sampler of their law."""

from types import SimpleNamespace

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector
from qiskit_algorithms import EstimationProblem

SHOTS = 100


class Turn(QuantumCircuit):
    """RY on one qubit, whose powers are one gate."""

    def __init__(self, angle):
        super().__init__(1)
        self.ry(angle, 0)
        self._angle = angle

    def power(self, power, matrix_power=False, annotated=False):
        return Turn(self._angle * power)


class StandIn(EstimationProblem):
    """A problem of one qubit with the outcomes of an amplitude."""

    def __init__(self, amplitude, post_processing=None):
        self._amplitude = amplitude
        angle = np.arcsin(np.sqrt(amplitude))
        super().__init__(Turn(2 * angle), [0], Turn(4 * angle), post_processing)

    def rescale(self, scaling_factor):
        return StandIn(scaling_factor**2 * self._amplitude, self.post_processing)


class ExactSampler:
    """Draws from the exact probabilities of each circuit, every time anew."""

    default_shots = SHOTS

    def __init__(self, rng):
        self._rng = rng

    def run(self, pubs):
        results = [self._sample(*pub) for pub in pubs]
        return SimpleNamespace(result=lambda: results)

    def _sample(self, circuit, _=None, shots=SHOTS):
        words, probabilities = law(circuit)
        counts = zip(words, self._rng.multinomial(shots, probabilities).tolist(), strict=True)
        found = {word: count for word, count in counts if count}
        (register,) = circuit.cregs
        data_bin = {register.name: SimpleNamespace(get_counts=lambda: found, num_shots=shots)}
        return SimpleNamespace(data=Fields(data_bin), metadata={"shots": shots})


class Fields(SimpleNamespace):
    def __init__(self, entries):
        super().__init__(**entries)
        self.keys, self.values = entries.keys, entries.values


def law(circuit):
    """The outcomes of the first qubits, which are measured, and their probabilities."""
    if not hasattr(circuit, "law"):
        bits = circuit.num_clbits
        state = Statevector(circuit.remove_final_measurements(inplace=False))
        probabilities = state.probabilities(range(bits))
        words = [f"{word:0{bits}b}" for word in range(2**bits)]
        circuit.law = words, probabilities / probabilities.sum()
    return circuit.law
