"""The qGAN of qiskit-machine-learning's tutorial: SamplerQNN against a small classical network.

The generator is RealAmplitudes with a chain of CX after a layer of Hadamard gates; the
discriminator is a network of 20 hidden units, written out in NumPy here so that PyTorch is not
needed. Both are trained by Adam.
"""

import numpy as np
from protocol import serve
from qiskit import QuantumCircuit
from qiskit.circuit.library import real_amplitudes
from qiskit.primitives import StatevectorSampler
from qiskit_machine_learning.neural_networks import SamplerQNN


class Adam:
    """Adam's steps, at the tutorial's rates."""

    def __init__(self, size: int) -> None:
        self.mean, self.square, self.steps = np.zeros(size), np.zeros(size), 0

    def step(self, gradient: np.ndarray, rate: float = 0.01) -> np.ndarray:
        self.steps += 1
        self.mean = 0.7 * self.mean + 0.3 * gradient
        self.square = 0.999 * self.square + 0.001 * gradient**2
        mean, square = self.mean / (1 - 0.7**self.steps), self.square / (1 - 0.999**self.steps)
        return np.asarray(-rate * mean / (np.sqrt(square) + 1e-6))


def judge(points: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores that the points are real, and the scores' logits differentiated by the weights."""
    inner, shift, outer = weights[:60].reshape(3, 20)
    hidden = np.outer(points, inner) + shift
    slope = np.where(hidden > 0, 1.0, 0.2)
    active = slope * hidden
    logits = active @ outer + weights[60]
    ones = np.ones((points.size, 1))
    by_inner, by_shift = slope * outer * points[:, None], slope * outer
    return 1 / (1 + np.exp(-logits)), np.hstack([by_inner, by_shift, active, ones])


def build(amplitudes: np.ndarray, reps: int, epochs: int, seed: int) -> QuantumCircuit:
    goal, rng = amplitudes**2, np.random.default_rng(seed)
    num_qubits = int(np.log2(goal.size))
    circuit = QuantumCircuit(num_qubits)
    circuit.h(range(num_qubits))
    circuit.compose(real_amplitudes(num_qubits, entanglement="linear", reps=reps), inplace=True)
    sampler = StatevectorSampler(default_shots=2000, seed=rng)
    network = SamplerQNN(circuit=circuit, weight_params=list(circuit.parameters), sampler=sampler)
    angles, weights = rng.uniform(-0.1, 0.1, circuit.num_parameters), 0.3 * rng.normal(size=61)
    generator, discriminator = Adam(angles.size), Adam(weights.size)
    points = np.linspace(-1, 1, goal.size)
    for _ in range(epochs):
        fake = np.ravel(network.forward([], angles))
        scores, derivative = judge(points, weights)
        weights = weights + discriminator.step((fake * scores - goal * (1 - scores)) @ derivative)
        scores, _ = judge(points, weights)
        jacobian = np.asarray(network.backward([], angles)[1]).reshape(goal.size, angles.size)
        angles = angles + generator.step(-np.log(scores + 1e-12) @ jacobian)
    return circuit.assign_parameters(angles)


if __name__ == "__main__":
    serve(build)
