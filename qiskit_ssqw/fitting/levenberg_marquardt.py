"""The Levenberg-Marquardt descent, for a whole batch of starts.

SciPy's ``least_squares`` has one too, but its method "lm" (seen in 1.17.1) does not give the same
digits in two calls with the same input, and the flat directions of redundant angles turn the last
digit into another walk; its method "trf" does, at several times the cost. Neither takes a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

Array = NDArray[np.float64]

_FIRST_DAMPING = 1e-3
_DAMPING_RANGE = (1e-14, 1e8)
_PERFECT = 1e-28


class Model(Protocol):
    """Residuals and Jacobians of a batch of members, which may differ in more than parameters."""

    def evaluate(self, parameters: Array) -> tuple[Array, Array]:
        """Return residuals, shape ``(batch, r)``, and derivatives, ``(batch, p, r)``.

        Args:
            parameters: One row per member, shape ``(batch, p)``.
        """

    def keep(self, members: NDArray[np.intp]) -> Self:
        """The model of some of the members."""


class Descent:
    """Minimise sums of squared residuals, of all members of a batch at once, and resumably.

    Each step solves the damped normal equations. The damping follows the ratio of actual to
    predicted reduction (Nielsen's rule; Madsen, Nielsen and Tingleff, "Methods for non-linear
    least squares problems", 2004, section 3.2). No step ever raises a member's cost.

    Args:
        model: The members' residuals and Jacobians.
        parameters: First parameters, shape ``(batch, p)``.
        observe: Called with the descent after each evaluation of the batch.

    Attributes:
        parameters: Best parameters of each member so far.
        residuals: Their residuals, shape ``(batch, r)``.
        costs: Their sums of squared residuals, shape ``(batch,)``.
    """

    def __init__(
        self,
        model: Model,
        parameters: Array,
        observe: Callable[[Descent], None] = lambda _: None,
    ) -> None:
        self._model, self._observe = model, observe
        self.parameters = np.array(parameters)
        self.residuals, jacobian = model.evaluate(self.parameters)
        self.costs: Array = np.sum(self.residuals**2, axis=1)
        self._slopes, self._normals = _normal_equations(jacobian, self.residuals)
        diagonals = np.diagonal(self._normals, axis1=1, axis2=2)
        self._damping = _FIRST_DAMPING * np.maximum(diagonals.max(axis=1), _DAMPING_RANGE[0])
        self._growth = np.full(len(self.costs), 2.0)
        self._small_gains = np.zeros(len(self.costs), dtype=int)
        observe(self)

    def keep(self, members: Any) -> None:
        """Narrow the batch down to some members, in the given order."""
        index = np.atleast_1d(members)
        self._model = self._model.keep(index)
        for name, values in vars(self).items():
            if isinstance(values, np.ndarray):
                setattr(self, name, values[index])

    def run(
        self,
        steps: int,
        *,
        until: Callable[[Array], Any] | None = None,
        small_gain: float = 1e-5,
        patience: int = 10,
    ) -> None:
        """Take up to ``steps`` steps.

        Args:
            steps: Largest number of steps.
            until: Called with the residuals; the descent ends when it returns true.
            small_gain: Fraction of the cost below which the gain of a step counts as small.
            patience: A member has settled after so many small gains in a row; the descent ends
                when all members have settled, have a vanishing cost or find no step that gains.
        """
        for _ in range(steps):
            if self._settled(patience) or (until is not None and until(self.residuals)):
                break
            self._step(small_gain)

    def _settled(self, patience: int) -> bool:
        stuck = self._damping >= _DAMPING_RANGE[1]
        settled = (self.costs <= _PERFECT) | (self._small_gains >= patience) | stuck
        return bool(settled.all())

    def _step(self, small_gain: float) -> None:
        identity = np.eye(self.parameters.shape[1])
        damped = self._normals + self._damping[:, None, None] * identity
        step = -np.linalg.solve(damped, self._slopes[..., None])[..., 0]
        there = self.parameters + step
        residuals, jacobian = self._model.evaluate(there)
        gains = self.costs - np.sum(residuals**2, axis=1)
        predicted = np.sum(step * (self._damping[:, None] * step - self._slopes), axis=1)
        ratios = gains / np.maximum(predicted, np.finfo(float).tiny)
        better = gains > 0
        small = better & (gains <= small_gain * self.costs)
        self._small_gains = np.where(small, self._small_gains + 1, self._small_gains * ~better)
        slopes, normals = _normal_equations(jacobian, residuals)
        self._slopes = np.where(better[:, None], slopes, self._slopes)
        self._normals = np.where(better[:, None, None], normals, self._normals)
        self.parameters = np.where(better[:, None], there, self.parameters)
        self.residuals = np.where(better[:, None], residuals, self.residuals)
        self.costs = np.where(better, self.costs - gains, self.costs)
        eased = self._damping * np.maximum(1 / 3, 1 - (2 * np.minimum(ratios, 1) - 1) ** 3)
        self._damping = np.where(better, eased, self._damping * self._growth)
        self._damping = np.clip(self._damping, *_DAMPING_RANGE)
        self._growth = np.where(better, 2.0, self._growth * 2)
        self._observe(self)


def _normal_equations(jacobian: Array, residuals: Array) -> tuple[Array, Array]:
    slopes = (jacobian @ residuals[..., None])[..., 0]
    normals: Array = jacobian @ np.swapaxes(jacobian, 1, 2)
    return slopes, normals
