"""A distribution as the spinors of a walk on a line, and the coins read off from them.

A walk of ``L`` half steps from one site leaves a spinor ``v_x`` on each of ``L + 1`` sites whose
autocorrelations vanish: ``sum_x <v_x, v_(x+l)> = 0`` for every lag ``l >= 1``, because the walk is
unitary at every momentum. Conversely all such spinors come from a walk, whose coins layer
stripping finds one by one. See ``docs/explanations/lattice-walks``.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.exact.coins import su2

_VANISHING = 1e-15
_EMPTY = 1e-150
_RIDGE = 1e-15
_STEPS = 30


def autocorrelations(spinors: Complex) -> Complex:
    """``sum_x <v_x, v_(x+l)>`` for the lags ``l = 1, ..., L``.

    Summed directly: a Fourier transform would drown the lags of small spinors in rounding errors.
    """
    first, second = (np.correlate(part, part, "full") for part in spinors.T)
    return (first + second)[len(spinors) :]


def complementary_spinors(spinors: Complex) -> Complex:
    """Turn spinors, keeping their norms, until their autocorrelations vanish.

    Newton's method with the shortest turn (in angles) that solves the linearised equations.

    Args:
        spinors: First guess, shape ``(sites, 2)``; no spinor may vanish.

    Returns:
        Spinors of the same norms; whether the autocorrelations vanish is for the caller to see.
    """
    norms = np.linalg.norm(spinors, axis=1)
    largest = np.correlate(norms, norms, "full")[len(norms) :]
    for _ in range(_STEPS):
        lags = autocorrelations(spinors)
        if np.all(np.abs(lags) <= _VANISHING * largest):
            break
        units = spinors / norms[:, None]
        across = np.stack([-units[:, 1].conj(), units[:, 0].conj()], axis=1)
        moves = np.stack([1j * units, across, 1j * across])
        try:
            turns = _shortest_turns(spinors, moves * norms[:, None], lags)
        except LinAlgError:  # no such spinors near by
            break
        turned = units + np.einsum("kx,kxc->xc", turns, moves)
        spinors = norms[:, None] * turned / np.linalg.norm(turned, axis=1)[:, None]
    return spinors


def _shortest_turns(spinors: Complex, moves: Complex, lags: Complex) -> Array:
    """The three angles of each spinor, shape ``(3, sites)``, that cancel the autocorrelations."""
    length = len(spinors)
    padded = np.zeros((3 * length, 2), dtype=complex)
    padded[length : 2 * length] = spinors
    lag, site = np.arange(1, length)[:, None], length + np.arange(length)
    ahead, behind = padded[site + lag], padded[site - lag].conj()
    columns = [
        np.einsum("lxc,xc->lx", ahead, move.conj()) + np.einsum("lxc,xc->lx", behind, move)
        for move in moves
    ]
    equations = np.concatenate(columns, axis=1)
    matrix = np.concatenate([equations.real, equations.imag])
    scales = np.maximum(np.linalg.norm(matrix, axis=1), np.finfo(float).tiny)
    matrix /= scales[:, None]
    wanted = -np.concatenate([lags.real, lags.imag]) / scales
    gram = matrix @ matrix.T
    gram[np.diag_indices_from(gram)] += _RIDGE
    factor = cho_factor(gram, overwrite_a=True, check_finite=False)
    turns: Array = matrix.T @ cho_solve(factor, wanted, check_finite=False)
    return turns.reshape(3, length)


def _checked(spinors: Complex) -> Complex:
    array = check.complex_array(spinors, "spinors")
    if array.ndim != 2 or array.shape[1] != 2 or not array.any():
        raise ValueError(
            f"spinors must have shape (L + 1, 2) and not all vanish, got shape {array.shape}"
        )
    return array


def strip_layers(spinors: Complex) -> Complex:
    """Read the coins of a walk off its final spinors, the last coin first.

    In the frame of the walk coin 0 stays and coin 1 moves up by one site in every half step. The
    spinors of the two ends are orthogonal; undoing the last coin turns them to coin 0 and coin 1,
    so that undoing the last shift leaves a walk on one site less. If the autocorrelations do not
    vanish exactly, what is left over at the ends is dropped, and each following step may enlarge
    the error: check the walk of the coins.

    Args:
        spinors: One spinor per site, shape ``(L + 1, 2)``, of total norm 1.

    Returns:
        SU(2) coins, shape ``(L + 1, 2, 2)``: one before each half step, and one after the last.

    Raises:
        TypeError: The spinors are no numbers.
        ValueError: The shape differs, a value is not finite, or all vanish.

    Examples:
        A walker that stands still or moves, half each.

        >>> import numpy as np
        >>> half = np.sqrt(0.5)
        >>> coins = strip_layers(np.array([[half, 0], [0, half]], dtype=complex))
        >>> (np.abs(coins) ** 2).round(6).tolist()
        [[[0.5, 0.5], [0.5, 0.5]], [[1.0, 0.0], [0.0, 1.0]]]
    """
    spinors = _checked(spinors)
    coins = []
    while len(spinors) > 1:
        low, high = spinors[0], spinors[-1]
        if np.linalg.norm(low) < np.linalg.norm(high):
            low = np.array([high[1].conj(), -high[0].conj()])
        length = np.linalg.norm(low)
        coins.append(su2(*(low / length)) if length > _EMPTY else np.eye(2, dtype=complex))
        undone = spinors @ coins[-1].conj()
        spinors = np.stack([undone[:-1, 0], undone[1:, 1]], axis=1)
    coins.append(su2(*(spinors[0] / np.linalg.norm(spinors[0]))))
    return np.array(coins[::-1])
