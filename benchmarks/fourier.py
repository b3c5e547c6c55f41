"""Measure payoffs as series of cosines: harmonics, calls, and the time of a fit.

Run with ``python benchmarks/fourier.py``, or name tables: ``series``, ``payoffs``, ``gates``.

"Range" is that of a single rotation with as many calls as the series, over the payoff's: a series
takes so many times the calls of the exact encoding. Two rivals are beside ours: least squares on
the harmonics of the best of eleven periods from one to two widths, and Herbert's construction
(arXiv:2105.09100), the harmonics of a smooth periodic extension.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from instance import CALL, MARKET
from numpy.typing import NDArray
from running import run_tables
from scipy import stats

import qiskit_ssqw.finance.encodings.choice as choice
from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import DigitalCall, Put, price
from qiskit_ssqw.finance.encodings.fourier import FourierSeries, fit_series, joint_range

Array = NDArray[np.float64]

TOLERANCES = (1e-2, 1e-3, 1e-4)
PERIODS = np.linspace(1.0, 2.0, 11)
GAPS = (0.25, 0.5, 1.0, 2.0)
"""Widths of Herbert's bridge from the grid's end to its start, in units of the grid's width."""
MOST_HARMONICS = 64
SUMMED = 200_000
"""Samples of a basket."""


class Law(NamedTuple):
    """Points that a series depends on, prices there, and weights."""

    points: Array
    prices: Array
    weights: Array

    def quantile(self, level: float) -> float:
        return float(self.prices[np.searchsorted(np.cumsum(self.weights), level)])


def weighted(points: Array, prices: Array, density: Array) -> Law:
    return Law(points, prices, density / density.sum())


def normal(size: int, reach: float = 3.0) -> Law:
    points = np.linspace(-reach, reach, 2**size)
    return weighted(points, points, stats.norm.pdf(points))


def log_normal(size: int, volatility: float) -> Law:
    points = np.linspace(-3, 3, 2**size)
    return weighted(points, np.exp(volatility * points), stats.norm.pdf(points))


def student(size: int) -> Law:
    points = np.linspace(-8, 8, 2**size)
    return weighted(points, points, stats.t(3).pdf(points))


def basket(size: int) -> Law:
    """Sum of five independent log-normal prices of six qubits each, in bins over all its width."""
    rng, grid = np.random.default_rng(1), np.linspace(-3, 3, 64)
    chances = stats.norm.pdf(grid) / stats.norm.pdf(grid).sum()
    prices = np.exp(0.3 * rng.choice(grid, size=(SUMMED, 5), p=chances)).mean(axis=1)
    ends = (float(np.exp(0.3 * grid[0])), float(np.exp(0.3 * grid[-1])))
    counts, edges = np.histogram(prices, 2**size, ends)
    points = (edges[1:] + edges[:-1]) / 2
    return weighted(points, points, counts.astype(float))


LAWS = {
    "normal, 2 qubits": normal(2),
    "normal, 3 qubits": normal(3),
    "normal, 4 qubits": normal(4),
    "normal, 6 qubits": normal(6),
    "normal, 8 qubits": normal(8),
    "log-normal, 8 qubits": log_normal(8, 0.5),
    "Student, 8 qubits": student(8),
    "sum of normals, 512 bins": normal(9, 7.0),
    "basket, 512 bins": basket(9),
}
FINE = {"normal, 12 qubits": normal(12), "basket, 4096 bins": basket(12)}


def payoffs(law: Law) -> Iterator[tuple[str, Array]]:
    """Payoffs with strikes at quantiles."""
    prices, at = law.prices, law.quantile
    for level in (0.1, 0.5, 0.9):
        yield f"call {level:.0%}", np.maximum(prices - at(level), 0)
    yield "put 30%", np.maximum(at(0.3) - prices, 0)
    yield "spread", np.clip(prices, at(0.3), at(0.8))
    yield "straddle", np.abs(prices - at(0.5))
    yield "butterfly", np.interp(prices, [at(0.2), at(0.5), at(0.8)], [0, 1, 0])
    yield "digital 60%", (prices >= at(0.6)).astype(float)


def mean_error(series: FourierSeries, law: Law, payments: Array) -> float:
    return float(law.weights @ np.abs(series(law.points) - payments))


