"""Option quotes of one maturity, checked one by one, as present values of calls."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._frozen import FrozenArrays
from qiskit_ssqw.markets import black

FEWEST = 3

_TOLERANCE, _OF_VOLATILITY = 1e-4, 1e-3
"""Default tolerances: of prices, as a fraction of the forward, and of annual volatilities."""

_CLOSEST = 1e-7
"""Least tolerance of a price, as a fraction of the forward, that one of a volatility becomes."""


@dataclass(frozen=True, eq=False)
class OptionQuotes(FrozenArrays):
    """Present values of options of one maturity.

    Args:
        kind: ``"calls"``, ``"puts"`` or ``"volatilities"``, as they were quoted.
        strikes: Increasing and positive, shape ``(n,)``.
        calls: Present values of calls, from puts by parity, shape ``(n,)``.
        tolerances: How far from each the present value may be, shape ``(n,)``.
        forward: Forward price of the underlying.
        discount: Present value of 1 at maturity.
    """

    kind: str
    strikes: Array
    calls: Array
    tolerances: Array
    forward: float
    discount: float

    @property
    def name(self) -> str:
        """What their prices are of: ``"puts"`` if these were quoted, otherwise ``"calls"``."""
        return "puts" if self.kind == "puts" else "calls"

    @property
    def quoted(self) -> Array:
        """Present values of puts if these were quoted, of calls otherwise."""
        if self.kind != "puts":
            return self.calls
        return self.calls - self.discount * (self.forward - self.strikes)

    @property
    def option_values(self) -> Array:
        """Undiscounted, in units of the forward: calls above the forward, puts below it."""
        intrinsic = self.discount * np.maximum(self.forward - self.strikes, 0.0)
        return (self.calls - intrinsic) / (self.discount * self.forward)


def read_quotes(
    strikes: ArrayLike,
    quotes: dict[str, Any],
    tolerance: Any,
    *,
    forward: float,
    maturity: float,
    discount: float,
) -> OptionQuotes:
    """Check quotes one by one, and turn them into present values of calls.

    Args:
        strikes: As for `from_option_quotes`.
        quotes: By kind, one of which is not ``None``.
        tolerance: As for `from_option_quotes`.
        forward: Positive.
        maturity: In years, positive.
        discount: Present value of 1 at maturity.

    Raises:
        TypeError: There is more or less than one kind of quotes, or something is no number.
        ValueError: A number or the number of quotes is impossible;
            `largest_arbitrage` looks at them together.
    """
    given = [kind for kind, values in quotes.items() if values is not None]
    if len(given) != 1:
        got = " and ".join(given) or "none"
        raise TypeError(f"quotes must be one of calls, puts or volatilities, got {got}")
    (kind,) = given
    places = _checked_strikes(strikes)
    prices = _one_per_strike(quotes[kind], kind, places)
    unit = forward * discount
    if kind == "volatilities":
        _all_positive(prices, kind, places)
        ratios, stds = places / forward, prices * np.sqrt(maturity)
        allowed = _tolerances(_OF_VOLATILITY if tolerance is None else tolerance, places)
        slopes = unit * np.sqrt(maturity) * black.vega(ratios, stds)
        prices = unit * (black.option_value(ratios, stds) + np.maximum(1 - ratios, 0))
        tolerances = np.maximum(allowed * slopes, _CLOSEST * unit)
    else:
        tolerances = _tolerances(_TOLERANCE * unit if tolerance is None else tolerance, places)
        prices = prices + discount * (forward - places) * (kind == "puts")
    return OptionQuotes(kind, places, prices, tolerances, forward, discount)


def _checked_strikes(strikes: ArrayLike) -> Array:
    places = check.real_array(strikes, "strikes", shape=(None,))
    if len(places) < FEWEST:
        raise ValueError(f"strikes must be at least {FEWEST}, got {len(places)}")
    if places.min() <= 0:
        raise ValueError(f"strikes must be positive, got {places.min():g}")
    for one, other in pairwise(places):
        if one >= other:
            raise ValueError(f"strikes must increase, each once, got {other:g} after {one:g}")
    return places


def _one_per_strike(values: Any, name: str, strikes: Array) -> Array:
    array = check.reals(values, name)
    if array.shape == strikes.shape:
        for value, strike in zip(array, strikes, strict=True):
            if not np.isfinite(value):
                raise ValueError(f"{name} must be finite, got {value} at strike {strike:g}")
    return check.real_array(values, name, shape=strikes.shape)


def _tolerances(values: Any, strikes: Array) -> Array:
    each = np.full(strikes.shape, values) if np.ndim(values) == 0 else values
    return _all_positive(_one_per_strike(each, "tolerance", strikes), "tolerance", strikes)


def _all_positive(values: Array, name: str, strikes: Array) -> Array:
    worst = int(np.argmin(values))
    if values[worst] <= 0:
        raise ValueError(
            f"{name} must be positive, got {values[worst]:g} at strike {strikes[worst]:g}"
        )
    return values
