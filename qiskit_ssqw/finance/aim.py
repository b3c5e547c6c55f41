"""How close a price should come to what: the error asked for, and how it is shared."""

from __future__ import annotations

from dataclasses import dataclass, replace

from qiskit_ssqw import _validation as check
from qiskit_ssqw._display import brief
from qiskit_ssqw.finance.bias import BiasBound
from qiskit_ssqw.finance.loader import Loader
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.reference import Reference, reference_value
from qiskit_ssqw.finance.result import STANDARD_ERRORS
from qiskit_ssqw.finance.views import View

_LEAST_SHARE = 0.25
"""Share of the error asked for that is left to statistics, however large the bias."""

_SHARE_OF_BIAS = 0.25
"""Statistics need be no better than this where the bias alone is more than is allowed."""

_NOISE_SHARE = 0.1
"""Share of the error asked for that may be noise of a simulated reference."""

_SMALL_PRICE = 1e-6
"""Error that is always allowed by default, in units of the underlying or the largest payoff."""

_ROUNDING = 1e-12
"""The same where the payoff vanishes on the grid."""


@dataclass(frozen=True)
class Aim:
    """The error that is allowed, and the value that it counts from."""

    allowed: float
    """In units of the payoff."""
    reference: Reference | None
    """The value without a grid, if the model knows its market."""
    notes: tuple[str, ...]
    """What is worth knowing about them."""

    def with_grid(self, bound: BiasBound, exact_value: float) -> BiasBound:
        """A bias with that of the grid, whose sum the reference is compared with."""
        known = self.reference
        return replace(bound, grid=None if known is None else abs(exact_value - known.value))

    def statistical_error(
        self, bias: BiasBound, payoff_range: tuple[float, float], epsilon: float | None
    ) -> float:
        """The function of this name, where the bias and noise of the reference are taken off."""
        noise = 0.0 if self.reference is None else STANDARD_ERRORS * self.reference.standard_error
        return statistical_error(payoff_range, bias.total + noise, self.allowed, epsilon)

    def worthwhile_error(
        self, bias: BiasBound, payoff_range: tuple[float, float], epsilon: float | None
    ) -> float:
        """The same, but no less than a quarter of the bias, beside which less is hardly seen.

        It is half of a bias that is larger than what is allowed: no number of shots mends it. An
        ``epsilon`` that is given stays as it is.
        """
        error = self.statistical_error(bias, payoff_range, epsilon)
        share = _SHARE_OF_BIAS if bias.total < self.allowed else 2 * _SHARE_OF_BIAS
        return error if epsilon is not None else max(error, share * bias.total)


def statistical_error(
    payoff_range: tuple[float, float], known: float, allowed: float, epsilon: float | None
) -> float:
    """Half width of a statistical interval, in units of the payoff.

    Args:
        payoff_range: Lowest and highest payoff.
        known: Error that has other sources.
        allowed: Error that is allowed, of which at least a quarter is left to statistics.
        epsilon: The half width as a fraction of the range, if it is given.
    """
    if epsilon is not None:
        low, high = payoff_range
        return epsilon * (high - low)
    return max(allowed - known, _LEAST_SHARE * allowed)


def aim_at(
    payoff: Payoff,
    view: View,
    accuracy: float,
    absolute_accuracy: float | None,
    reference: bool,
    seed: int | None,
) -> Aim:
    """Find the error that is allowed, and the value without a grid, with arguments of `price`."""
    floor = _floor(view, absolute_accuracy)
    on_grid = view.target_value
    noise = _NOISE_SHARE * max(accuracy * abs(on_grid), floor) / STANDARD_ERRORS
    known, notes = _reference(payoff, view.loader, noise, reference, seed)
    value = on_grid if known is None else known.value
    if absolute_accuracy is None and on_grid and accuracy * abs(value) < floor:
        notes.append(
            f"An error of {brief(floor)} is allowed by default, however small the price or "
            "accuracy: absolute_accuracy asks for less."
        )
    return Aim(max(accuracy * abs(value), floor), known, tuple(notes))


def _floor(view: View, absolute_accuracy: float | None) -> float:
    """Error that is allowed however small the price is."""
    if absolute_accuracy is not None:
        return check.positive(absolute_accuracy, "absolute_accuracy")
    return max(_SMALL_PRICE * min(view.underlying, view.largest), _ROUNDING * view.underlying)


def _reference(
    payoff: Payoff, loader: Loader, noise: float, wanted: bool, seed: int | None
) -> tuple[Reference | None, list[str]]:
    """The value without a grid, if the model knows its market, or why there is none."""
    if loader.market is None or not wanted:
        return None, []
    try:
        found = reference_value(
            payoff, loader.market, num_steps=loader.num_steps, standard_error=noise, seed=seed
        )
    except Exception as error:  # the payoff is somebody's code, and may know the grid only
        return None, [f"There is no reference off the grid: {type(error).__name__}: {error}."]
    return found, []
