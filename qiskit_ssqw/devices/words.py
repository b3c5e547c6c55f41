"""Words of bits as integers, whose least significant bit is the first one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LARGEST = 2**62
"""From here on integers are Python's."""


def integers(words: Iterable[int]) -> NDArray[Any]:
    """Integers as an array, of Python's own where one is too large for NumPy's."""
    listed = list(words)
    return np.array(listed, dtype=object if max(listed, default=0) >= _LARGEST else np.int64)


def integers_of_rows(bits: NDArray[Any]) -> NDArray[Any]:
    """The integer of each row of bits, shape ``(k, number of bits)``, the first bit first."""
    packed = np.packbits(bits, axis=1, bitorder="little")
    return integers(int.from_bytes(row.tobytes(), "little") for row in packed)
