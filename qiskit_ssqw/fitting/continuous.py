"""Fit a walk on any number of qubits to a continuous distribution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.fitting.entry import fit
from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.result import FitResult
from qiskit_ssqw.markets.functions import distribution_function
from qiskit_ssqw.targets import TargetDistribution, grid
from qiskit_ssqw.walks import MultiscaleWalk, kind_of
from qiskit_ssqw.walks.kinds import offered

_COARSEST, _FINEST = 4, 14
"""Bits of the grid that is fitted."""
_SHARE = 0.7
"""Part of the tolerance that equal halves of its cells may take."""
_TRIES = 4
_MOST_QUBITS = 10_000
_SEEN = 20
"""Bits of the grid on which distances are measured."""


@dataclass(frozen=True)
class ContinuousFit(Tabular):
    """A walk on many qubits for a continuous distribution, and bounds of how close it is."""

    walk: MultiscaleWalk
    """The walk, on as many qubits as asked for."""
    coarse: FitResult
    """The fit of its coarse bits."""
    bounds: tuple[float, float]
    """The interval whose cells the sites are: site ``k`` is cell ``k`` of ``2**n`` equal ones."""
    tolerance: float
    """The total variation that was asked for."""
    total_variation: float
    """At most this far from the probabilities of the ``2**n`` cells within the bounds; beyond 20
    qubits, features of the density that are narrower than ``2**-20`` of the bounds aside."""
    kolmogorov_smirnov: float
    """No distribution function differs by more, wherever in its cell a site's probability lies."""
    mass_beyond: float
    """Probability beyond the bounds, which is left out; the rest is normalised."""

    @property
    def success(self) -> bool:
        """Whether the total variation is within the tolerance."""
        return self.total_variation <= self.tolerance

    @property
    def two_qubit_gates(self) -> int:
        """Two-qubit gates of the walk."""
        return self.walk.two_qubit_gates

    def cdf(self, points: ArrayLike) -> Array:
        """Distribution function of the walk, linear within the cells of the coarse fit."""
        sums = np.concatenate([[0.0], np.cumsum(self.coarse.walk.probabilities())])
        edges = np.linspace(*self.bounds, len(sums))
        values: Array = np.interp(np.asarray(points, dtype=float), edges, sums)
        return values

    def _heading(self) -> str:
        return f"continuous fit {'succeeded' if self.success else 'MISSED THE TOLERANCE'}"

    def _rows(self) -> list[Row]:
        low, high = self.bounds
        return [
            ("walk", repr(self.walk), f"{self.coarse.target.num_qubits} of them fitted"),
            ("total variation", f"{self.total_variation:.2e}", f"tolerance {self.tolerance:g}"),
            ("Kolmogorov-Smirnov", f"{self.kolmogorov_smirnov:.2e}", ""),
            ("two-qubit gates", f"{self.two_qubit_gates:,}", ""),
            ("bounds", f"{low:.6g} to {high:.6g}", f"{self.mass_beyond:.2g} lies beyond"),
        ]


