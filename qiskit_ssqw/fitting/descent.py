"""Minimise an objective from one or from several starting points."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.levenberg_marquardt import levenberg_marquardt
from qiskit_ssqw.fitting.objective import Objective
from qiskit_ssqw.fitting.record import Recorder
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.walks import Walk

Array = NDArray[np.float64]
AnyWalk = TypeVar("AnyWalk", bound=Walk)

_HEAT_EVALUATIONS = 25
_LARGEST_JACOBIAN = 2**24
"""Above this many entries the adjoint gradient and L-BFGS need far less memory."""


@dataclass(frozen=True)
class Trial(Generic[AnyWalk]):
    """A walk and its squared residual; smaller is better."""

    cost: float
    walk: AnyWalk

    def error(self, probabilities: Array) -> float:
        """Total variation distance of the walk from ``probabilities``."""
        return total_variation(probabilities, self.walk.probabilities())


def descend(
    walk: AnyWalk, probabilities: Array, evaluations: int, recorder: Recorder
) -> Trial[AnyWalk]:
    """Improve a walk's parameters until they settle, or ``evaluations`` are spent.

    Levenberg-Marquardt uses the full Jacobian and so is not slowed down by the flat directions of
    redundant angles; where the Jacobian would be too large, L-BFGS uses the adjoint gradient.
    """
    objective = Objective(walk, probabilities)
    start = walk.parameters
    if len(start) * len(probabilities) <= _LARGEST_JACOBIAN:
        residuals = recorder.watch_residuals(objective)
        found = levenberg_marquardt(residuals, objective.jacobian, start, evaluations)
    else:
        found = _l_bfgs(recorder.watch_loss(objective), start, evaluations)
    return Trial(float(np.sum(objective.residuals(found) ** 2)), walk.with_parameters(found))


def _l_bfgs(loss: Callable[[Array], tuple[float, Array]], start: Array, evaluations: int) -> Array:
    from scipy.optimize import minimize

    options = {"maxfun": evaluations, "ftol": 1e-15, "gtol": 1e-10}
    found: Array = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return found


def race(
    walks: Iterable[AnyWalk],
    probabilities: Array,
    recorder: Recorder,
    *,
    tolerance: float,
    final: int = 150,
) -> AnyWalk:
    """Give every start a short descent and the best two a long one; return the winner.

    Args:
        walks: The starts.
        probabilities: The target.
        recorder: Told of every evaluation.
        tolerance: Total variation at which the remaining starts are not needed any more.
        final: Evaluations of the long descents.
    """
    heats: list[Trial[AnyWalk]] = []
    for walk in walks:
        heats.append(descend(walk, probabilities, _HEAT_EVALUATIONS, recorder))
        if heats[-1].error(probabilities) <= tolerance / 2:
            heats = heats[-1:]
            break
    heats.sort(key=lambda trial: trial.cost)
    finals: list[Trial[AnyWalk]] = []
    for trial in heats[:2]:
        finals.append(descend(trial.walk, probabilities, final, recorder))
        if finals[-1].error(probabilities) <= tolerance:
            break
    return min(
        finals + heats, key=lambda trial: (trial.error(probabilities) > tolerance, trial.cost)
    ).walk


def random_starts(walk: AnyWalk, count: int, rng: np.random.Generator) -> list[AnyWalk]:
    """Walks of the same structure with normally distributed angles."""
    return [walk.with_parameters(rng.normal(size=walk.num_parameters)) for _ in range(count)]
