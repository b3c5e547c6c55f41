"""What a sampler read, as rows of bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.primitives import BitArray

Words = NDArray[np.uint8]
"""Shape ``(N, number of bits)``, the first bit first."""


def words_of(bits: Any) -> tuple[Words, NDArray[np.int64]]:
    """The different words of some shots, and how often each was read.

    Args:
        bits: A ``BitArray``, or what has its method ``get_counts``.
    """
    if isinstance(bits, BitArray):
        rows, counts = _distinct(bits.array.reshape(-1, bits.array.shape[-1]))
        words = np.unpackbits(rows[:, ::-1], axis=1, bitorder="little")[:, : bits.num_bits]
        return words, counts
    counted = bits.get_counts()
    words = np.array([[int(bit) for bit in reversed(word)] for word in counted], dtype=np.uint8)
    return words, np.array(list(counted.values()), dtype=np.int64)


def of_numbers(paid: Callable[[Words], NDArray[Any]], num_bits: int) -> Callable[..., NDArray[Any]]:
    """A function of rows of bits as one of integers whose least significant bit is the first."""

    def of_integers(numbers: NDArray[Any]) -> NDArray[Any]:
        bits = np.arange(num_bits, dtype=object if num_bits > 62 else np.int64)
        return paid(np.asarray((numbers[:, None] >> bits) & 1, dtype=np.uint8))

    return of_integers


def _distinct(rows: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The different rows of bytes, and how often each is there."""
    width = rows.shape[1]
    if width > 8:
        found, counts = np.unique(rows, axis=0, return_counts=True)
        return found, counts
    padded = np.zeros((len(rows), 8), dtype=np.uint8)
    padded[:, :width] = rows
    numbers, counts = np.unique(padded.view(np.uint64).ravel(), return_counts=True)
    return numbers.view(np.uint8).reshape(-1, 8)[:, :width], counts