def plain(law: Law, payments: Array, tolerance: float) -> FourierSeries:
    """Fewest harmonics of each period by least squares; the period of the fewest calls."""
    width = float(np.ptp(law.points)) * (1 + 1 / len(law.points))
    found = []
    for period in PERIODS * width:
        for count in range(1, MOST_HARMONICS + 1):
            series = _least_squares(law, payments, np.arange(1.0, count + 1) * 2 * np.pi / period)
            if mean_error(series, law, payments) <= tolerance:
                break
        missed = max(mean_error(series, law, payments) - tolerance, 0.0)
        found.append((missed, joint_range(series.amplitudes), series))
    return min(found, key=lambda one: one[:2])[2]


def _least_squares(law: Law, payments: Array, frequencies: Array) -> FourierSeries:
    angles, roots = np.outer(law.points, frequencies), np.sqrt(law.weights)[:, None]
    columns = roots * np.hstack([np.ones((len(angles), 1)), np.cos(angles), np.sin(angles)])
    normal = columns.T @ columns + 1e-6 * np.eye(columns.shape[1])
    solution = np.linalg.solve(normal, columns.T @ (roots[:, 0] * payments))
    return _from_cosines(solution[0], *np.split(solution[1:], 2), frequencies)


def _from_cosines(
    constant: float, cosines: Array, sines: Array, frequencies: Array
) -> FourierSeries:
    amplitudes, phases = np.hypot(cosines, sines), np.arctan2(-sines, cosines)
    return FourierSeries(float(constant), amplitudes, frequencies, phases)


def herbert(law: Law, payments: Array, tolerance: float) -> FourierSeries | None:
    """Fewest harmonics of the payoff, bridged to its own start by a cubic with equal slopes."""
    points, found = law.points, []
    width = float(np.ptp(points))
    slopes = np.gradient(payments, points)[[-1, 0]]
    for gap in np.array(GAPS) * width:
        period, steps = width + gap, 2**13
        even = points[0] + period * np.arange(steps) / steps
        inside = np.interp(even, points, payments)
        bridge = _cubic((even - points[-1]) / gap, payments[[-1, 0]], gap * slopes)
        waves = np.fft.rfft(np.where(even <= points[-1], inside, bridge)) / steps
        frequencies = np.arange(1.0, MOST_HARMONICS + 1) * 2 * np.pi / period
        shifted = 2 * waves[1 : MOST_HARMONICS + 1] * np.exp(-1j * frequencies * points[0])
        for count in range(1, MOST_HARMONICS + 1):
            few = shifted[:count]
            series = _from_cosines(waves[0].real, few.real, -few.imag, frequencies[:count])
            if mean_error(series, law, payments) <= tolerance:
                found.append(series)
                break
    return min(found, key=lambda one: joint_range(one.amplitudes), default=None)


def _cubic(place: Array, ends: Array, slopes: Array) -> Array:
    """Hermite's cubic on [0, 1]."""
    square, cube = place**2, place**3
    return (
        (2 * cube - 3 * square + 1) * ends[0]
        + (3 * square - 2 * cube) * ends[1]
        + (cube - 2 * square + place) * slopes[0]
        + (cube - square) * slopes[1]
    )


class Length(NamedTuple):
    """What a series takes, and whether it meets the tolerance."""

    harmonics: int
    range: float
    met: bool

    def __str__(self) -> str:
        return f"{self.harmonics:>3} {self.range:>7.2f}{' ' if self.met else '!'}"


def length(series: FourierSeries | None, law: Law, payments: Array, tolerance: float) -> Length:
    if series is None:
        return Length(MOST_HARMONICS, np.inf, False)
    total = 2 * joint_range(series.amplitudes) / float(np.ptp(payments))
    met = mean_error(series, law, payments) <= tolerance * (1 + 1e-9)
    return Length(len(series.amplitudes), total, met)


class Rivals(NamedTuple):
    """Three series of one payoff."""

    ours: Length
    plain: Length
    herbert: Length


def compared(law: Law, payments: Array, relative: float) -> Rivals:
    tolerance = relative * float(np.ptp(payments))
    return Rivals(
        *(
            length(make(*arguments), law, payments, tolerance)
            for make, arguments in (
                (fit_series, (*_arguments(law, payments), tolerance)),
                (plain, (law, payments, tolerance)),
                (herbert, (law, payments, tolerance)),
            )
        )
    )


def _arguments(law: Law, payments: Array) -> tuple[Array, Array, Array]:
    return law.points, payments, law.weights


