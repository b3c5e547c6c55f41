"""The Levenberg-Marquardt descent, for a whole batch of starts.

SciPy's ``least_squares`` has one too, but its method "lm" (seen in 1.17.1) does not give the same
digits in two calls with the same input, and the flat directions of redundant angles turn the last
digit into another walk; its method "trf" does, at several times the cost. Neither takes a batch,
nor weights that change from step to step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from qiskit_ssqw._arrays import Array

_FIRST_DAMPING = 1e-3
_DAMPING_RANGE = (1e-14, 1e8)
_CHUNK = 2**17
"""Numbers in the Jacobians that are handled together: 1 MiB stays in the cache."""


class Model(Protocol):
    """Residuals and Jacobians of a batch of members, which may differ in more than parameters."""

    @property
    def order(self) -> Any:
        """The parameter of each column of `columns`, but for the first one."""

    @property
    def num_residuals(self) -> int:
        """Number ``r`` of residuals of a member."""

    def columns(self, parameters: Array, members: slice) -> Array:
        """Return residuals and derivatives, shape ``(batch, r, 1 + p)``.

        Args:
            parameters: One row per member, shape ``(batch, p)``.
            members: Which members these are.
        """

    def errors(self, residuals: Array) -> Array:
        """What is to be small, one number per row of residuals."""

    def weights(self, residuals: Array) -> Array:
        """Weights of the squared residuals, with which they stand for the error."""

    def keep(self, members: NDArray[np.intp]) -> Self:
        """The model of some of the members."""


class Point(NamedTuple):
    """Where each member stands, and the weighted normal equations there."""

    parameters: Array
    residuals: Array
    weights: Array
    slopes: Array
    normals: Array

    def select(self, better: NDArray[np.bool_], other: Point) -> Point:
        """This point of the members that are ``better`` here, the other one of the rest."""
        pairs = zip(self, other, strict=True)
        return Point(*(np.where(better.reshape(-1, *[1] * (a.ndim - 1)), a, b) for a, b in pairs))


class Descent:
    """Minimise the errors of all members of a batch at once, and resumably.

    Each step solves the damped normal equations of the squared residuals with the weights of the
    last point. The damping follows the ratio of actual to predicted reduction (Nielsen's rule;
    Madsen, Nielsen and Tingleff, "Methods for non-linear least squares problems", 2004, section
    3.2). As the weights change, a step may raise the error: the best point of each is kept.

    Args:
        model: The members' residuals and Jacobians.
        parameters: First parameters, shape ``(batch, p)``.
        observe: Called with the descent after each evaluation of the batch.

    Attributes:
        parameters: Best parameters of each member so far.
        errors: Their errors, shape ``(batch,)``.
        costs: Unweighted sum of squared residuals of each member where it stands now.
    """

    def __init__(
        self, model: Model, parameters: Array, observe: Callable[[Descent], None] = lambda _: None
    ) -> None:
        self._model, self._observe = model, observe
        self._point = self._at(np.array(parameters, dtype=float))
        self._damping = np.full(len(parameters), _FIRST_DAMPING)
        self._growth = np.full(len(parameters), 2.0)
        self._idle = np.zeros(len(parameters), dtype=int)
        self.parameters = self._point.parameters.copy()
        self.errors = model.errors(self._point.residuals)
        observe(self)

    @property
    def costs(self) -> Array:
        costs: Array = np.sum(self._point.residuals**2, axis=1)
        return costs

    def keep(self, members: Any) -> None:
        """Narrow the batch down to some members, in the given order."""
        index = np.atleast_1d(members)
        self._model = self._model.keep(index)
        self._point = Point(*(values[index] for values in self._point))
        for name, values in vars(self).items():
            if isinstance(values, np.ndarray):
                setattr(self, name, values[index])

    def run(
        self, steps: int, until: float = 0.0, *, small_gain: float = 1e-3, patience: int = 5
    ) -> None:
        """Take up to ``steps`` steps.

        Args:
            steps: Largest number of steps.
            until: Error of any member at which the descent ends.
            small_gain: Fraction of the error below which the gain of a step counts as none.
            patience: The descent ends when all members have gained nothing for so many steps, or
                find no way down.
        """
        for _ in range(steps):
            stuck = (self._idle >= patience) | (self._damping >= _DAMPING_RANGE[1])
            if stuck.all() or self.errors.min() <= until:
                break
            self._step(small_gain)

    def _step(self, small_gain: float) -> None:
        here = self._point
        size = here.parameters.shape[1]
        damping = self._damping * here.normals.reshape(len(here.normals), -1)[:, :: size + 1].max(1)
        damped = here.normals + np.maximum(damping, _DAMPING_RANGE[0])[:, None, None] * np.eye(size)
        step = -np.linalg.solve(damped, here.slopes[..., None])[..., 0]
        there = here.parameters.copy()
        there[:, self._model.order] += step
        new = self._at(there)
        gains = np.sum(here.weights * (here.residuals**2 - new.residuals**2), axis=1)
        predicted = np.sum(step * (damping[:, None] * step - here.slopes), axis=1)
        ratios = gains / np.maximum(predicted, np.finfo(float).tiny)
        better = gains > 0
        self._point = new.select(better, here)
        eased = self._damping * np.maximum(1 / 3, 1 - (2 * np.minimum(ratios, 1) - 1) ** 3)
        self._damping = np.where(better, eased, self._damping * self._growth)
        self._damping = np.clip(self._damping, *_DAMPING_RANGE)
        self._growth = np.where(better, 2.0, self._growth * 2)
        errors = self._model.errors(self._point.residuals)
        gained = errors < (1 - small_gain) * self.errors
        self._idle = np.where(gained, 0, self._idle + 1)
        lower = errors < self.errors
        self.errors = np.where(lower, errors, self.errors)
        self.parameters = np.where(lower[:, None], self._point.parameters, self.parameters)
        self._observe(self)

    def _at(self, parameters: Array) -> Point:
        """Evaluate all members, so many at a time as fit into the cache."""
        columns = 1 + parameters.shape[1]
        count = max(1, _CHUNK // (self._model.num_residuals * columns))
        points = []
        for start in range(0, len(parameters), count):
            members = slice(start, start + count)
            points.append(self._solved(self._model.columns(parameters[members], members)))
        return Point(parameters, *(np.concatenate(parts) for parts in zip(*points, strict=True)))

    def _solved(self, columns: Array) -> tuple[Array, Array, Array, Array]:
        """Residuals, weights, and the weighted normal equations."""
        residuals = columns[..., 0].copy()
        weights = self._model.weights(residuals)
        columns *= np.sqrt(weights)[..., None]
        gram = columns.swapaxes(1, 2) @ columns
        return residuals, weights, gram[:, 1:, 0], gram[:, 1:, 1:]
