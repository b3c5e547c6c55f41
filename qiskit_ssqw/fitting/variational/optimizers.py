"""One way to call the optimisers of SciPy and of qiskit-algorithms."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Literal, get_args

import numpy as np

from qiskit_ssqw import _validation as check

ScipyMethod = Literal[
    "BFGS", "CG", "COBYLA", "COBYQA", "L-BFGS-B", "Nelder-Mead", "Powell", "SLSQP", "TNC"
]
Minimize = Callable[..., Any]


def minimizer(optimizer: Any) -> Minimize:
    """Return a function ``(fun, x0) -> result`` whose ``result.x`` is where the optimiser ended.

    Args:
        optimizer: The name of a method of ``scipy.optimize.minimize``, an optimiser of
            qiskit-algorithms (anything with a method ``minimize(fun, x0)``), or such a function.

    Raises:
        TypeError: It is something else.
        ValueError: The name is unknown.
    """
    if isinstance(optimizer, str):
        from scipy.optimize import minimize

        method = check.one_of(optimizer, get_args(ScipyMethod), "optimizer")
        return lambda fun, x0: minimize(fun, x0, method=method)
    fresh = deepcopy(optimizer)  # some keep what they learned in their last run
    bound = getattr(fresh, "minimize", fresh)
    if isinstance(optimizer, type) or not callable(bound):
        raise TypeError(
            "optimizer must be the name of a SciPy method, have a method minimize(fun, x0) or be "
            f"such a function, got {optimizer!r}"
        )
    return lambda fun, x0: bound(fun, x0)


@contextmanager
def seeded_qiskit_algorithms(seed: int) -> Iterator[None]:
    """Seed the generator of the optimisers of qiskit-algorithms, and give it back as it was."""
    if "qiskit_algorithms" not in sys.modules:  # no such optimiser is in use
        yield
        return
    from qiskit_algorithms.utils import algorithm_globals

    generator = algorithm_globals.random.bit_generator
    before = generator.state
    generator.state = np.random.default_rng(seed % 2**32).bit_generator.state
    try:
        yield
    finally:
        generator.state = before