def mean_ratio(pairs: list[tuple[Length, Length]]) -> str:
    """Geometric mean of the ratio of ranges where both meet the tolerance."""
    ratios = [one.range / other.range for one, other in pairs if one.met and other.met]
    return f"{np.exp(np.mean(np.log(ratios))):.3f} ({len(ratios)})" if ratios else "-"


def series() -> None:
    """Over all laws, payoffs and tolerances: ratios of the ranges, and who meets the tolerance."""
    print("range of our series over that of another, geometric mean (payoffs where both meet it);")
    print("worst ratio; tolerances met by ours, least squares, Herbert")
    print(f"{'law':<26}{'tolerance':>10}{'least squares':>16}{'worst':>7}{'Herbert':>14}   met")
    for name, law in LAWS.items():
        for tolerance in TOLERANCES:
            rows = [compared(law, f, tolerance) for _, f in payoffs(law) if np.ptp(f) > 0]
            beside = [(row.ours, row.plain) for row in rows]
            worst = max((a.range / b.range for a, b in beside if a.met and b.met), default=np.nan)
            extended = mean_ratio([(row.ours, row.herbert) for row in rows])
            met = [sum(row[place].met for row in rows) for place in range(3)]
            print(
                f"{name:<26}{tolerance:>10.0e}{mean_ratio(beside):>16}{worst:>7.2f}{extended:>14}"
                f"   {met[0]}, {met[1]}, {met[2]} of {len(rows)}",
                flush=True,
            )


def each_payoff() -> None:
    """Harmonics and range of each payoff; "!" where the tolerance is missed."""
    for name in ("normal, 8 qubits", "sum of normals, 512 bins", "basket, 512 bins"):
        law = LAWS[name]
        print(f"\n{name}: harmonics and range")
        print(f"{'payoff':<14}{'tolerance':>10}{'ours':>12}{'least squares':>16}{'Herbert':>13}")
        for label, payments in payoffs(law):
            for tolerance in TOLERANCES:
                ours, least, extended = compared(law, payments, tolerance)
                print(f"{label:<14}{tolerance:>10.0e} {ours!s:>12} {least!s:>14} {extended!s:>13}")
    print("\nprocessor seconds of a fit, longest over payoffs")
    for name, law in FINE.items():
        for tolerance in TOLERANCES:
            longest = max(_seconds(law, f, tolerance) for _, f in payoffs(law))
            print(f"{name:<26}{tolerance:>10.0e}{longest:>8.2f}")


def _seconds(law: Law, payments: Array, tolerance: float) -> float:
    started = time.process_time()
    fit_series(*_arguments(law, payments), tolerance * float(np.ptp(payments)))
    return time.process_time() - started


def gates() -> None:
    """Two-qubit gates that a price takes with this series, and with plain least squares."""
    print("\ntwo-qubit gates of price(encoding='fourier'), mean of three seeds")
    print(f"{'n':<3}{'payoff':<18}{'tolerance':>9}{'least squares':>15}{'ours':>10}{'ratio':>7}")
    for size in (3, 5):
        model = QuantumWalkUncertaintyModel.from_black_scholes(size, **MARKET, seed=1)
        for payoff in (CALL, Put(2.05), DigitalCall(1.9)):
            for tolerance in (1e-2, 3e-3):
                before, now = (
                    float(np.mean([_spent(payoff, model, tolerance, fit, s) for s in range(3)]))
                    for fit in (_plain_fit, fit_series)
                )
                cells = f"{before:>15,.0f}{now:>10,.0f}{before / now:>7.1f}"
                print(f"{size:<3}{payoff.name:<18}{tolerance:>9.0e}{cells}", flush=True)


def _plain_fit(points: Array, payments: Array, weights: Array, tolerance: float) -> FourierSeries:
    return plain(Law(points, points, weights), payments, tolerance)


def _spent(payoff, model, tolerance: float, fit, seed: int) -> int:  # type: ignore[no-untyped-def]
    choice.fit_series = fit
    try:
        found = price(
            payoff,
            model,
            encoding="fourier",
            payoff_tolerance=tolerance,
            epsilon=2 * tolerance,
            seed=seed,
        )
    finally:
        choice.fit_series = fit_series
    return found.two_qubit_gates


TABLES = {"series": series, "payoffs": each_payoff, "gates": gates}

if __name__ == "__main__":
    run_tables(TABLES)
