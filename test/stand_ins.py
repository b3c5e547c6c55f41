"""Problems of one qubit with the outcomes of any Grover operator, and a sampler of their law."""

from types import SimpleNamespace

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives import BitArray, DataBin, SamplerPubResult
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
        gates = [step for step in circuit.data if step.name != "measure"]
        state = Statevector(QuantumCircuit.from_instructions(gates, qubits=circuit.qubits))
        probabilities = state.probabilities(range(bits))
        words = [f"{word:0{bits}b}" for word in range(2**bits)]
        circuit.law = words, probabilities / probabilities.sum()
    return circuit.law


class NoisySampler:
    """Draws from the exact outcomes of a noisy device's circuits."""

    default_shots = 1024

    def __init__(self, noise, rng):
        self._noise, self._rng = noise, rng

    def run(self, pubs):
        results = [self._sample(*pub) for pub in pubs]
        return SimpleNamespace(result=lambda: results)

    def _sample(self, circuit, _=None, shots=default_shots):
        (register,) = circuit.cregs
        law = np.maximum(self._noise.probabilities(circuit), 0)
        counts = enumerate(self._rng.multinomial(shots, law / law.sum()).tolist())
        found = {f"{word:0{register.size}b}": count for word, count in counts if count}
        bits = BitArray.from_counts(found, register.size)
        return SamplerPubResult(DataBin(**{register.name: bits}), {"shots": shots})


def each_once(law):
    """A law of circuits that remembers what it has found, by their gates."""
    known = {}

    def found(circuit):
        key = tuple(
            (
                step.operation.name,
                *(circuit.find_bit(bit).index for bit in (*step.qubits, *step.clbits)),
                *step.operation.params,
            )
            for step in circuit.data
        )
        if key not in known:
            known[key] = law(circuit)
        return known[key]

    return found
