"""Payoff circuits with arithmetic: on all states where they are small, else on basis states."""

from __future__ import annotations

import numpy as np
from qiskit.quantum_info import Statevector

from qiskit_ssqw.circuit import WalshRYGate


def run_on_basis_states(circuit, bits, objective):
    """Run a circuit of X, CX and Toffoli gates that rotates one qubit, which controls nothing.

    Tables of bits, which are rotations of other qubits by 0 or pi, are fine, too. Relative phases
    are left out: what the circuit undoes gives them back.

    Args:
        circuit: The circuit.
        bits: What the qubits hold, shape ``(N, number of qubits)``, bool; changed in place.
        objective: The qubit that only RY rotations touch.

    Returns:
        The angle of the objective in radians, shape ``(N,)``.
    """
    angles = np.zeros(len(bits))
    place = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    for step in circuit.data:
        gate, qubits = step.operation, [place[qubit] for qubit in step.qubits]
        *controls, target = qubits
        assert objective not in controls
        if gate.name == "ry":
            assert target == objective
            angles += gate.params[0]
        elif isinstance(gate, WalshRYGate):
            masks = np.array(list(gate.rotations))[:, None] >> np.arange(len(controls)) & 1
            parities = bits[:, controls].astype(int) @ masks.T % 2
            turns = (1 - 2 * parities) @ np.array(list(gate.rotations.values()))
            if target == objective:
                angles += turns
            else:
                halves = np.abs(turns / np.pi)
                np.testing.assert_allclose(halves, np.round(halves), atol=1e-9)
                bits[:, target] ^= np.round(halves) == 1
        else:
            assert gate.name in ("x", "cx", "ccx", "rccx", "rccx_dg"), gate.name
            assert target != objective
            bits[:, target] ^= bits[:, controls].all(axis=1)
    return angles


def integers_of(registers):
    """What each register holds at each grid point."""
    points = np.arange(2 ** sum(register.num_qubits for register in registers))
    return np.stack(
        [
            sum((points >> qubit & 1) << bit for bit, qubit in enumerate(register.qubits))
            for register in registers
        ],
        axis=1,
    )


def some_laws(registers, rng):
    return [rng.dirichlet(np.ones(len(register.values))) for register in registers]


def check_circuits(part, rng):
    """The operators on random states, whose ancillas are 0."""
    size, width = part.num_value_qubits, part.num_value_qubits + 1 + part.num_ancillas
    angles = part.angles(part._integers())
    cos, sin = np.cos(angles / 2), np.sin(angles / 2)
    np.testing.assert_allclose(part.shown, sin**2)
    state = rng.normal(size=(2, 2**size)) + 1j * rng.normal(size=(2, 2**size))
    zero, one = state = state / np.linalg.norm(state)
    rotated = [cos * zero - sin * one, sin * zero + cos * one]
    # RY(-a) Z RY(a) = Z RY(2 a)
    cos, sin = np.cos(angles), np.sin(angles)
    reflected = [cos * zero - sin * one, -sin * zero - cos * one]
    padding = np.zeros(2**width - 2 ** (size + 1))
    given = Statevector(np.append(state.ravel(), padding))
    for circuit, expected in ((part.circuit(), rotated), (part.reflection(), reflected)):
        found = given.evolve(circuit).data
        np.testing.assert_allclose(found, np.append(np.ravel(expected), padding), atol=1e-10)
