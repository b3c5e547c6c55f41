"""Normal densities and cell probabilities on product grids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.targets import grid


def log_or_minus_infinity(axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of each point, minus infinity for points that are not positive."""
    return np.log(axis, out=np.full_like(axis, -np.inf), where=axis > 0)


def normal_density(
    axes: Sequence[NDArray[np.float64]],
    mean: NDArray[np.float64],
    covariance: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The normal density on the grid, up to a constant factor; 0 at infinite points."""
    centred = grid.mesh(axes) - mean
    finite = np.asarray(np.isfinite(centred).all(axis=-1))
    centred = np.where(finite[..., None], centred, 0.0)
    exponent: NDArray[np.float64] = np.einsum(
        "...i,ij,...j->...", centred, np.linalg.inv(covariance), centred
    )
    exponent -= exponent[finite].min(initial=np.inf)  # far tails keep a positive sum
    return np.exp(-np.where(finite, exponent, np.inf) / 2)


def normal_shares(
    ends: Sequence[NDArray[np.float64]],
    mean: NDArray[np.float64],
    covariance: NDArray[np.float64],
) -> list[tuple[float, float]]:
    """Probability of a normal variable below and above the two ``ends`` of each dimension."""
    from scipy.special import ndtr

    std = np.sqrt(np.diag(covariance))
    scaled = [(pair - m) / s for pair, m, s in zip(ends, mean, std, strict=True)]
    return [(float(ndtr(low)), float(ndtr(-high))) for low, high in scaled]
