"""Arguments of targets that are checked together."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.targets import grid
from qiskit_ssqw.targets.price_grid import Grid, Points


def one_each(values: ArrayLike, name: str, size: int, every: bool = False) -> Any:
    """A number for all assets or, of several assets, one for each (and always, for ``every``)."""
    if not isinstance(values, (list, tuple)) and np.ndim(values) == 0:
        return (values,) * size if every and size > 1 else values
    found = check.real_array(values, name, shape=(size,)).tolist()
    return found if size > 1 else found[0]


def gaussian(
    num_qubits: Any, mu: Any, sigma: Any, bounds: Any, default: tuple[float, float]
) -> tuple[tuple[int, ...], tuple[tuple[float, float], ...], Array, Array]:
    """Check qiskit-finance's arguments: register sizes, bounds, mean and covariance."""
    sizes = grid.register_sizes(num_qubits)
    dimensions = len(sizes)
    mean = np.atleast_1d(check.real_array(np.zeros(dimensions) if mu is None else mu, "mu"))
    if mean.shape != (dimensions,):
        raise ValueError(f"mu must have shape ({dimensions},), got {mean.shape}")
    covariance = np.eye(dimensions) if sigma is None else check.real_array(sigma, "sigma")
    if dimensions == 1:
        covariance = np.atleast_2d(covariance)
    if covariance.shape != (dimensions, dimensions):
        raise ValueError(
            f"sigma must have shape ({dimensions}, {dimensions}), got {covariance.shape}"
        )
    if not check.is_covariance(covariance, check.rounding([] if sigma is None else sigma)):
        raise ValueError(
            "sigma must be a positive variance or a symmetric positive definite covariance, "
            f"got {covariance.tolist()}"
        )
    bounds = [default] * dimensions if bounds is None else bounds
    return sizes, grid.intervals(bounds, dimensions), mean, covariance


def check_linear(
    kind: Grid | None,
    num_std: float | None,
    rule: str | None,
    tail_mass: float | None,
    points: Points | None = None,
) -> None:
    """Raise a `ValueError` if arguments of equidistant prices are mixed with those of others."""
    if rule is not None:
        check.one_of(rule, ("pdf", "cell"), "rule")
    if kind is not None and check.one_of(kind, get_args(Grid), "grid") != "linear":
        if num_std is not None:
            raise ValueError(
                f'num_std is for grid="linear": the bounds of "{kind}" are probabilities'
            )
        if rule == "pdf":
            raise ValueError(
                f'rule="pdf" is for grid="linear": "{kind}" takes the cells\' probabilities'
            )
    if num_std is not None and tail_mass is not None:
        raise ValueError("num_std and tail_mass both set the bounds: leave one out")
    if points not in (None, "centre") and (num_std is not None or rule == "pdf"):
        check.one_of(points, get_args(Points), "points")
        raise ValueError(f'num_std and rule="pdf" are for points="centre", got {points!r}')


def refuse_discount(rate: float | None, maturity: float | None) -> None:
    """Raise a `ValueError` if there is a rate or a maturity, of what is no market."""
    if not (rate is None and maturity is None):
        raise ValueError(
            "rate and maturity are for one price with a continuous distribution function, or for "
            f"samples of one, got rate={rate} and maturity={maturity}"
        )


def refuse_bounds_with(of_other_grids: dict[str, Any]) -> None:
    """Raise a `TypeError` if bounds are given, and arguments of grids that find their own."""
    given = [name for name, value in of_other_grids.items() if value not in (None, "linear")]
    if given:
        listed = ", ".join(f"{name}={of_other_grids[name]!r}" for name in given)
        raise TypeError(f"bounds are those of equidistant points: leave them out, or {listed}")
