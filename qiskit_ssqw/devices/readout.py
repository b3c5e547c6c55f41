"""Measurements that flip bits, inverted in the mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.devices.noise import DeviceNoise, bit_by_bit, flip_matrix

FunctionOfWords = Callable[[NDArray[Any]], Array]
"""Numbers of words, which are integers whose least significant bit is the first classical bit."""

MOST_LISTED = 20
"""Most bits of which a function is inverted on all words; of more, on the observed ones."""

MOST_OBSERVED = 4096
"""Most different words of more bits."""

_LEAST_TOLD = 0.1
"""Least difference of what is read of 0 and of 1, or errors grow more than tenfold by each bit."""

_ROUNDING = 1e-9

_STEP = 1e-5
"""Of derivatives with respect to the chances of a flip."""

_MOST_BITS = 10_000


@dataclass(frozen=True)
class ReadoutInversion:
    """Undoes independent flips of measured bits, in the mean over many shots.

    The matrix of confusion is a tensor product, and so is its inverse. The transposed inverse is
    applied to the function whose mean is wanted, once for any number of circuits: the mean over
    what was read is then the mean over what the qubits held, and the standard error of that mean is
    right as it is (Bravyi et al., arXiv:2006.14044). Functions of more than 20 bits are inverted on
    the observed words only, as if no others existed (Nation et al., arXiv:2108.12518).

    Attributes:
        up: Chance to read 1 where a qubit is 0, for each bit, the first least significant.
        down: The same of 0 where it is 1.
        up_errors: Standard errors of these chances; 0 where they are known.
        down_errors: The same.

    Raises:
        TypeError: A chance is no number.
        ValueError: The lengths differ, a chance is not between 0 and 1, or what is read of 0 and of
            1 differs by less than 0.1 in its chances. Bits that flip more often than not are
            inverted as any others.

    Examples:
        >>> from qiskit_ssqw.devices import ReadoutInversion
        >>> ReadoutInversion([0.1], [0.2]).quasi_probabilities({0: 480, 1: 520}).round(4).tolist()
        [0.4, 0.6]
    """

    up: Sequence[float]
    down: Sequence[float]
    up_errors: Sequence[float] = ()
    down_errors: Sequence[float] = ()

    def __post_init__(self) -> None:
        size = len(check.not_negative(self.up, "up", shape=(None,)))
        for name in ("up", "down", "up_errors", "down_errors"):
            given = getattr(self, name)
            if name.endswith("errors") and isinstance(given, (tuple, list)) and not given:
                given = np.zeros(size)
            values = check.not_negative(given, name, shape=(size,))
            object.__setattr__(self, name, tuple(values.tolist()))
        for bit, chances in enumerate(zip(self.up, self.down, strict=True)):
            if max(chances) > 1:
                raise ValueError(f"chances must be at most 1, got {chances} of bit {bit}")
            if abs(1 - sum(chances)) < _LEAST_TOLD - _ROUNDING:
                raise ValueError(
                    f"chances of flips must sum to at most {1 - _LEAST_TOLD:g} or at least "
                    f"{1 + _LEAST_TOLD:g}, or the measurement tells next to nothing, got {chances} "
                    f"of bit {bit}"
                )

    @classmethod
    def of(cls, noise: DeviceNoise, qubits: Sequence[int]) -> ReadoutInversion:
        """From what a device says of the qubits that are measured.

        Args:
            noise: Of the device.
            qubits: For each classical bit.
        """
        up, down = zip(*map(noise.flips, qubits), strict=True)
        return cls(up, down)

    @classmethod
    def of_counts(cls, zeros: Mapping[int, int], ones: Mapping[int, int], bits: int) -> Any:
        """From what is read where all qubits are 0, and where all are 1.

        Args:
            zeros: How often each word is read where all qubits are 0.
            ones: The same where all are 1.
            bits: How many are measured.

        Raises:
            TypeError: The counts are no mappings of words to numbers.
            ValueError: Nothing is counted, or a word has more bits.
        """
        size = check.integer(bits, "bits", minimum=1, maximum=_MOST_BITS)
        for name, counts in (("zeros", zeros), ("ones", ones)):
            _check_counts(counts, name, size)
        up, down = _share_of_ones(zeros, bits), 1 - _share_of_ones(ones, bits)
        # With one flip more than was seen: no flip among n is no proof of none.
        seen = [(p * n + 1) / (n + 2) for p, n in ((up, _total(zeros)), (down, _total(ones)))]
        errors = [
            np.sqrt(p * (1 - p) / _total(c)) for p, c in zip(seen, (zeros, ones), strict=True)
        ]
        return cls(tuple(up), tuple(down), tuple(errors[0]), tuple(errors[1]))

    @classmethod
    def of_mthree(cls, mitigation: Any, qubits: Sequence[int]) -> ReadoutInversion:
        """From the calibrations of mthree.

        Args:
            mitigation: A ``M3Mitigation`` that has calibrated the qubits.
            qubits: For each classical bit.

        Raises:
            ValueError: It has not.
        """
        known = mitigation.single_qubit_cals or {}
        if any(_matrix(known, qubit) is None for qubit in qubits):
            raise ValueError(
                f"mthree must have calibrated the measured qubits {list(qubits)}; call its method "
                "cals_from_system"
            )
        matrices = np.array([_matrix(known, qubit) for qubit in qubits], dtype=float)
        up, down = matrices[:, 1, 0], matrices[:, 0, 1]
        shots = getattr(mitigation, "cal_shots", None) or np.inf
        errors = (np.sqrt(chances * (1 - chances) / shots) for chances in (up, down))
        return cls(up.tolist(), down.tolist(), *(tuple(error) for error in errors))

    def inverted(self, function: FunctionOfWords, words: NDArray[Any]) -> Array:
        """A function of what is read whose mean is that of a function of what qubits hold.

        Args:
            function: Takes words, shape ``(k,)``, and returns numbers of the same shape.
            words: Different words that were read, shape ``(k,)``.

        Returns:
            Shape ``(k,)``.

        Raises:
            ValueError: There are more than 20 bits and too many different words.
        """
        if len(self.up) <= MOST_LISTED:
            table = values_of(function, np.arange(2 ** len(self.up)))
            inverted = bit_by_bit(table, self._inverses.swapaxes(1, 2))
            return inverted[words.astype(np.int64)]
        if len(words) > MOST_OBSERVED:
            raise ValueError(
                f"readout of more than {MOST_LISTED} bits is inverted on at most {MOST_OBSERVED} "
                f"different words, got {len(words)}: take fewer shots, or measure fewer qubits"
            )
        return np.asarray(np.linalg.solve(self._observed(words).T, values_of(function, words)))

    def quasi_probabilities(self, counts: Mapping[int, float] | Array) -> Array:
        """What the qubits held, as far as counts tell; some may be negative.

        Args:
            counts: How often each word was read, or chances of all words, shape ``(2**bits,)``.

        Returns:
            Shape ``(2**bits,)``; the sum is 1.
        """
        if isinstance(counts, Mapping):
            read = np.zeros(2 ** len(self.up))
            read[list(counts)] = list(counts.values())
        else:
            read = check.not_negative(counts, "counts", shape=(2 ** len(self.up),))
        return bit_by_bit(read / read.sum(), self._inverses)

    def uncertain(self) -> list[tuple[ReadoutInversion, ReadoutInversion, float]]:
        """Pairs with a chance a little less and more, and its error in units of their distance."""
        pairs = []
        sums = np.add(self.up, self.down)
        for name in ("up", "down"):
            chances, errors = getattr(self, name), getattr(self, f"{name}_errors")
            for bit in np.flatnonzero(errors):
                away = -_STEP if sums[bit] < 1 else _STEP  # from where nothing is told
                low = np.clip(chances[bit] + away, _STEP, 1 - _STEP) - _STEP
                less, more = (
                    replace(self, **{name: (*chances[:bit], chance, *chances[bit + 1 :])})
                    for chance in (low, low + 2 * _STEP)
                )
                pairs.append((less, more, float(errors[bit]) / (2 * _STEP)))
        return pairs

    @property
    def _inverses(self) -> Array:
        """What undoes the flips of each bit, shape ``(bits, 2, 2)``."""
        matrices = [flip_matrix(flips) for flips in zip(self.up, self.down, strict=True)]
        return np.asarray(np.linalg.inv(matrices), dtype=float)

    def _observed(self, words: NDArray[Any]) -> Array:
        """Confusion among some words, whose columns sum to 1."""
        matrix = np.ones((len(words), len(words)))
        for bit, flips in enumerate(zip(self.up, self.down, strict=True)):
            held = (words >> bit & 1).astype(np.int64)
            matrix *= flip_matrix(flips)[held[:, None], held]
        return np.asarray(matrix / matrix.sum(axis=0))


def values_of(function: FunctionOfWords, words: NDArray[Any]) -> Array:
    """Values of a function of words.

    Raises:
        TypeError: They are no real numbers.
        ValueError: They are not as many as the words, or not finite.
    """
    return check.real_array(function(words), "function(words)", shape=(len(words),))


def _share_of_ones(counts: Mapping[int, int], bits: int) -> Array:
    words = np.array(list(counts), dtype=object)
    times = np.array(list(counts.values()), dtype=float)
    ones = [times @ (words >> bit & 1).astype(float) for bit in range(bits)]
    return np.asarray(np.array(ones) / times.sum())


def _check_counts(counts: Mapping[int, int], name: str, bits: int) -> None:
    for word, times in check.instance(counts, Mapping, name).items():
        check.integer(word, f"a word of {name}", minimum=0, maximum=2**bits - 1)
        check.integer(times, f"how often a word of {name} is read", minimum=0)
    if not sum(counts.values()):
        raise ValueError(f"{name} must count something, got {counts!r}")


def _total(counts: Mapping[int, int]) -> int:
    return sum(counts.values())


def _matrix(known: Any, qubit: int) -> Any:
    return known[qubit] if qubit < len(known) else None
