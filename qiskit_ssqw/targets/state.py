"""A state with real amplitudes to load, signs included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.targets import grid

_ROUNDING = 1e-8


class TargetState(Tabular):
    """Real amplitudes to load, of mixed sign: a waveform, a wavelet, a right-hand side.

    Where only the probabilities count, a `TargetDistribution` takes fewer gates.

    Args:
        amplitudes: Shape ``(2**n,)``, real, with sum of squares 1 up to 1e-8.
        bounds: First and last of the equidistant points that they belong to; by default 0 and
            ``2**n - 1``.

    Raises:
        TypeError: The amplitudes or bounds are not real numbers.
        ValueError: An amplitude is NaN or infinite, the squares do not sum to 1, the length is no
            power of two of at least 2, or the bounds are inverted.

    Examples:
        >>> import numpy as np
        >>> from qiskit_ssqw import fit
        >>> from qiskit_ssqw.targets import TargetState
        >>> wave = np.sin(2 * np.pi * np.arange(16) / 16)
        >>> target = TargetState(wave / np.linalg.norm(wave))
        >>> result = fit(target, tolerance=1e-6, seed=1)
        >>> result.success, result.two_qubit_gates <= 6
        (True, True)
    """

    def __init__(self, amplitudes: ArrayLike, bounds: ArrayLike | None = None) -> None:
        array = check.real_array(amplitudes, "amplitudes", shape=(None,))
        size = len(array).bit_length() - 1
        if size < 1 or len(array) != 2**size:
            raise ValueError(f"amplitudes must have 2**n entries, n >= 1, got {len(array)}")
        total = float(array @ array)
        if abs(total - 1) > _ROUNDING:
            raise ValueError(
                f"the squares of the amplitudes must sum to 1, got {total}; divide by their norm"
            )
        self._amplitudes, self._size = array, size
        ends = (0.0, len(array) - 1.0) if bounds is None else bounds
        (self._bounds,) = grid.intervals(ends, 1)
        (self._values,) = grid.axes((size,), (self._bounds,))

    @property
    def amplitudes(self) -> Array:
        """The amplitudes, shape ``(2**n,)``, read-only."""
        return self._amplitudes

    @property
    def probabilities(self) -> Array:
        """Their squares, shape ``(2**n,)``."""
        return self._amplitudes**2 / (self._amplitudes @ self._amplitudes)

    @property
    def num_qubits(self) -> int:
        """Number of qubits."""
        return self._size

    @property
    def register_sizes(self) -> tuple[int, ...]:
        """Number of qubits of the one dimension."""
        return (self._size,)

    @property
    def bounds(self) -> tuple[float, float]:
        """First and last point."""
        return self._bounds

    @property
    def values(self) -> Array:
        """The points, shape ``(2**n,)``, read-only."""
        return self._values

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists that `from_dict` turns back into an equal target."""
        return {"amplitudes": self._amplitudes.tolist(), "bounds": list(self._bounds)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the target that `to_dict` described.

        Raises:
            ValueError: The dictionary describes no state.
        """
        if not isinstance(data, Mapping) or not {"amplitudes", "bounds"} <= data.keys():
            raise ValueError(f'a state has entries "amplitudes" and "bounds", got {data!r}')
        return cls(data["amplitudes"], data["bounds"])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TargetState):
            return NotImplemented
        same = np.array_equal(self._amplitudes, other._amplitudes)
        return same and self._bounds == other._bounds

    def __hash__(self) -> int:
        return hash((self._amplitudes.tobytes(), self._bounds))

    def __repr__(self) -> str:
        return f"<TargetState: {self._size} qubits, bounds {self._bounds}>"

    def _heading(self) -> str:
        return f"target state on {self._size} qubits"

    def _rows(self) -> list[Row]:
        negative = int(np.count_nonzero(self._amplitudes < 0))
        low, high = self._bounds
        return [
            ("points", len(self._amplitudes), f"from {low:.6g} to {high:.6g}"),
            ("negative", negative, "amplitudes"),
            ("largest amplitude", float(np.abs(self._amplitudes).max()), "by modulus"),
        ]
