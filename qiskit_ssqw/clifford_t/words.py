"""Short words of Clifford and T gates, and those near a unitary.

Every single-qubit unitary that Clifford and T gates make is, up to its phase, one product
``[T] (HT | SHT) ... (HT | SHT) C`` with as few T gates as possible and a Clifford unitary ``C``
(Matsumoto and Amano, arXiv:0806.3834), so that ``24 * 3 * 2**(k - 1)`` of them have ``k > 0``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.clifford_t.quaternions import (
    IDENTITY,
    from_matrix,
    inverse,
    product,
    vectors_between,
)

SHORT = 9
"""T gates of words that are all compared; longer ones are looked up from both their ends."""

_RIGHT = 11
"""T gates of the right ends of such words, at most."""

_MOST_PAIRS = 2e5
"""Pairs of ends to compare at a time."""

_H = from_matrix(np.array([[1, 1], [1, -1]], dtype=complex))
_S = from_matrix(np.diag([1, 1j]))
_T = from_matrix(np.diag([1, np.exp(0.25j * np.pi)]))
_GATES = {
    "h": _H,
    "s": _S,
    "sdg": inverse(_S),
    "z": product(_S, _S),
    "x": product(_H, product(_S, product(_S, _H))),
    "t": _T,
    "tdg": inverse(_T),
}
_SYLLABLES = (("t", "h"), ("t", "h", "s"))
"""HT and SHT in the order in which their gates act."""


Word = tuple[str, ...]
"""Names of gates, the first one acts first."""


class Near(NamedTuple):
    """A word near a unitary."""

    cost: float
    """Its quadratic form."""
    quaternion: Array
    t_count: int
    gates: Word


def t_gates(word: Word) -> int:
    """Number of T gates of a word and their inverses."""
    return word.count("t") + word.count("tdg")


def quaternion_of(gates: Word) -> Array:
    """The unitary of a word, its first gate acting first."""
    found = IDENTITY
    for name in gates:
        found = product(_GATES[name], found)
    return found


def nearest(coin: Array, form: Array, t_count: int, limit: float, count: int = 2) -> list[Near]:
    """Find the words near a unitary by a quadratic form of the rotation between them.

    Args:
        coin: The unitary as a quaternion.
        form: A positive matrix, shape ``(3, 3)``: the rotation vector ``d`` costs ``d form d``.
        t_count: T gates of the words.
        limit: Cost of words that are still of interest, where there are too many to see all.
        count: How many to return at most.

    Returns:
        The words, the best one first.
    """
    if t_count <= SHORT:
        ends, lefts, rights = _all(t_count)
    else:
        ends, lefts, rights = _met(coin, form, t_count, limit)
    vectors = vectors_between(coin, ends)
    costs = np.einsum("ni,ij,nj->n", vectors, form, vectors)
    best = np.argsort(costs, kind="stable")[:count]
    halves = _halves(t_count)
    return [
        Near(
            float(costs[i]),
            ends[i],
            t_count,
            _right_gates(halves[1], int(rights[i])) + _left_gates(halves[0], int(lefts[i])),
        )
        for i in best
    ]


def _halves(t_count: int) -> tuple[int, int]:
    """T gates of both ends of a word."""
    if t_count <= SHORT:
        return t_count, 0
    return max(1, t_count - _RIGHT), min(t_count - 1, _RIGHT)


@lru_cache
def cliffords() -> tuple[Array, list[Word]]:
    """The 24 Clifford unitaries and a shortest word of each."""
    found: list[Array] = [IDENTITY]
    words: list[Word] = [()]
    for at in range(24):
        for name in ("h", "s", "sdg", "z", "x"):
            candidate = product(_GATES[name], found[at])
            if all(abs(abs(candidate @ known) - 1) > 1e-9 for known in found):
                found.append(candidate)
                words.append((*words[at], name))
    return np.array(found), words


@lru_cache
def _syllables(count: int) -> Array:
    """All products of so many syllables; the last one counts as the highest bit."""
    if count == 0:
        return IDENTITY[None]
    shorter = _syllables(count - 1)
    return np.concatenate([product(shorter, quaternion_of(one)) for one in _SYLLABLES])


@lru_cache
def _left(t_count: int) -> Array:
    """All left ends: without a leading T, then with one."""
    if t_count == 0:
        return IDENTITY[None]
    return np.concatenate([_syllables(t_count), product(_T, _syllables(t_count - 1))])


@lru_cache
def _right(t_count: int) -> Array:
    """All right ends: syllables, then a Clifford unitary, which varies fastest."""
    return product(_syllables(t_count)[:, None], cliffords()[0]).reshape(-1, 4)


@lru_cache
def _all(t_count: int) -> tuple[Array, NDArray[np.intp], NDArray[np.intp]]:
    """All words, and the numbers of their ends."""
    left, right = _left(t_count), _right(0)
    ends = product(left[:, None], right).reshape(-1, 4)
    numbers = np.arange(len(ends))
    return ends, numbers // len(right), numbers % len(right)


@lru_cache
def _tree(t_count: int) -> object:
    from scipy.spatial import cKDTree

    ends = _right(t_count)
    return cKDTree(np.concatenate([ends, -ends]))


def _met(
    coin: Array, form: Array, t_count: int, limit: float
) -> tuple[Array, NDArray[np.intp], NDArray[np.intp]]:
    """Words whose right end is near ``left**-1 coin``, as both ends meet there."""
    first, second = _halves(t_count)
    left, right = _left(first), _right(second)
    # A turn by an angle moves the quaternion by half of it, on a sphere of volume 2 pi**2.
    softest = max(float(np.linalg.eigvalsh(form)[0]), np.finfo(float).tiny)
    share = _MOST_PAIRS / (len(left) * 2 * len(right))
    radius = min(np.sqrt(limit / softest) / 2, (1.5 * np.pi * share) ** (1 / 3), 1.0)
    hits = _tree(second).query_ball_point(product(inverse(left), coin), radius)  # type: ignore[attr-defined]
    lengths = [len(found) for found in hits]
    lefts = np.repeat(np.arange(len(left)), lengths)
    rights = np.array([end for found in hits for end in sorted(found)], dtype=np.intp) % len(right)
    return product(left[lefts], right[rights]), lefts, rights


def _left_gates(t_count: int, number: int) -> Word:
    if t_count == 0:
        return ()
    if number < 2**t_count:
        return _spelled(t_count, number)
    return (*_spelled(t_count - 1, number - 2**t_count), "t")


def _right_gates(t_count: int, number: int) -> Word:
    return cliffords()[1][number % 24] + _spelled(t_count, number // 24)


def _spelled(count: int, number: int) -> Word:
    """The gates of a product of syllables; that of the highest bit acts first."""
    bits = [number >> place & 1 for place in range(count - 1, -1, -1)]
    return tuple(name for bit in bits for name in _SYLLABLES[bit])
