"""Multiplexed RY rotations in plain RY and CX, with as few CX as their angles allow."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

_LARGEST_TOUR = 300
"""Masks up to which a tour is improved by reversing parts of it, which takes their square."""

_WORD = 62
"""Bits of a machine integer, its sign left out."""


def append_multiplexed_ry(
    circuit: QuantumCircuit, angles: NDArray[Any], controls: Sequence[int], target: int
) -> None:
    """Append RY by ``angles[i]`` on ``target`` where the controls hold the integer ``i``.

    Between the rotations the controls flip the target in the order of a Gray code (Möttönen et
    al., quant-ph/0404089, figure 2): ``2**k`` CX for ``k >= 1`` controls.

    Args:
        circuit: Changed in place.
        angles: Numbers or ``Parameter`` objects, shape ``(2**k,)``.
        controls: The ``k`` control qubits, least significant first.
        target: The qubit that is rotated.
    """
    rotations = dict(enumerate(walsh_transform(angles)))
    _append_along(circuit, sorted(rotations, key=_gray_rank), rotations, controls, target)


def append_walsh_ry(
    circuit: QuantumCircuit,
    rotations: Mapping[int, float],
    controls: Sequence[int],
    target: int,
) -> None:
    """Append RY by ``sum_m rotations[m] (-1)**popcount(m & i)``, the controls holding ``i``.

    This is a multiplexed RY whose angles have few Walsh coefficients. One CX flips one bit of the
    parity that turns the target, so a short closed tour through the masks is a short circuit.
    Where the masks span fewer dimensions than there are controls, as those of a function
    symmetric about the middle of its grid, the controls may first take on the parities that span
    them: whatever is shorter.

    Args:
        circuit: Changed in place.
        rotations: The coefficients that do not vanish, in radians, by mask.
        controls: The control qubits, least significant first; mask bit ``j`` stands for
            ``controls[j]``.
        target: The qubit that is rotated.
    """
    plan = _plan(tuple(rotations))
    for parity in plan.parities:
        circuit.cx(*(controls[bit] for bit in parity))
    if plan.parities:
        by_pivots = {_pick(mask, plan.pivots): angle for mask, angle in rotations.items()}
        pivots = [controls[pivot] for pivot in plan.pivots]
        _append_along(circuit, plan.tour, by_pivots, pivots, target)
    else:
        _append_along(circuit, plan.tour, rotations, controls, target)
    for parity in reversed(plan.parities):
        circuit.cx(*(controls[bit] for bit in parity))


def count_walsh_cx(masks: Iterable[int]) -> int:
    """CX that `append_walsh_ry` takes for coefficients at these masks, without a circuit."""
    plan = _plan(tuple(masks))
    return _length(plan.tour) + 2 * len(plan.parities)


def append_walsh_ry_on_zero(
    circuit: QuantumCircuit,
    rotations: Mapping[int, float],
    controls: Sequence[int],
    target: int,
) -> None:
    """Append the same on a target in 0, with fewer gates, up to the signs of basis states.

    CZ turns a rotation round as CX does, does nothing on a target in 0 and only changes signs at
    the end, so both ends of the tour are free: ``2**k - 1`` CZ for all masks of ``k`` controls.
    Signs do not count where all that follows permutes basis states or is controlled by them.

    Args:
        circuit: Changed in place.
        rotations: The coefficients that do not vanish, in radians, by mask.
        controls: The control qubits, least significant first.
        target: The qubit that is rotated.
    """
    tour = _opened(_short_tour(tuple(rotations)))
    for before, mask in zip([tour[0], *tour], tour, strict=False):
        for bit in _bits(before ^ mask):
            circuit.cz(controls[bit], target)
        circuit.ry(rotations[mask], target)


def walsh_transform(angles: NDArray[Any]) -> NDArray[Any]:
    """``2**-k sum_j (-1)**popcount(i & j) angles[j]`` for every ``i``."""
    span = 1
    while span < len(angles):
        pairs = angles.reshape(-1, 2, span)
        sums, differences = pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]
        angles = np.stack([sums, differences], axis=1).ravel() / 2
        span *= 2
    return angles


class _Plan(NamedTuple):
    """In what order a multiplexed rotation turns its target."""

    tour: list[int]
    """The masks, or where there are parities their coordinates in the basis of these."""
    parities: list[tuple[int, int]]
    """Controls and targets of the CX before and after it, as mask bits."""
    pivots: list[int]
    """Mask bits of the controls that hold the parities then."""


def _plan(masks: tuple[int, ...]) -> _Plan:
    """The shorter of two: a tour through the masks, or one through coordinates of a basis."""
    tour = _short_tour(masks)
    basis = _reduced_basis(masks)
    pivots = sorted(basis)
    parities = [
        (bit, pivot) for pivot, vector in basis.items() for bit in _bits(vector ^ (1 << pivot))
    ]
    if parities:
        shortened = _short_tour(tuple(_pick(mask, pivots) for mask in masks))
        if _length(tour) > _length(shortened) + 2 * len(parities):
            return _Plan(shortened, parities, pivots)
    return _Plan(tour, [], pivots)


def _append_along(
    circuit: QuantumCircuit,
    tour: Sequence[int],
    rotations: Mapping[int, Any],
    controls: Sequence[int],
    target: int,
) -> None:
    """Rotate at each mask of a tour; before each, and at the end, flip what differs."""
    parity = 0
    for mask in tour:
        _flip(circuit, parity ^ mask, controls, target)
        circuit.ry(rotations[mask], target)
        parity = mask
    _flip(circuit, parity, controls, target)


def _flip(circuit: QuantumCircuit, mask: int, controls: Sequence[int], target: int) -> None:
    for bit in _bits(mask):
        circuit.cx(controls[bit], target)


def _short_tour(masks: tuple[int, ...]) -> list[int]:
    """Order masks so that few bits change from one to the next and to mask 0 at both ends."""
    return _gray_order(masks) if len(masks) > _LARGEST_TOUR else _improved_tour(masks)


@lru_cache(maxsize=128)  # an iterate of amplitude estimation asks for the same tour every time
def _improved_tour(masks: tuple[int, ...]) -> list[int]:
    """The better of the Gray code and of going to the nearest mask each time, improved."""
    gray = _gray_order(masks)
    remaining, nearest = list(gray), [0]
    while remaining:
        here = nearest[-1]
        closest = min(remaining, key=lambda mask: (mask ^ here).bit_count())
        remaining.remove(closest)
        nearest.append(closest)
    return min(gray, _with_reversals(nearest[1:]), key=_length)


def _opened(tour: Sequence[int]) -> list[int]:
    """The closed tour without its longest hop."""
    hops = [(tour[place - 1] ^ mask).bit_count() for place, mask in enumerate(tour)]
    first = hops.index(max(hops))
    return [*tour[first:], *tour[:first]]


def _with_reversals(tour: list[int]) -> list[int]:
    """Reverse parts of a tour as long as that shortens it (2-opt)."""
    stops = np.array([0, *tour, 0])
    lengths = np.array([[(a ^ b).bit_count() for b in stops.tolist()] for a in stops.tolist()])
    order = np.arange(len(stops))
    improved = True
    while improved:
        improved = False
        for first in range(1, len(order) - 2):
            before, ends, after = order[first - 1], order[first:-1], order[first + 1 :]
            gains = (
                lengths[before, order[first]]
                + lengths[ends, after]
                - lengths[before, ends]
                - lengths[order[first], after]
            )
            last = int(np.argmax(gains))
            if gains[last] > 0:
                order[first : first + last + 1] = order[first : first + last + 1][::-1].copy()
                improved = True
    return [int(stop) for stop in stops[order[1:-1]]]


def _length(tour: Sequence[int]) -> int:
    """CX that a tour takes, from mask 0 and back to it."""
    return sum((a ^ b).bit_count() for a, b in zip([0, *tour], [*tour, 0], strict=True))


def _reduced_basis(masks: Collection[int]) -> dict[int, int]:
    """Basis of the masks' span over GF(2): by its highest bit, which no other vector has."""
    units = {bit: 1 << bit for bit in range(max(masks, default=0).bit_length())}
    if set(units.values()).issubset(masks):  # of next to all long rotations
        return units
    basis: dict[int, int] = {}
    for mask in masks:
        for pivot, vector in basis.items():
            if mask >> pivot & 1:
                mask ^= vector
        if mask:
            new = mask.bit_length() - 1
            basis = {p: v ^ mask if v >> new & 1 else v for p, v in basis.items()}
            basis[new] = mask
    return basis


def _pick(mask: int, pivots: Sequence[int]) -> int:
    """Coordinates of a mask in the reduced basis: its bits at the pivots."""
    return sum((mask >> pivot & 1) << place for place, pivot in enumerate(pivots))


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def _gray_rank(mask: int) -> int:
    """Place of a mask in the Gray code."""
    rank = 0
    while mask:
        rank ^= mask
        mask >>= 1
    return rank


def _gray_order(masks: Sequence[int]) -> list[int]:
    """Masks in the order of the Gray code; many at once, as long as they are machine integers."""
    if len(masks) <= _LARGEST_TOUR or max(masks) >> _WORD:
        return sorted(masks, key=_gray_rank)
    ranks = listed = np.array(masks)
    for shift in (1, 2, 4, 8, 16, 32):
        ranks = ranks ^ ranks >> shift
    ordered: list[int] = listed[np.argsort(ranks)].tolist()
    return ordered
