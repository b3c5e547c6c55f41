"""Debtors whose defaults depend on one latent factor, and what they lose, classically."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.finance.loss_distribution import LossDistribution, LossGrid
from qiskit_ssqw.markets.normal_cells import normal_pdf

_REACH = 12.0
"""Standard deviations of the factor within which it is integrated; 4e-33 lies beyond."""

_QUADRATURE = 1e-12
"""Error of the integrals that is asked for."""

_STEEP = 0.5
"""Sensitivity above which a default probability changes faster than the factor's density."""

_STEP = 8.0
"""Half width of such a change, in units of its scale; 1e-15 lies beyond."""

_MOST_LOSSES = 2**16
"""Different losses up to which their distribution is computed."""

_MOST_OBLIGORS = 20
"""Obligors up to which all patterns of defaults are listed."""

_SHOWN = 6
"""Numbers that a row of a table lists."""


@dataclass(frozen=True)
class Obligors(Tabular):
    """Obligors in the Gaussian conditional independence model, which is Vasicek's with one factor.

    Given a standard normal factor ``z`` they default independently of each other, obligor ``i``
    with probability ``Phi((Phi^-1(p_i) - sqrt(rho_i) z) / sqrt(1 - rho_i))``, the mean of which is
    ``p_i`` (Rutkowski and Tarca, arXiv:1412.1183, section 2).

    Args:
        default_probabilities: The ``p_i``, one per obligor, strictly between 0 and 1.
        sensitivities: The ``rho_i``, at least 0 and below 1, one number or one per obligor: the
            square of the correlation of an obligor's assets with the factor.
        losses_given_default: What is lost if an obligor defaults, not negative, one number or one
            per obligor.

    Raises:
        TypeError: A value is not a number.
        ValueError: A value is out of range, there are no obligors, or lengths differ.

    Examples:
        >>> from qiskit_ssqw.finance import Obligors
        >>> obligors = Obligors([0.15, 0.25], [0.1, 0.05], [1, 2])
        >>> round(obligors.expected_loss, 6), obligors.loss_distribution().value_at_risk(0.95)
        (0.65, 2.0)
    """

    default_probabilities: Any
    sensitivities: Any
    losses_given_default: Any = 1.0

    def __post_init__(self) -> None:
        chances = check.real_array(
            self.default_probabilities, "default_probabilities", shape=(None,)
        )
        if len(chances) == 0:
            raise ValueError("default_probabilities must name at least one obligor, got none")
        wrong = chances[(chances <= 0) | (chances >= 1)]
        if len(wrong):
            raise ValueError(
                f"default_probabilities must lie strictly between 0 and 1, got {wrong[0]:g}"
            )
        object.__setattr__(self, "default_probabilities", tuple(chances.tolist()))
        for name in ("sensitivities", "losses_given_default"):
            object.__setattr__(self, name, self._per_obligor(name))
        if max(self.sensitivities) >= 1:
            raise ValueError(f"sensitivities must be below 1, got {max(self.sensitivities):g}")

    def _per_obligor(self, name: str) -> tuple[float, ...]:
        array = check.not_negative(getattr(self, name), name)
        if array.ndim > 1 or array.size not in (1, self.num_obligors):
            raise ValueError(
                f"{name} must be one number or one per obligor, got {array.size} for "
                f"{self.num_obligors}"
            )
        return tuple(np.broadcast_to(array, (self.num_obligors,)).tolist())

    @property
    def num_obligors(self) -> int:
        """Number of obligors."""
        return len(self.default_probabilities)

    @property
    def expected_loss(self) -> float:
        """Expected loss, whatever the sensitivities."""
        return float(np.dot(self.default_probabilities, self.losses_given_default))

    def conditional_probabilities(self, factor: ArrayLike) -> Array:
        """Default probability of each obligor given the factor.

        Args:
            factor: Numbers ``z``, shape ``(N,)``; large ones are good times.

        Returns:
            Shape ``(num_obligors, N)``.
        """
        from scipy.special import ndtri

        points = check.real_array(factor, "factor", shape=(None,))
        return self.given_thresholds(ndtri(self.default_probabilities), points)

    def given_thresholds(self, thresholds: ArrayLike, factor: ArrayLike) -> Array:
        """The same with other thresholds ``c_i`` in the place of ``Phi^-1(p_i)``.

        Args:
            thresholds: Shape ``(num_obligors,)``.
            factor: Shape ``(N,)``.

        Returns:
            ``Phi((c_i - sqrt(rho_i) z) / sqrt(1 - rho_i))``, shape ``(num_obligors, N)``.
        """
        from scipy.special import ndtr

        shares = np.array(self.sensitivities)[:, None]
        moved = np.asarray(thresholds)[:, None] - np.sqrt(shares) * np.asarray(factor)
        return np.asarray(ndtr(moved / np.sqrt(1 - shares)))

    def joint_probabilities(self) -> Array:
        """Probability of each pattern of defaults, shape ``(2**num_obligors,)``, without a grid.

        Bit ``i`` of the index says whether obligor ``i`` defaults. Integrated over the factor to
        1e-12.

        Raises:
            ValueError: There are more than 20 obligors.
        """
        if self.num_obligors > _MOST_OBLIGORS:
            raise ValueError(
                f"all patterns of defaults are listed for at most {_MOST_OBLIGORS} obligors, got "
                f"{self.num_obligors}: loss_distribution takes more"
            )
        return self._mixture(pattern_probabilities)

    def loss_distribution(self) -> LossDistribution:
        """The distribution of the sum of all losses, without a grid.

        Given the factor, it is a convolution over the obligors, in which equal losses are one.
        Integrated over the factor to 1e-12.

        Raises:
            ValueError: There are more than 65,536 different losses.
        """
        losses, places = self._losses()

        def law(defaults: Array) -> Array:
            total: Array = np.ones(1)
            for chance, place in zip(defaults, places, strict=True):
                both = np.concatenate([total * (1 - chance), total * chance])
                total = np.asarray(np.bincount(place, weights=both), dtype=float)
            return total

        return LossDistribution(losses, self._mixture(law))

    def _losses(self) -> tuple[Array, list[NDArray[np.intp]]]:
        """All losses, and of each obligor the places of those without and with its default."""
        losses: Array = np.zeros(1)
        places = []
        for amount in self.losses_given_default:
            grid = LossGrid.of(np.concatenate([losses, losses + amount]))
            losses = grid.losses
            places.append(grid.places)
            if len(losses) > _MOST_LOSSES:
                raise ValueError(
                    f"there must be at most {_MOST_LOSSES} different losses, got {len(losses)} or "
                    "more: round losses_given_default to multiples of one amount"
                )
        return losses, places

    def _mixture(self, law: Callable[[Array], Array]) -> Array:
        """Mean over the factor of a distribution that depends on the obligors' probabilities."""
        from scipy.integrate import quad_vec
        from scipy.special import ndtri

        def weighted(z: float) -> Array:
            return np.asarray(normal_pdf(z) * law(self.given_thresholds(thresholds, [z])[:, 0]))

        thresholds = ndtri(self.default_probabilities)
        breaks = _steps(thresholds, np.array(self.sensitivities))
        total, _ = quad_vec(
            weighted,
            -_REACH,
            _REACH,
            epsabs=_QUADRATURE,
            epsrel=_QUADRATURE,
            points=[0.0, *breaks[np.abs(breaks) < _REACH]],
        )
        return np.asarray(total, dtype=float)

    def _heading(self) -> str:
        return f"{self.num_obligors} obligors"

    def _rows(self) -> list[Row]:
        return [
            ("default probabilities", _listed(self.default_probabilities), ""),
            ("sensitivities", _listed(self.sensitivities), "to the factor"),
            ("losses given default", _listed(self.losses_given_default), ""),
            ("expected loss", self.expected_loss, ""),
        ]


def pattern_probabilities(defaults: Array) -> Array:
    """Probability of each pattern of independent defaults, the first obligor in the lowest bit.

    Args:
        defaults: Probabilities, shape ``(k, ...)``.

    Returns:
        Shape ``(2**k, ...)``.
    """
    total = np.ones((1, *defaults.shape[1:]))
    for chance in defaults:
        total = np.concatenate([total * (1 - chance), total * chance])
    return total


def _steps(thresholds: Array, shares: Array) -> Array:
    """Where defaults begin, become likely and become certain, if a quadrature may overlook it."""
    steep = shares > _STEEP
    places = thresholds[steep] / np.sqrt(shares[steep])
    widths = np.sqrt(1 / shares[steep] - 1)
    return np.unique(np.multiply.outer([-_STEP, 0.0, _STEP], widths) + places)


def _listed(numbers: tuple[float, ...]) -> str:
    """One number where all are the same, and no more than the first of many."""
    shown = [f"{number:g}" for number in numbers[: 1 if len(set(numbers)) == 1 else _SHOWN]]
    return ", ".join([*shown, "..."] if 1 < len(shown) < len(numbers) else shown)
