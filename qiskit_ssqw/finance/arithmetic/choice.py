"""Payoffs of paths as circuits with arithmetic, where no single sum of tables tells them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.arithmetic.base import checked_laws
from qiskit_ssqw.finance.arithmetic.best import BestEncoding
from qiskit_ssqw.finance.arithmetic.contracts import read_contract
from qiskit_ssqw.finance.arithmetic.harmonics import MeanHarmonicEncoding
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum
from qiskit_ssqw.finance.encodings import EncodedPayoff, PayoffEncoding
from qiskit_ssqw.finance.encodings.fourier import fit_series
from qiskit_ssqw.finance.payoffs import (
    Asian,
    Autocallable,
    Barrier,
    BestOf,
    Last,
    Payoff,
    Portfolio,
    WorstOf,
)
from qiskit_ssqw.finance.registers import Price, Register

Array = NDArray[np.float64]

_LEAST_AMPLITUDE = 1e-12
"""Of a harmonic, as a share of the payoff's range."""


def arithmetic_encoding(
    payoff: Payoff,
    registers: Sequence[Register],
    prices: Sequence[Price],
    *,
    laws: Sequence[Array] | None = None,
    tolerance: float = 1e-3,
    num_samples: int = 2**12,
    seed: int = 0,
) -> EncodedPayoff | None:
    """Make payoff circuits with arithmetic, of any number of registers.

    Barriers and autocallables, on a path of equidistant increments of the price or its logarithm,
    are exact: one running sum, flags, one rotation (`FlagEncoding`). Arithmetic Asian options are
    a Fourier series, one circuit per harmonic (`MeanHarmonicEncoding`). A payoff of the highest
    or lowest price compares ranks (`BestEncoding`). Portfolios are encoded part by part.

    Args:
        payoff: What the contract pays.
        registers: Those of the model.
        prices: How each price depends on them.
        laws: Probabilities of each register's integers, for the series of an Asian option: their
            paths are sampled.
        tolerance: What a series may miss on average, as a share of the payoff's range.
        num_samples: How many paths are sampled.
        seed: Of the samples.

    Returns:
        The circuits, or ``None`` if the payoff is of another kind.

    Raises:
        ValueError: The prices are no running sums of one spacing, the laws do not match the
            registers, or an Asian option has none.
    """
    parts, cash = _parts(payoff)
    if not all(_is_known(part) for _, part in parts):
        return None
    check.integer(num_samples, "num_samples", minimum=2)
    check.positive(tolerance, "tolerance")
    size = sum(register.num_qubits for register in registers)
    found = []
    for weight, part in parts:
        if isinstance(part, (BestOf, WorstOf)):
            found.append(_single(BestEncoding.of(part, weight, registers, prices)))
            continue
        running = RunningSum.of(registers, prices)
        if isinstance(part, Asian):
            paths = _samples(running, laws, num_samples, seed)
            found.append(_series(part, weight, running, size, paths, tolerance))
            continue
        contract = read_contract(part, running)
        if contract is None:
            return None
        found.append(_single(contract.scaled(weight).encoding(running, size)))
    return EncodedPayoff(
        "arithmetic",
        cash + sum(one.constant for one in found),
        tuple(encoding for one in found for encoding in one.parts),
    )


def _single(part: PayoffEncoding) -> EncodedPayoff:
    """One circuit, or a constant if there is nothing to estimate."""
    if part.low == part.high:
        return EncodedPayoff("constant", part.low, ())
    return EncodedPayoff("arithmetic", 0.0, (part,))


def _parts(payoff: Payoff) -> tuple[tuple[tuple[float, Payoff], ...], float]:
    if isinstance(payoff, Portfolio):
        return payoff.parts, payoff.cash
    return ((1.0, payoff),), 0.0


def _is_known(payoff: Payoff) -> bool:
    if isinstance(payoff, Asian):
        return payoff.mean == "arithmetic"
    return isinstance(payoff, (Autocallable, Barrier, BestOf, Last, WorstOf))


def _series(
    payoff: Asian,
    weight: float,
    running: RunningSum,
    size: int,
    paths: Array,
    tolerance: float,
) -> EncodedPayoff:
    means = paths.mean(axis=1)
    payments = weight * payoff.payoff(means)
    width = float(np.ptp(payments))
    if width == 0:
        return EncodedPayoff("constant", float(payments[0]), ())
    weights = np.full(len(means), 1 / len(means))
    series = fit_series(means, payments, weights, tolerance * width)
    harmonics = zip(series.frequencies, series.phases, series.amplitudes, strict=True)
    parts = tuple(
        MeanHarmonicEncoding(running, size, float(frequency), float(phase), float(amplitude))
        for frequency, phase, amplitude in harmonics
        if amplitude > _LEAST_AMPLITUDE * width
    )
    return EncodedPayoff("arithmetic", series.constant, parts)


def _samples(running: RunningSum, laws: Sequence[Array] | None, number: int, seed: int) -> Array:
    """Sampled paths of prices, shape ``(number, T)``."""
    if laws is None:
        raise ValueError("an Asian option is a series, whose paths are sampled: give laws")
    rng = np.random.default_rng(seed)
    steps = [
        rng.choice(len(law), number, p=law / law.sum())
        for law in checked_laws(running.placed, laws).values()
    ]
    totals = np.cumsum(steps, axis=0)
    return np.stack([running.prices_at(time)[sums] for time, sums in enumerate(totals)], axis=1)
