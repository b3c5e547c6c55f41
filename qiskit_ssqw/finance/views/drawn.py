"""A payoff on a model of registers for which nothing is known but how to draw from it."""

from __future__ import annotations

from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.encodings import EncodedPayoff
from qiskit_ssqw.finance.encodings.choice import Encoding
from qiskit_ssqw.finance.loader import Loader, RegisterLaws
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.registers import Law
from qiskit_ssqw.finance.views.base import RegisterView

_REPLICATES, _POINTS = 8, 2**14
"""Scrambled Sobol sequences, whose means tell the error, and the points of each."""

_STANDARD_ERRORS = 3
"""Of a normal law, whose level is kept with the few replicates that there are."""

_MOST_CORNERS = 14
"""Registers of which all corners are listed."""

_MOST_JOINT = 2**20
"""Points of registers that depend on each other."""


class DrawnView(RegisterView):
    """A payoff that is no function of sums, whose expectation is that of a classical simulation.

    It is simulated under both laws with the same numbers, eight scrambled Sobol sequences of
    16,384 points, so that their difference is known much better than the expectations are. There is
    no circuit for the payoff: it is for samples of the loader.

    Args:
        payoff: The payoff.
        loader: The model.
        model: Its registers and laws.

    Raises:
        ValueError: Registers of more than 2**20 points altogether depend on each other.
    """

    def __init__(self, payoff: Payoff, loader: Loader, model: RegisterLaws) -> None:
        self._payoff, self.loader, self._model = payoff, loader, model
        self._groups = model.target.groups(len(model.registers))
        for group in self._groups:
            size = prod(len(model.registers[place].values) for place in group)
            if size > _MOST_JOINT:
                raise ValueError(
                    f"the expectation of the {payoff.name} is found by drawing registers, at most "
                    f"{_MOST_JOINT:,} points of those that depend on each other, got {size:,}"
                )

    @property
    def description(self) -> str:
        return f"simulated, {_REPLICATES * _POINTS:,} samples"

    @cached_property
    def payoff_range(self) -> tuple[float, float]:
        """Of the points that were drawn and of corners, where registers are at an end.

        A payoff that rises or falls with each register alone has its ends at corners. Others may
        pay less or more at points that were not drawn; up to 14 registers have all corners seen,
        more of them those where the first are at one end and the last at the other.
        """
        seen = np.append(self._payments, self._payoff(self._model.prices_at(self._corners())))
        return float(seen.min()), float(seen.max())

    @property
    def target_value(self) -> float:
        return float(self._payments[0].mean())

    @property
    def loaded_value(self) -> float:
        return float(self._payments[1].mean())

    @property
    def target_variance(self) -> float:
        return float(self._payments[0].var())

    @property
    def numerical_error(self) -> float:
        """Half width of the simulation's interval, missed as rarely as three standard errors.

        Few replicates tell their own spread badly: by Student's law it is 4.5 of what is seen.
        """
        from scipy.stats import norm, t

        error = self._payments[1].mean(axis=1).std(ddof=1) / np.sqrt(_REPLICATES)
        return float(t.isf(norm.sf(_STANDARD_ERRORS), _REPLICATES - 1) * error)

    def encode(self, encoding: Encoding, tolerance: float) -> EncodedPayoff:
        raise ValueError(f"there is no circuit for the {self._payoff.name} on so many qubits")

    def amplitudes(self, encoded: EncodedPayoff) -> list[float]:
        return []

    @cached_property
    def _payments(self) -> Array:
        """What is paid at the points drawn, shape ``(2, replicates, points)``; target first."""
        from scipy.stats.qmc import Sobol

        numbers = [
            Sobol(len(self._groups), seed=np.random.default_rng(seed)).random(_POINTS)
            for seed in range(_REPLICATES)
        ]
        laws = (self._model.target, self._model.loaded)
        return np.array([[self._paid(law, each) for each in numbers] for law in laws])

    def _corners(self) -> NDArray[np.integer]:
        """Integers at which registers have their lowest or highest value, a row each."""
        grids = [np.asarray(register.values) for register in self._model.registers]
        ends = np.array([[values.argmin(), values.argmax()] for values in grids])
        number = len(ends)
        if number <= _MOST_CORNERS:
            high = np.arange(2**number)[:, None] >> np.arange(number) & 1
        else:
            steps = np.tri(number + 1, number, -1, dtype=int)
            high = np.concatenate([steps, 1 - steps])
        corners: NDArray[np.integer] = ends[np.arange(number), high]
        return corners

    def _paid(self, law: Law, numbers: Array) -> Array:
        """What is paid where each group of registers is at a quantile of its law."""
        integers = np.empty((len(numbers), len(self._model.registers)), dtype=int)
        for group, column in zip(self._groups, numbers.T, strict=True):
            joint = law.marginal(group)
            summed = np.cumsum(joint.ravel())
            place = np.searchsorted(summed / summed[-1], column, side="right")
            place = np.minimum(place, len(summed) - 1)
            integers[:, group] = np.stack(np.unravel_index(place, joint.shape), axis=-1)
        return self._payoff(self._model.prices_at(integers))
