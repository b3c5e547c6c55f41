"""RealAmplitudes: layers of RY with a chain of CX between them, trained here in NumPy."""

import numpy as np
from protocol import serve
from qiskit import QuantumCircuit
from scipy.optimize import minimize

TURN = np.array([[0.0, -0.5], [0.5, 0.0]])
"""Derivative of an RY by its angle, times the inverse of the RY."""


def rotate(state: np.ndarray, matrix: np.ndarray, qubit: int) -> np.ndarray:
    return np.einsum("ij,ajb->aib", matrix, state.reshape(-1, 2, 2**qubit)).ravel()


def ry(angle: float) -> np.ndarray:
    cos, sin = np.cos(angle / 2), np.sin(angle / 2)
    return np.array([[cos, -sin], [sin, cos]])


class Ladder:
    """The state of the ansatz, its loss and the gradient by one sweep back."""

    def __init__(self, amplitudes: np.ndarray, reps: int) -> None:
        self.root, self.size = amplitudes, int(np.log2(amplitudes.size))
        self.shape = (reps + 1, self.size)
        self.chain = np.arange(amplitudes.size)
        for qubit in reversed(range(self.size - 1)):  # the last CX first: a gather of indices
            self.chain = self.chain ^ (((self.chain >> qubit) & 1) << (qubit + 1))
        self.back = np.argsort(self.chain)

    def state(self, angles: np.ndarray) -> np.ndarray:
        state = np.zeros(self.root.size)
        state[0] = 1.0
        for layer, row in enumerate(angles.reshape(self.shape)):
            state = state[self.chain] if layer else state
            for qubit, angle in enumerate(row):
                state = rotate(state, ry(angle), qubit)
        return state

    def infidelity(self, angles: np.ndarray) -> tuple[float, np.ndarray]:
        state, dual = self.state(angles), self.root
        overlap, gradient = float(state @ dual), np.zeros(self.shape)
        for layer in reversed(range(self.shape[0])):
            for qubit in reversed(range(self.size)):
                gradient[layer, qubit] = dual @ rotate(state, TURN, qubit)
                inverse = ry(-angles.reshape(self.shape)[layer, qubit])
                state, dual = rotate(state, inverse, qubit), rotate(dual, inverse, qubit)
            state, dual = state[self.back], dual[self.back]
        return 1 - overlap**2, -2 * overlap * gradient.ravel()

    def divergence(self, angles: np.ndarray) -> float:
        goal, found = self.root**2, self.state(angles) ** 2
        return float(goal @ np.log((goal + 1e-12) / (found + 1e-12)))


def build(amplitudes: np.ndarray, reps: int, method: str, starts: int) -> QuantumCircuit:
    ladder, rng = Ladder(amplitudes, reps), np.random.default_rng(0)
    exact = method == "gradient"
    runs = [
        minimize(
            ladder.infidelity if exact else ladder.divergence,
            rng.uniform(-np.pi, np.pi, ladder.shape).ravel(),
            jac=exact,
            method="L-BFGS-B" if exact else "COBYLA",
            options={"maxiter": 2000},
        )
        for _ in range(starts)
    ]
    circuit = QuantumCircuit(ladder.size)
    for layer, row in enumerate(min(runs, key=lambda run: run.fun).x.reshape(ladder.shape)):
        for qubit in range(ladder.size - 1 if layer else 0):
            circuit.cx(qubit, qubit + 1)
        for qubit, angle in enumerate(row):
            circuit.ry(angle, qubit)
    return circuit


if __name__ == "__main__":
    serve(build)
