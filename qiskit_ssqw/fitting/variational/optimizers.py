"""One way to call the optimisers of SciPy and of qiskit-algorithms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check

Array = NDArray[np.float64]
ScipyMethod = Literal[
    "BFGS", "CG", "COBYLA", "COBYQA", "L-BFGS-B", "Nelder-Mead", "Powell", "SLSQP", "TNC"
]
Minimize = Callable[..., Any]


def minimizer(optimizer: Any) -> Minimize:
    """Return a function ``(fun, x0) -> result`` whose ``result.x`` is where the optimiser ended.

    Args:
        optimizer: The name of a method of ``scipy.optimize.minimize``, an optimiser of
            qiskit-algorithms (anything with a method ``minimize(fun, x0)``), or a function like that.

    Raises:
        TypeError: It is something else.
        ValueError: The name is unknown.
    """
    if isinstance(optimizer, str):
        from scipy.optimize import minimize

        method = check.one_of(optimizer, get_args(ScipyMethod), "optimizer")
        return lambda fun, x0: minimize(fun, x0, method=method)
    bound = getattr(optimizer, "minimize", optimizer)
    if isinstance(optimizer, type) or not callable(bound):
        raise TypeError(
            "optimizer must be the name of a SciPy method, have a method minimize(fun, x0) or be "
            f"such a function, got {optimizer!r}"
        )
    return lambda fun, x0: bound(fun, x0)


def seed_qiskit_algorithms(optimizer: Any, seed: int) -> None:
    """Seed the generator from which the optimisers of qiskit-algorithms draw."""
    if type(optimizer).__module__.startswith("qiskit_algorithms"):
        from qiskit_algorithms.utils import algorithm_globals

        algorithm_globals.random_seed = seed % 2**32
