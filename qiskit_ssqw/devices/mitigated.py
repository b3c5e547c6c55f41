"""What is read of circuits of different noise, brought together: `MitigatedMean`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular, brief, interval_text
from qiskit_ssqw.devices.extrapolation import Extrapolation, ExtrapolationName, extrapolate
from qiskit_ssqw.devices.readout import (
    MOST_LISTED,
    FunctionOfWords,
    ReadoutInversion,
    values_of,
)
from qiskit_ssqw.devices.words import integers, integers_of_rows

_MOST_BITS_LISTED = 12
"""All of whose words are looked at for the range of a function; of more, some."""

_SOME_WORDS = 4096

_ROUNDING = 1e-12

_MOST_SPREAD = 4.0
"""Chi-squared per degree of freedom beyond which values lie on no line."""


@dataclass(frozen=True)
class MitigatedMean(Tabular):
    """The mean of a function of words, as it would be without some of the device's errors.

    Attributes:
        mean: Not clipped to the function's range, so as not to be biased.
        standard_error: Of the shots, of the inversion and of the chances it uses.
        unmitigated: The mean of what was read without folding.
        unmitigated_error: Its standard error, had all shots been spent on it.
        shots: Of all circuits but those of calibration.
        extrapolation: To no noise; ``None`` without folding.
        notes: What a reader should know, as sentences.
        systematic_error: The part of the standard error that stays however many shots are taken:
            that of chances of flips which were measured before.
    """

    mean: float
    standard_error: float
    unmitigated: float
    unmitigated_error: float
    shots: int
    extrapolation: Extrapolation | None = None
    notes: tuple[str, ...] = ()
    systematic_error: float = 0.0

    def interval(self, alpha: float = 0.05) -> tuple[float, float]:
        """A normal confidence interval of the mean.

        Args:
            alpha: Chance that it misses.

        Raises:
            TypeError: ``alpha`` is no number.
            ValueError: It is not between 0 and 1.
        """
        from scipy.stats import norm

        half = norm.isf(check.open_unit_interval(alpha, "alpha") / 2) * self.standard_error
        return self.mean - half, self.mean + half

    def _heading(self) -> str:
        return f"mean of {self.shots:,} shots"

    def _rows(self) -> Sequence[Row]:
        rows: list[Row] = [
            ("mean", self.mean, f"95 % in {interval_text(self.interval())}"),
            ("standard error", self.standard_error, ""),
            ("unmitigated", self.unmitigated, f"+- {brief(self.unmitigated_error)}, as it is read"),
        ]
        if self.extrapolation is not None:
            found = self.extrapolation
            rows += [
                (f"gates x {factor:g}", value, f"+- {brief(error)}")
                for factor, value, error in zip(
                    found.factors, found.values, found.standard_errors, strict=True
                )
            ]
        return rows

    def _note(self) -> str:
        return " ".join(self.notes)


@dataclass(frozen=True)
class Readings:
    """How often each word was read where two-qubit gates were done ``factor`` times."""

    factor: float
    counts: dict[int, int]

    @property
    def words(self) -> NDArray[Any]:
        return integers(self.counts)

    @property
    def times(self) -> Array:
        return np.array(list(self.counts.values()), dtype=float)

    @property
    def shots(self) -> int:
        return sum(self.counts.values())


def combined(
    readings: Sequence[Readings],
    function: FunctionOfWords,
    inversion: ReadoutInversion | None,
    method: ExtrapolationName,
    bits: int,
) -> MitigatedMean:
    """Bring together what was read of one circuit, its gates done different numbers of times.

    Args:
        readings: In the order of their factors.
        function: Whose mean is wanted.
        inversion: Of the readout, if any.
        method: Of extrapolation.
        bits: Of the words.
    """
    raw = _means(readings, function, None)
    alike = not np.any(raw[:, 1] > 0)
    raw = means = _floored(raw, readings, function, None, bits)
    if inversion is not None:
        means = _means(readings, function, inversion)
        means = _floored(means, readings, function, inversion, bits)
    values, errors = means.T
    extrapolation, notes = None, []
    shots = sum(reading.shots for reading in readings)
    all_shots = np.sqrt(readings[0].shots / shots)
    if len(readings) > 1:
        factors = [reading.factor for reading in readings]
        extrapolation = extrapolate(factors, values, errors, method=method)
        notes += notes_of(extrapolation, float(errors[0] * all_shots))
    if alike:
        notes.append("All shots gave the same number, and tell no error: take more.")
    weights = np.ones(1) if extrapolation is None else np.array(extrapolation.weights)
    systematic = systematic_error(readings, function, inversion, weights)
    if inversion is not None:
        growth = float(np.hypot(means[0, 1], systematic) / raw[0, 1]) if raw[0, 1] else 1.0
        notes.append(f"Inverting the readout makes the standard error {growth:.2f} times as large.")
    return MitigatedMean(
        float(weights @ values),
        float(np.hypot(np.linalg.norm(weights * errors), systematic)),
        float(raw[0, 0]),
        float(raw[0, 1] * all_shots),
        shots,
        extrapolation,
        tuple(notes),
        systematic,
    )


def _means(
    readings: Sequence[Readings], function: FunctionOfWords, inversion: ReadoutInversion | None
) -> Array:
    """Mean and standard error of each, shape ``(k, 2)``."""
    words = integers(sorted(set().union(*(reading.counts for reading in readings))))
    of = values_of(function, words) if inversion is None else inversion.inverted(function, words)
    value = dict(zip(words.tolist(), of.tolist(), strict=True))
    found = []
    for reading in readings:
        values, times = np.array([value[word] for word in reading.counts]), reading.times
        mean = values @ times / reading.shots
        variance = (values - mean) ** 2 @ times / max(reading.shots - 1, 1)
        found.append((mean, np.sqrt(variance / reading.shots)))
    return np.array(found)


def _floored(
    means: Array,
    readings: Sequence[Readings],
    function: FunctionOfWords,
    inversion: ReadoutInversion | None,
    bits: int,
) -> Array:
    """Means and standard errors, none 0 unless the function is constant.

    Where all shots gave one number, the error is that of one more shot that gave another one: no
    other among n is no proof of none.
    """
    if np.all(means[:, 1] > _ROUNDING * np.abs(means[:, 0])):
        return means
    words = _some_words(bits)
    if inversion is None or bits > MOST_LISTED:
        of = values_of(function, words)
    else:
        of = inversion.inverted(function, words)
    spans = np.abs(of[:, None] - means[:, 0]).max(axis=0)
    if np.all(spans <= _ROUNDING * np.abs(of).max()):
        return means * [1.0, 0.0]
    times = np.array([reading.shots for reading in readings], dtype=float)
    rare = 1 / (times + 2)
    least = spans * np.sqrt(rare * (1 - rare) / times)
    constant = means[:, 1] <= _ROUNDING * np.abs(means[:, 0])
    return np.stack([means[:, 0], np.where(constant, least, means[:, 1])], axis=1)


def _some_words(bits: int) -> NDArray[Any]:
    """All words, or many of them, the lowest and the highest included."""
    if bits <= _MOST_BITS_LISTED:
        return np.arange(2**bits)
    rows = np.random.default_rng(0).integers(0, 2, (_SOME_WORDS, bits)).astype(np.uint8)
    rows[0], rows[1] = 0, 1
    return integers_of_rows(rows)


def systematic_error(
    readings: Sequence[Readings],
    function: FunctionOfWords,
    inversion: ReadoutInversion | None,
    weights: Array,
) -> float:
    """Standard error by those of the chances of flips, which all circuits share.

    Args:
        readings: As for `combined`, as all but the weights.
        function: Whose mean is wanted.
        inversion: Of the readout.
        weights: Of the readings in the result.
    """
    if inversion is None:
        return 0.0
    changes = [
        scale
        * float(
            weights @ (_means(readings, function, more) - _means(readings, function, less))[:, 0]
        )
        for less, more, scale in inversion.uncertain()
    ]
    return float(np.linalg.norm(changes))


def notes_of(found: Extrapolation, alone: float) -> list[str]:
    """What a reader of an extrapolation should know, as sentences.

    Args:
        found: The extrapolation.
        alone: Standard error without it, of as many shots.
    """
    notes = []
    if not found.pays(alone):
        notes.append(
            f"Extrapolation does not pay: its standard error is {brief(found.standard_error)}, and "
            f"the correction it finds {brief(found.correction)} +- "
            f"{brief(found.correction_error)}. Take more shots, or no folds."
        )
    if found.spread is not None and found.spread > _MOST_SPREAD:
        notes.append(
            f"The values lie on no line: chi-squared is {found.spread:.3g} per degree of freedom. "
            'Take fewer folds, extrapolation="richardson", or twirl if errors are coherent.'
        )
    return notes
