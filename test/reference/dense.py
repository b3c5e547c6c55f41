"""Both walks as products of explicit matrices, and derivatives by finite differences.

Nothing here uses the package. Lattice walks live on position x coin, site `x` with coin `c` being
basis state `2 * x + c`; multiscale walks on qubits n-1, ..., 0, the last factor being qubit 0;
torus walks on first coin x second coin x first position x second position.
"""

import numpy as np

PAULIS = (
    np.array([[0, 1], [1, 0]]),
    np.array([[0, -1j], [1j, 0]]),
    np.array([[1, 0], [0, -1]]),
)


def ry(theta):
    return np.array(
        [[np.cos(theta / 2), -np.sin(theta / 2)], [np.sin(theta / 2), np.cos(theta / 2)]]
    )


def u(theta, phi, lam):
    return np.array(
        [
            [np.cos(theta / 2), -np.exp(1j * lam) * np.sin(theta / 2)],
            [np.exp(1j * phi) * np.sin(theta / 2), np.exp(1j * (phi + lam)) * np.cos(theta / 2)],
        ]
    )


def coin_matrix(angles):
    """RY for one angle, U for three."""
    angles = np.atleast_1d(angles)
    return ry(angles[0]) if len(angles) == 1 else u(*angles)


def shift_up(sites):
    """S+: coin 1 moves one site up, coin 0 stays."""
    matrix = np.zeros((2 * sites, 2 * sites))
    for site in range(sites):
        matrix[2 * site, 2 * site] = 1
        matrix[2 * ((site + 1) % sites) + 1, 2 * site + 1] = 1
    return matrix


def shift_down(sites):
    """S-: coin 0 moves one site down, coin 1 stays."""
    matrix = np.zeros((2 * sites, 2 * sites))
    for site in range(sites):
        matrix[2 * ((site - 1) % sites), 2 * site] = 1
        matrix[2 * site + 1, 2 * site + 1] = 1
    return matrix


def lattice_state(
    num_position_qubits,
    coin_angles,
    *,
    start=0,
    initial_coin=None,
    final_coin=None,
    repetitions=1,
    coin="traced",
):
    """State of the lattice walk: the coin is the last qubit if traced, qubit 0 if absorbed."""
    sites = 2**num_position_qubits

    def toss(angles):
        return np.kron(np.eye(sites), coin_matrix(angles))

    state = np.zeros(2 * sites, dtype=complex)
    state[2 * start] = 1
    if initial_coin is not None:
        state = toss(initial_coin) @ state
    for _ in range(repetitions):
        for first, second in coin_angles:
            state = shift_up(sites) @ toss(first) @ state
            state = shift_down(sites) @ toss(second) @ state
    if final_coin is not None:
        state = toss(final_coin) @ state
    if coin == "absorbed":
        return state
    coin_last = np.zeros(2 * sites, dtype=complex)
    for site in range(sites):
        for side in range(2):
            coin_last[side * sites + site] = state[2 * site + side]
    return coin_last


def on_qubit(matrix, qubit, num_qubits):
    """A one-qubit matrix on the whole register."""
    above, below = np.eye(2 ** (num_qubits - 1 - qubit)), np.eye(2**qubit)
    return np.kron(np.kron(above, matrix), below)


def cx(control, target, num_qubits):
    matrix = np.zeros((2**num_qubits, 2**num_qubits))
    for index in range(2**num_qubits):
        flipped = index ^ (1 << target) if (index >> control) & 1 else index
        matrix[flipped, index] = 1
    return matrix


def multiscale_state(num_qubits, flips, angles, initial_angles):
    """State of the multiscale walk in little-endian order."""
    state = np.zeros(2**num_qubits)
    state[0] = 1
    for qubit in range(num_qubits):
        state = on_qubit(ry(initial_angles[qubit]), qubit, num_qubits) @ state
    for (control, target), (on_control, on_target) in zip(flips, angles, strict=True):
        state = cx(control, target, num_qubits) @ state
        state = on_qubit(ry(on_control), control, num_qubits) @ state
        state = on_qubit(ry(on_target), target, num_qubits) @ state
    return state


def torus_operator(sizes, coin_angles):
    """All steps of a torus walk as one matrix."""
    sites = [2**size for size in sizes]
    up = [np.roll(np.eye(number), 1, axis=0) for number in sites]
    still = [np.eye(number) for number in sites]
    zero, one, keep = np.diag([1, 0]), np.diag([0, 1]), np.eye(2)

    def kron(*factors):
        product = np.eye(1)
        for factor in factors:
            product = np.kron(product, factor)
        return product

    first_up = kron(zero, keep, still[0], still[1]) + kron(one, keep, up[0], still[1])
    second_up = kron(keep, zero, still[0], still[1]) + kron(keep, one, still[0], up[1])
    first_down = kron(zero, keep, up[0].T, still[1]) + kron(one, keep, still[0], still[1])
    second_down = kron(keep, zero, still[0], up[1].T) + kron(keep, one, still[0], still[1])

    def toss(angles):
        coins = np.kron(u(*angles[:3]), u(*angles[3:6]))
        for pauli, angle in zip(PAULIS, angles[6:], strict=True):
            turn = np.cos(angle / 2) * np.eye(4) - 1j * np.sin(angle / 2) * np.kron(pauli, pauli)
            coins = turn @ coins
        return kron(coins, still[0], still[1])

    operator = np.eye(4 * sites[0] * sites[1])
    for before, after in coin_angles:
        operator = first_up @ second_up @ toss(before) @ operator
        operator = first_down @ second_down @ toss(after) @ operator
    return operator


def torus_state(sizes, coin_angles, start):
    """State of the torus walk: the coins are the last qubits, that of dimension 0 the very last."""
    sites = [2**size for size in sizes]
    state = np.zeros(4 * sites[0] * sites[1])
    state[start[0] * sites[1] + start[1]] = 1
    return torus_operator(sizes, coin_angles) @ state


def derivative(function, point, step=1e-6):
    """Central differences of a function by each coordinate, which becomes the last axis."""
    columns = []
    for index in range(len(point)):
        forward, backward = np.array(point, dtype=float), np.array(point, dtype=float)
        forward[index] += step
        backward[index] -= step
        columns.append((function(forward) - function(backward)) / (2 * step))
    return np.stack(columns, axis=-1)
