"""A variational fit: run the circuit, compare the samples, let an optimiser turn the angles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._samplers import check_sampler, is_sampler, warn_of_repeated_seeds
from qiskit_ssqw.fitting.record import Candidate, FitStep, Recorder, Stopped
from qiskit_ssqw.fitting.variational.losses import Loss, LossName, loss_function
from qiskit_ssqw.fitting.variational.optimizers import (
    ScipyMethod,
    minimizer,
    seeded_qiskit_algorithms,
)
from qiskit_ssqw.targets import TargetDistribution, TargetState
from qiskit_ssqw.walks import Walk

_CONSEQUENCE = "a fit follows the luck of one draw, which no device repeats"


@dataclass(frozen=True)
class Variational:
    """How `fit` trains a walk through samples of its circuit, as the papers do.

    The circuit is transpiled once, with free angles; each evaluation binds them, samples the sites
    and compares the frequencies with the target. The optimiser sees nothing else.

    Attributes:
        sampler: Any ``SamplerV2`` of Qiskit, or a function of seed that makes one, such as its
            class: then each evaluation has a sampler of its own, seeded by the fit's seed and the
            number of the evaluation. By default the class ``StatevectorSampler``.
        shots: Samples per evaluation; None takes the exact probabilities of the walk instead,
            without any circuit.
        loss: ``"mse"`` (the papers'), ``"kl"``, ``"cross_entropy"``, ``"mmd"``, or a function of
            the target's and the sampled probabilities, arrays of one number per site.
        optimizer: The name of a method of ``scipy.optimize.minimize``, an optimiser of
            qiskit-algorithms such as ``SPSA(maxiter=100)``, or a function ``(fun, x0)`` whose
            result has an attribute ``x``. Optimisers of qiskit-algorithms draw from its
            ``algorithm_globals``, which a fit seeds and gives back as they were.
        initial_point: First angles in radians, shape ``(num_parameters,)``; by default random ones
            between ``-pi`` and ``pi``. Pass ``walk.parameters`` for the walk's own.
        max_evaluations: Evaluations after which the fit stops; by default when the optimiser does.
        pass_manager: Transpiles the circuit for the sampler; by default to one-qubit rotations and
            CX, or for the sampler's backend where that takes no such gates.

    Raises:
        TypeError: The sampler neither has a ``run`` nor can be called, or the optimiser has not
            the needed interface.
        ValueError: The loss or the optimiser is an unknown word, a number is below 1, or there is a
            sampler without shots.

    Warns:
        RepeatedSeedWarning: The sampler begins each evaluation with the same seed.

    Examples:
        Twenty evaluations with COBYLA and 1,000 shots each.

        >>> import numpy as np
        >>> from qiskit_ssqw import SplitStepWalk, TargetDistribution, fit
        >>> from qiskit_ssqw.fitting import Variational
        >>> target = TargetDistribution([0.1, 0.2, 0.4, 0.3], bounds=(0, 3))
        >>> walk = SplitStepWalk.template(2, 2)
        >>> method = Variational(shots=1000, max_evaluations=20)
        >>> result = fit(target, walk=walk, method=method, seed=1)
        >>> len(result.history)
        20
    """

    sampler: Any = None
    shots: int | None = 10_000
    loss: LossName | Loss = "mse"
    optimizer: ScipyMethod | Any = "COBYLA"
    initial_point: ArrayLike | None = None
    max_evaluations: int | None = None
    pass_manager: Any = None

    def __post_init__(self) -> None:
        if not callable(self.loss):
            check.one_of(self.loss, get_args(LossName), "loss")
        minimizer(self.optimizer)
        if self.initial_point is not None:
            check.real_array(self.initial_point, "initial_point", shape=(None,))
        for name in ("shots", "max_evaluations"):
            if getattr(self, name) is not None:
                check.integer(getattr(self, name), name, minimum=1)
        if self.sampler is None:
            return
        check_sampler(self.sampler)
        if self.shots is None:
            raise ValueError("shots must be a number if there is a sampler, got None")
        if is_sampler(self.sampler):
            warn_of_repeated_seeds(self.sampler, _CONSEQUENCE)

    def run(
        self,
        walk: Walk,
        target: TargetDistribution | TargetState,
        seed: int,
        recorder: Recorder,
        past: tuple[FitStep, ...] = (),
    ) -> Walk:
        """Train a walk.

        Args:
            walk: The structure; its angles count only as `initial_point`.
            target: The distribution to load.
            seed: Of the first angles, of the default sampler and of qiskit-algorithms.
            recorder: Told of every evaluation.
            past: The history of an interrupted fit. The optimiser is run again on the losses
                recorded there, without sampling, and so goes on where it was.

        Returns:
            The walk where the optimiser ended, or the one of least loss if it was stopped.
        """
        loss, sample = loss_function(self.loss, target), _sampling(self, walk, seed)
        root = np.sqrt(target.probabilities.ravel())
        size = walk.num_value_qubits, walk.two_qubit_gates

        def evaluate(angles: Array) -> float:
            done = len(recorder.history)
            if done == self.max_evaluations:
                raise Stopped
            angles = np.array(angles, dtype=float)
            there = partial(walk.with_parameters, angles)
            if done < len(past):
                step = past[done]
                value = float("nan") if step.loss is None else step.loss
                recorder.offer(Candidate(*size, value, there))
                recorder.repeat(step)
                return value
            sampled = sample(angles, done)
            value = check.number(loss(sampled), "the loss")
            costs = np.sum((np.sqrt(sampled) - root) ** 2, keepdims=True)
            recorder.offer(Candidate(*size, value, there))
            recorder.record(*size, costs, value)
            return value

        try:
            with seeded_qiskit_algorithms(seed):
                end = minimizer(self.optimizer)(evaluate, self._first_angles(walk, seed))
        except Stopped:
            best: Walk = recorder.candidates[0].walk()
            return best
        return walk.with_parameters(end.x)

    def _first_angles(self, walk: Walk, seed: int) -> Array:
        if self.initial_point is None:
            return np.random.default_rng(seed).uniform(-np.pi, np.pi, walk.num_parameters)
        shape = (walk.num_parameters,)
        return np.array(check.real_array(self.initial_point, "initial_point", shape=shape))


def _sampling(options: Variational, walk: Walk, seed: int) -> Callable[[Array, int], Array]:
    """A function of the angles and the number of the evaluation to sampled probabilities."""
    if options.shots is None:
        return lambda angles, _: walk.with_parameters(angles).probabilities()
    from qiskit_ssqw.circuit.sampling import WalkSampling  # Qiskit is needed from here on only

    return WalkSampling(walk, options.sampler, options.shots, options.pass_manager, seed)
