"""Losses as payoffs, and the payoffs that amplitudes stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.loader import Loader
from qiskit_ssqw.finance.payoffs import FunctionPayoff, Payoff


def as_loss(loss: Any, loader: Loader) -> Payoff:
    """A loss as a payoff of the loader's values.

    Raises:
        TypeError: It is neither a payoff nor a function.
        ValueError: It takes another number of prices, a path where there is none, or a barrier
            lies outside the grid.
    """
    payoff = loss if isinstance(loss, Payoff) else _of_function(loss, loader.values)
    loader.check_payoff(payoff)
    payoff.check_grid(loader.values, loader.spot)
    return payoff


def _of_function(loss: Any, values: Array) -> Payoff:
    if not callable(loss) or isinstance(loss, type):
        raise TypeError(f"loss must be a payoff of qiskit_ssqw.finance or a function, got {loss!r}")
    name = getattr(loss, "__name__", "loss")
    dimension = 1 if values.ndim == 1 else values.shape[1]
    return FunctionPayoff(loss, dimension, "loss" if name == "<lambda>" else name)


@dataclass(frozen=True)
class _OfLoss(Payoff):
    """A function of a loss as a payoff."""

    loss: Payoff
    mark: float

    @property
    def num_values(self) -> int | None:
        return self.loss.num_values

    @property
    def needs_path(self) -> bool:
        return self.loss.needs_path

    def coordinate(self, values: Array) -> Array | None:
        return self.loss.coordinate(values)


class AtMost(_OfLoss):
    """1 where a loss is at most ``mark``, else 0: its expectation is a probability."""

    @property
    def name(self) -> str:
        return f"{self.loss.name} at most {self.mark:g}"

    def pay(self, values: Array) -> Array:
        return np.asarray(self.loss(values) <= self.mark, dtype=float)


class Excess(_OfLoss):
    """What a loss exceeds ``mark`` by, or 0."""

    @property
    def name(self) -> str:
        return f"excess of {self.loss.name} over {self.mark:g}"

    def pay(self, values: Array) -> Array:
        return np.maximum(self.loss(values) - self.mark, 0.0)
