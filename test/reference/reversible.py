"""Payoff circuits of any size on basis states: bits as they move, and one qubit's angle."""

from __future__ import annotations

import numpy as np

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
            assert gate.name in ("x", "cx", "ccx", "rccx"), gate.name
            assert target != objective
            bits[:, target] ^= bits[:, controls].all(axis=1)
    return angles
