"""Payoffs of paths as circuits with arithmetic, where no single sum of tables tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.arithmetic.base import checked_laws
from qiskit_ssqw.finance.arithmetic.contracts import read_contract
from qiskit_ssqw.finance.arithmetic.flags import FlagEncoding
from qiskit_ssqw.finance.arithmetic.harmonics import MeanHarmonicEncoding
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum
from qiskit_ssqw.finance.encodings import EncodedPayoff
from qiskit_ssqw.finance.encodings.fourier import fit_series
from qiskit_ssqw.finance.payoffs import Asian, Autocallable, Barrier, Last, Payoff, Portfolio
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
    size = sum(register.num_qubits for register in registers)
    running = RunningSum.of(registers, prices)
    encoded = EncodedPayoff("arithmetic", cash, ())
    for weight, part in parts:
        found: EncodedPayoff | None
        if isinstance(part, Asian):
            paths = _samples(
                running, laws, check.integer(num_samples, "num_samples", minimum=2), seed
            )
            found = _series(
                part, weight, running, size, paths, check.positive(tolerance, "tolerance")
            )
        else:
            found = _flags(part, weight, running, size)
        if found is None:
            return None
        encoded = replace(
            encoded,
            constant=encoded.constant + found.constant,
            parts=(*encoded.parts, *found.parts),
        )
    return encoded


def _parts(payoff: Payoff) -> tuple[tuple[tuple[float, Payoff], ...], float]:
    if isinstance(payoff, Portfolio):
        return payoff.parts, payoff.cash
    return ((1.0, payoff),), 0.0


def _is_known(payoff: Payoff) -> bool:
    if isinstance(payoff, Asian):
        return payoff.mean == "arithmetic"
    return isinstance(payoff, (Autocallable, Barrier, Last))


def _flags(payoff: Payoff, weight: float, running: RunningSum, size: int) -> EncodedPayoff | None:
    contract = read_contract(payoff, running)
    if contract is None:
        return None
    coupons = None if contract.coupons is None else weight * contract.coupons
    part = FlagEncoding(running, size, contract.watches, weight * contract.table, coupons)
    if part.low == part.high:
        return EncodedPayoff("constant", part.low, ())
    return EncodedPayoff("arithmetic", 0.0, (part,))


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
    steps = [rng.choice(len(law), number, p=law / law.sum()) for law in checked_laws(running, laws)]
    totals = np.cumsum(steps, axis=0)
    return np.stack([running.prices_at(time)[sums] for time, sums in enumerate(totals)], axis=1)