def fit_continuous(
    distribution: Any,
    num_qubits: int,
    bounds: ArrayLike,
    *,
    tolerance: float = 1e-3,
    **fit_options: Any,
) -> ContinuousFit:
    """Fit a walk to a continuous distribution, on up to 200 qubits and more.

    The most significant bits are fitted, as many as it takes until equal parts of their cells are
    precise enough. Each further bit costs one H. The distribution is never tabulated on the full
    grid, so that the number of qubits has no influence on the time.

    Args:
        distribution: A frozen distribution of SciPy, anything with a method ``cdf``, or the
            distribution function itself, called with arrays.
        num_qubits: Number of qubits ``n``.
        bounds: Interval ``(low, high)`` that is cut into ``2**n`` cells. What lies beyond is left
            out.
        tolerance: Total variation distance to reach, strictly between 0 and 1.
        **fit_options: Further options of `fit`, such as ``seed``, ``max_seconds``, ``progress``.

    Raises:
        TypeError: There is no distribution function.
        ValueError: The bounds are inverted or hold no probability, or an option has an invalid
            value.

    Examples:
        >>> from scipy import stats
        >>> from qiskit_ssqw.fitting import fit_continuous
        >>> result = fit_continuous(stats.norm(), 100, (-4, 4), tolerance=1e-2, seed=1)
        >>> result.success, result.walk.num_qubits, result.two_qubit_gates < 20
        (True, 100, True)
    """
    size = check.integer(num_qubits, "num_qubits", minimum=1, maximum=_MOST_QUBITS)
    tolerance = check.open_unit_interval(tolerance, "tolerance")
    if fit_options.get("walk") is not None:
        offered(fit_options["walk"], "flips", "fit_continuous", error=ValueError)
    ((low, high),) = grid.intervals(bounds, 1)
    cdf = _function(distribution)
    seen = min(size, _SEEN)
    places = np.linspace(low, high, 2**seen + 1)
    sums = check.real_array(cdf(places), "the distribution function", shape=places.shape)
    mass = float(sums[-1] - sums[0])
    if not mass > 0:
        raise ValueError(f"the distribution has no probability within the bounds ({low}, {high})")
    masses = np.maximum(np.diff(sums), 0) / mass
    masses /= masses.sum()
    grids = Grids(masses)
    bits = _bits_to_fit(grids, size, tolerance)
    halves = min(grids.error_of_equal_parts(bits), _SHARE * tolerance)
    cells, allowed = _cells(grids, bits, (low, high)), np.sqrt(tolerance**2 - halves**2)
    # What equal parts of the finest cells miss: half of how much the density moves within them.
    below = 0.5 * float(np.abs(np.diff(masses)).sum()) if size > seen else 0.0
    for _ in range(_TRIES):
        coarse = fit(cells, tolerance=allowed, **fit_options)
        loaded = np.repeat(coarse.walk.probabilities(), 2 ** (seen - bits)) / 2 ** (seen - bits)
        error = 0.5 * float(np.abs(loaded - masses).sum()) + below
        if error <= tolerance or not coarse.success:
            break
        allowed *= _SHARE
    flips = kind_of(coarse.walk).find("flips")
    if flips is None:
        raise ValueError(
            f"no walk of few gates loads {distribution!r} within {tolerance:g}: raise the tolerance"
        )
    return ContinuousFit(
        flips(coarse.walk).refined(size),
        coarse,
        (low, high),
        tolerance,
        error,
        _largest_gap(loaded, masses),
        max(0.0, 1 - mass),
    )


def _function(distribution: Any) -> Callable[[Array], Array]:
    """The distribution function, of an object or of itself."""
    made = callable(distribution) and not isinstance(distribution, type)
    plain = made and not hasattr(distribution, "cdf")
    return distribution if plain else distribution_function(distribution)


def _bits_to_fit(grids: Grids, size: int, tolerance: float) -> int:
    """The fewest bits whose cells may be cut into equal parts."""
    for bits in range(min(size, _COARSEST), min(size, _FINEST)):
        if grids.error_of_equal_parts(bits) <= _SHARE * tolerance:
            return bits
    return min(size, _FINEST)


def _cells(grids: Grids, bits: int, bounds: tuple[float, float]) -> TargetDistribution:
    """The target of the coarse bits, whose points are the cells' mid points."""
    half = (bounds[1] - bounds[0]) / 2**bits / 2
    return TargetDistribution(grids.marginal(bits), (bounds[0] + half, bounds[1] - half))


def _largest_gap(loaded: Array, masses: Array) -> float:
    """Largest difference of the distribution functions, at the edges or between them.

    Between two edges both rise from their value at the first one to that at the second one.
    """
    ours, theirs = (np.concatenate([[0.0], np.cumsum(part)]) for part in (loaded, masses))
    above, below = ours[1:] - theirs[:-1], theirs[1:] - ours[:-1]
    return float(max(above.max(), below.max()))
